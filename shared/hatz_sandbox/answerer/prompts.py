"""A prompt taken apart into a question and the context it is to be answered from."""

from __future__ import annotations

import re
from typing import NamedTuple

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
# Sentences about the task, which answer nothing.
_INSTRUCTION = re.compile(
    r"\b(?:(?:the|this|following|given|provided) (?:\w+ ){0,2}(?:context|question|information|query)|you are|du bist|sie sind|answer|antworte\w*|beantworte\w*|(?:don't|do not) know|nicht weißt|kontext|frage)\b",
    re.IGNORECASE,
)

# What LlamaIndex's refine prompts say of the answer so far.
_EXISTING = re.compile(r"\b(?:existing|original) answer: (.+)", re.IGNORECASE)


class Prompt(NamedTuple):
    """A question, and the context it came with; `marked` when the prompt says that it is one."""

    question: str
    context: str
    marked: bool
    existing: str = ""
    """The answer that this context is to refine."""


def take_apart(system: str, user: str) -> Prompt:
    """The question and its context: from the user's text where it holds both, else from the system text."""
    found = _EXISTING.search(user)
    existing = found[1].strip() if found else ""
    if enclosed := _enclosed(user):
        before, context, after = enclosed
        rest = f"{before}\n{after}"
        return Prompt(_question(after) or _question(rest) or rest.strip(), context, marked=True, existing=existing)
    if question := _question(user):
        rest = user.replace(question, " ", 1)
        labelled = _LABEL.search(rest)
        context = labelled["context"] if labelled else rest
        return Prompt(question, _without_instructions(context), marked=len(context.split()) > 8, existing=existing)
    if enclosed := _enclosed(system):
        return Prompt(user, enclosed[1], marked=True)
    if labelled := _LABEL.search(system):
        return Prompt(user, labelled["context"], marked=len(labelled["context"].split()) > 3)
    return Prompt(user, _without_instructions(system), marked=False)


def _enclosed(text: str) -> tuple[str, str, str] | None:
    """What stands before a context between tags or lines of dashes, the context, and what stands after it."""
    opened = _TAG.search(text)
    end = text.lower().rfind(f"</{opened[1].lower()}>", opened.end()) if opened else -1
    if opened and end >= 0:
        return text[: opened.start()], text[opened.end() : end], text[end:].partition(">")[2]
    if fenced := _FENCE.search(text):
        return text[: fenced.start()], fenced["context"], text[fenced.end() :]
    return None


def _question(text: str) -> str:
    """What stands after the last label of a question."""
    found = [*_QUESTION.finditer(text)]
    return found[-1]["question"].strip() if found else ""


def _without_instructions(text: str) -> str:
    parts = re.split(r"(?<=[.!?])\s+|\n", text)
    return "\n".join(part for part in parts if not _INSTRUCTION.search(part) and not part.rstrip().endswith(":"))
