"""The built-in answerer: deterministic, without a model, and useful enough for demos and tests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatz_sandbox.brain import pick, prompts, talk
from hatz_sandbox.brain.fill import fill
from hatz_sandbox.brain.forms import formed
from hatz_sandbox.brain.forms.objects import made
from hatz_sandbox.brain.jsonish import keys_in, schema_in, words_of
from hatz_sandbox.brain.react import reacted
from hatz_sandbox.brain.results import told
from hatz_sandbox.brain.retrieve import UNANSWERED, best
from hatz_sandbox.brain.searching import searched
from hatz_sandbox.brain.steps import step
from hatz_sandbox.neutral import Answer, Call, Request, Result, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["think"]


def think(request: Request) -> Answer:
    """The answer to a request: calls of the tools that fit it, JSON where it is wanted, else text."""
    answer = _called(request) or _spoken(request)
    if request.thinking:
        return replace(answer, reasoning=_reasoning(request, answer))
    return answer


def _called(request: Request) -> Answer | None:
    """The calls to make now, if any."""
    if not request.tools or request.choice == "none":
        return None
    question, since = _last_question(request.turns)
    calls = _object_call(request, question, since)
    if calls is None and request.choice.startswith("tool:"):
        calls = pick.forced(_with_results(question, since), request.tools, request.choice.removeprefix("tool:"))
    elif calls is None:
        calls = _planned(request, question, since)
        if not calls and request.choice == "any":
            calls = _any(request, question, since)
    return Answer(calls=tuple(calls if request.parallel else calls[:1])) if calls else None


def _object_call(request: Request, question: str, since: Sequence[Turn]) -> list[Call] | None:
    """The call of the only tool there is to call where it stands for an object: what a prompt of a framework wants."""
    named = [tool for tool in request.tools if request.choice in {"any", f"tool:{tool.name}"}]
    if len(named) != 1 or since:
        return None
    known = made(named[0].schema, question)
    if known is not None:
        return [Call(named[0].name, json.dumps(known, ensure_ascii=False))]
    asked = prompts.asked(request.system, question)
    if asked is None:
        return None
    return pick.forced(f"{asked.context.strip()}\n{asked.question}", named, named[0].name, _answered(asked))


def _planned(request: Request, question: str, since: Sequence[Turn]) -> list[Call]:
    steps = step(question, request.tools, since)
    return steps if steps is not None else _left(pick.calls_for(question, request.tools), since)


def _any(request: Request, question: str, since: Sequence[Turn]) -> list[Call]:
    """A call where one is required and none is left to make: first of the tools that were not called yet."""
    made = {call.name for turn in since for call in turn.calls}
    tools = [tool for tool in request.tools if tool.name not in made] or list(request.tools)
    return pick.forced(_with_results(question, since), tools, None)[:1]


def _with_results(question: str, since: Sequence[Turn]) -> str:
    """What a forced call is filled from: the results first, which an answer in the form of a call sums up."""
    return "\n".join([*(result.text for turn in since for result in turn.results), question])


def _last_question(turns: Sequence[Turn]) -> tuple[str, Sequence[Turn]]:
    """The last text of the user that is not a tool's result, and the turns since."""
    for index in range(len(turns) - 1, -1, -1):
        if turns[index].role == "user" and turns[index].text.strip():
            return turns[index].text, turns[index + 1 :] if not turns[index].results else turns[index:]
    return "", turns


def _left(calls: list[Call], since: Sequence[Turn]) -> list[Call]:
    """The calls that were not made yet; each one made answers for one of its name."""
    made = [call.name for turn in since for call in turn.calls]
    left: list[Call] = []
    for call in calls:
        if call.name in made:
            made.remove(call.name)
        else:
            left.append(call)
    return left


def _spoken(request: Request) -> Answer:
    question, since = _last_question(request.turns)
    in_format = reacted(request, lambda text: _said(replace(request, turns=(Turn("user", text),))).text)
    if in_format and not request.wants_json:
        return Answer(in_format)
    form = None if request.schema or request.tools else formed(request)
    if form is not None and (form[:1] == "{" or not request.wants_json):
        return Answer(form)
    schema = _schema(request, question)
    if schema:
        return Answer(json.dumps(_object(request, schema, question), ensure_ascii=False))
    results = [result for turn in since for result in turn.results]
    if results:
        return Answer(_from_results(request, question, results))
    if request.search and (found := searched(question)):
        return found
    return _said(request)


def _schema(request: Request, question: str) -> dict[str, Any] | None:
    """The schema of the JSON that is wanted, whether a field of the request or its words say so.

    What a context says of JSON is no wish for it.
    """
    if request.schema:
        return request.schema
    if not request.wants_json and request.tools:
        return None
    asked = prompts.asked(request.system, question)
    wish = asked.instructions if asked else f"{question}\n\n{request.system}"
    answer = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    return schema_in(wish) or keys_in(wish) or (answer if request.wants_json else None)


def _object(request: Request, schema: dict[str, Any], question: str) -> Any:
    known = made(schema, question)
    if known is not None:
        return known
    asked = prompts.asked(request.system, question)
    if asked is None:
        return fill(schema, question if request.schema else words_of(question))
    words = words_of(asked.question)
    return fill(schema, f"{asked.context.strip()}\n{words}", answer=_answered(replace(asked, question=words)))


def _from_results(request: Request, question: str, results: list[Result]) -> str:
    calls = [call for turn in request.turns for call in turn.calls]
    return told(question, calls, results)


def _said(request: Request) -> Answer:
    """A text without tools: from the documents or the context that came with it, else small talk."""
    text = request.latest.text
    for index, document in enumerate(request.documents):
        found = best(text, document.text, most=1)
        if found:
            span = found[0]
            citation = {
                "type": "char_location",
                "cited_text": document.text[span.start : span.end],
                "document_index": index,
                "document_title": document.title,
                "start_char_index": span.start,
                "end_char_index": span.end,
            }
            return Answer(span.text, citations=(citation,) if document.cite else ())
    return Answer(_from_context(request, text) or talk.said(request))


def _from_context(request: Request, text: str) -> str | None:
    long_text = prompts.to_summarize(text)
    if long_text:
        return talk.summary(long_text)
    asked = prompts.asked(request.system, text)
    if asked is None:
        return None
    if not best(asked.question, asked.context) and (greeting := talk.greeting(asked.question)):
        return greeting
    return _answered(asked)


def _answered(asked: prompts.Asked) -> str:
    """The answer from the context, the one given before, or that there is none; what asks nothing gets a summary."""
    found = best(asked.question, asked.context)
    if found:
        return " ".join(sentence.text for sentence in found)
    if asked.existing:
        return asked.existing
    return talk.summary(asked.context) if "extract" in asked.question and "?" not in asked.question else UNANSWERED


def _reasoning(request: Request, answer: Answer) -> str:
    question, _ = _last_question(request.turns)
    short = " ".join(question.split())[:100]
    if answer.calls:
        return f"The user says: {short}. I call {', '.join(call.name for call in answer.calls)}."
    return f"The user says: {short}. I answer in words."
