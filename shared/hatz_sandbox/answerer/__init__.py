"""The sandbox's own answers, without a model: the same for the same request on every machine.

They are what a first chain, agent, retrieval or structured call needs to be seen working, and no more. For anything else
there is `sandbox.reply`, a function given to `sandbox.answer`, or a real model (`upstream`).
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatz_sandbox.answerer.fill import fill
from hatz_sandbox.answerer.passages import best
from hatz_sandbox.answerer.prompts import take_apart
from hatz_sandbox.answerer.talk import search_web, talk
from hatz_sandbox.answerer.tools import describe_results, fitting_calls, forced_call
from hatz_sandbox.neutral import Answer, Call, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatz_sandbox.neutral import Turn

__all__ = ["NOT_IN_CONTEXT", "answer"]

NOT_IN_CONTEXT = "The context does not answer the question."
_ASKS_FOR_JSON = re.compile(r"\bJSON\b")
_QUOTED_KEY = re.compile(r"[`\"']([A-Za-z_]\w*)[`\"']")


def answer(request: Request) -> Answer:
    """The answer to a request: calls of the tools that fit it, JSON where it is wanted, else text."""
    question, since = request.last_question
    calls = _calls(request, question, since)
    made = Answer(calls=tuple(calls if request.parallel else calls[:1])) if calls else _answer_in_words(request)
    if not request.thinking:
        return made
    plan = f"I call {', '.join(call.name for call in calls)}." if calls else "I answer in words."
    return replace(made, reasoning=f"The user says: {' '.join(question.split())[:100]}. {plan}")


def _calls(request: Request, question: str, since: Sequence[Turn]) -> list[Call]:
    """The calls to make now, if any; what was called since the question is not called again."""
    if not request.tools or request.choice == "none":
        return []
    results = "\n".join(result.text for turn in since for result in turn.results)
    called = [call.name for turn in since for call in turn.calls]
    named = [tool for tool in request.tools if request.choice == f"tool:{tool.name}"]
    if named or (request.choice == "any" and len(request.tools) == 1):
        prompt = take_apart(request.system, question)
        text = f"{prompt.context.strip()}\n{prompt.question}" if prompt.marked else question
        return forced_call(f"{results}\n{text}", named or request.tools, _from_context(request) or None)
    calls = _left(fitting_calls(question, request.tools), called)
    if calls or request.choice != "any":
        return calls
    left = [tool for tool in request.tools if tool.name not in called] or list(request.tools)
    return forced_call(f"{results}\n{question}", left)


def _left(calls: list[Call], called: list[str]) -> list[Call]:
    """The calls without those that were made already, one of its name for each."""
    left = []
    for call in calls:
        if call.name in called:
            called = [name for at, name in enumerate(called) if at != called.index(call.name)]
        else:
            left.append(call)
    return left


def _answer_in_words(request: Request) -> Answer:
    question, since = request.last_question
    if schema := _wanted_schema(request, question):
        return Answer(json.dumps(_object(request, schema, question), ensure_ascii=False))
    if results := [result for turn in since for result in turn.results]:
        return Answer(describe_results(question, [call for turn in since for call in turn.calls], results))
    if request.search and (found := search_web(question)):
        return found
    return _from_documents(request) or Answer(_from_context(request) or talk(request))


def _from_context(request: Request) -> str:
    """The sentences that answer the question; empty without a context."""
    prompt = take_apart(request.system, request.last_question[0])
    if found := best(prompt.question, prompt.context):
        return " ".join(sentence.text for sentence in found)
    return prompt.existing or (NOT_IN_CONTEXT if prompt.marked else "")


def _from_documents(request: Request) -> Answer | None:
    for index, document in enumerate(request.documents):
        for found in best(request.latest.text, document.text, most=1):
            citation = {
                "type": "char_location",
                "cited_text": document.text[found.start : found.end],
                "document_index": index,
                "document_title": document.title,
                "start_char_index": found.start,
                "end_char_index": found.end,
            }
            return Answer(found.text, citations=(citation,) if document.cite else ())
    return None


def _wanted_schema(request: Request, question: str) -> dict[str, Any] | None:
    """The schema of the JSON that is wanted, by a field of the request or by its words outside of a context."""
    if request.schema or (request.tools and not request.wants_json):
        return request.schema
    prompt = take_apart(request.system, question)
    words = f"{request.system}\n{question}"
    wish = words.replace(prompt.context, "\n") if prompt.marked else words
    if not request.wants_json and not _ASKS_FOR_JSON.search(wish):
        return None
    found = _schema_in(wish) or _schema_in(wish.replace("{{", "{").replace("}}", "}"))  # LlamaIndex doubles the braces
    names = list(dict.fromkeys(_QUOTED_KEY.findall(wish))) if re.search(r"\b(?:keys?|fields?)\b", wish) else []
    if not found and not names and request.wants_json:
        names = ["answer"]
    if found or not names:
        return found
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}


def _schema_in(text: str) -> dict[str, Any] | None:
    for match in itertools.islice(re.finditer(r"\{", text), 100):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            return {"type": "object", **value}
    return None


def _object(request: Request, schema: dict[str, Any], question: str) -> Any:
    prompt = take_apart(request.system, question)
    if not prompt.marked:
        return fill(schema, question if request.schema else _without_json_wish(question))
    words = _without_json_wish(prompt.question)
    found = best(words, prompt.context)
    told = " ".join(sentence.text for sentence in found) or NOT_IN_CONTEXT
    return fill(schema, f"{prompt.context.strip()}\n{words}", answer=told)


def _without_json_wish(text: str) -> str:
    """The prompt without the sentences about JSON, for the values."""
    parts = re.split(r"(?<=[.!?])\s+|\n{2,}", text)
    kept = [part for part in parts if not _ASKS_FOR_JSON.search(part) and "{" not in part and "}" not in part]
    return " ".join(kept) or text
