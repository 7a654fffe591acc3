"""The parts of a prompt: the question, the context for its answer, and the requested JSON schema."""

from __future__ import annotations

import itertools
import json
import re
from typing import NamedTuple

from hatz_sandbox.neutral import Json, Question

_TAG = re.compile(r"<(context|kontext|documents?|sources?)>", re.IGNORECASE)
_FENCE = re.compile(r"\n?(?<!-)-{5,}+\n(?P<context>.*?)\n?(?<!-)-{5,}+\n", re.DOTALL)
_LABEL = re.compile(
    r"(?:^|\n)[^\n]{0,200}\b(?:context|documents?|sources?|information|passages?|excerpts?|notes?|kontext\w*|dokumente?|texte?|informationen)\b[^\n:]{0,80}:\s*(?P<context>.+)",
    re.DOTALL | re.IGNORECASE,
)
_QUESTION = re.compile(
    r"(?:^|\n)[ \t]*(?:(?:the )?(?:original )?query(?: is as follows)?|question|user question|human|input|frage|anfrage|nutzerfrage)[ \t]*:[ \t]*\n?(?P<question>.+?)(?=\n\s{0,20}(?:(?:helpful |original |hilfreiche )?(?:answer|antwort)|context|kontext)[ \t]*:|\nWe have provided|\n\n|\Z)",
    re.DOTALL | re.IGNORECASE,
)
# Sentences with instructions, which are no answers.
_INSTRUCTION = re.compile(
    r"\b(?:(?:the|this|following|given|provided) (?:\w+ ){0,2}(?:context|question|information|query)|you are|du bist|sie sind|answer|antworte\w*|beantworte\w*|(?:don't|do not) know|nicht weißt|kontext|frage)\b",
    re.IGNORECASE,
)
# The previous answer in LlamaIndex's refine prompts.
_EXISTING = re.compile(r"\b(?:existing|original) answer: (.+)", re.IGNORECASE)
_ASKS_FOR_JSON = re.compile(r"\bJSON\b")
_QUOTED_KEY = re.compile(r"[`\"']([A-Za-z_]\w*)[`\"']")


class Prompt(NamedTuple):
    """A question and its context; `marked` if the prompt labels the context as one."""

    question: str
    context: str
    marked: bool
    existing: str = ""
    """The previous answer, which has to be refined with this context."""


def split_prompt(system: str, user: str) -> Prompt:
    """The question and its context: both from the user's text, else the context from the system text."""
    existing = (_EXISTING.findall(user) or [""])[0].strip()
    if enclosed := _find_enclosed(user):
        before, context, after = enclosed
        rest = f"{before}\n{after}"
        return Prompt(_question(after) or _question(rest) or rest.strip(), context, marked=True, existing=existing)
    if question := _question(user):
        rest = user.replace(question, " ", 1)
        labelled = _LABEL.search(rest)
        context = labelled["context"] if labelled else rest
        return Prompt(question, _without_instructions(context), marked=len(context.split()) > 8, existing=existing)
    if enclosed := _find_enclosed(system):
        return Prompt(user, enclosed[1], marked=True)
    if labelled := _LABEL.search(system):
        return Prompt(user, labelled["context"], marked=len(labelled["context"].split()) > 3)
    return Prompt(user, _without_instructions(system), marked=False)


def wanted_schema(question: Question, prompt: Prompt) -> Json | None:
    """The schema of the requested JSON; `None` if a text is requested."""
    if question.schema or (question.tools and not question.wants_json):
        return question.schema
    words = f"{question.system}\n{question.text}"
    request = words.replace(prompt.context, "\n") if prompt.marked else words
    if not question.wants_json and not _ASKS_FOR_JSON.search(request):
        return None
    single_braces = request.replace("{{", "{").replace("}}", "}")  # LlamaIndex doubles them
    found = _schema_in(request) or _schema_in(single_braces)
    names = list(dict.fromkeys(_QUOTED_KEY.findall(request))) if re.search(r"\b(?:keys?|fields?)\b", request) else []
    if found or not (names or question.wants_json):
        return found
    names = names or ["answer"]
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}


def without_json_request(text: str) -> str:
    """The prompt without its sentences about JSON."""
    parts = re.split(r"(?<=[.!?])\s+|\n{2,}", text)
    kept = [part for part in parts if not _ASKS_FOR_JSON.search(part) and "{" not in part and "}" not in part]
    return " ".join(kept) or text


def _find_enclosed(text: str) -> tuple[str, str, str] | None:
    """The texts before, in and after a context that is enclosed by tags or lines of dashes."""
    opened = _TAG.search(text)
    end = text.lower().rfind(f"</{opened[1].lower()}>", opened.end()) if opened else -1
    if opened and end >= 0:
        return text[: opened.start()], text[opened.end() : end], text[end:].partition(">")[2]
    if fenced := _FENCE.search(text):
        return text[: fenced.start()], fenced["context"], text[fenced.end() :]
    return None


def _question(text: str) -> str:
    """The text after the last label such as `Question:`."""
    found = [*_QUESTION.finditer(text)]
    return found[-1]["question"].strip() if found else ""


def _without_instructions(text: str) -> str:
    parts = re.split(r"(?<=[.!?])\s+|\n", text)
    return "\n".join(part for part in parts if not _INSTRUCTION.search(part) and not part.rstrip().endswith(":"))


def _schema_in(text: str) -> Json | None:
    for match in itertools.islice(re.finditer(r"\{", text), 100):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            return {"type": "object", **value}
    return None
