"""The built-in answerer: answers by fixed rules, the same for the same request on every machine.

The rules are enough for a first chain, agent, retrieval or structured call. For anything else use `sandbox.reply`,
`sandbox.answer`, or a real model (`upstream`).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from hatz_sandbox.answerer.fill import fill
from hatz_sandbox.answerer.passages import best
from hatz_sandbox.answerer.prompts import Prompt, split_prompt, wanted_schema, without_json_request
from hatz_sandbox.answerer.tools import describe_results, fitting_calls, forced_call
from hatz_sandbox.answerer.words import stems
from hatz_sandbox.neutral import Answer, Question, ToolCall, Turn

NOT_IN_CONTEXT = "The context does not answer the question."
_GREETING = re.compile(
    r"\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings|hallo|guten \w+)\b", re.IGNORECASE
)
_SAY = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|write)\b(?:\s++(?:with|only|exactly|just))*+\s*+(?::\s*+)?[\"'“]([^\"'”]+)[\"'”]",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bcount (?:from (?P<low>\d{1,4}) )?(?:up )?to (?P<high>\d{1,3})\b", re.IGNORECASE)


def answer(question: Question) -> Answer:
    """Calls of the tools that fit the question, else JSON if it is requested, else text."""
    prompt = split_prompt(question.system, question.text)
    calls = _calls(question, prompt)
    made = Answer(calls=tuple(calls if question.parallel else calls[:1])) if calls else Answer(_text(question, prompt))
    if not question.thinking:
        return made
    plan = f"I call {', '.join(call.name for call in calls)}." if calls else "I answer in words."
    return replace(made, reasoning=f"The user says: {' '.join(question.text.split())[:100]}. {plan}")


def _calls(question: Question, prompt: Prompt) -> list[ToolCall]:
    """The tool calls to make now, if any; tools that were called after the question are not called again."""
    if not question.tools or question.choice == "none":
        return []
    results = "\n".join(question.results)
    called = [call.name for turn in question.since for call in turn.calls]
    named = [tool for tool in question.tools if question.choice == f"tool:{tool.name}"]
    if named or (question.choice == "any" and len(question.tools) == 1):
        text = f"{prompt.context.strip()}\n{prompt.question}" if prompt.marked else question.text
        return forced_call(f"{results}\n{text}", named or question.tools, _from_context(prompt) or None)
    calls, before = [], list(called)
    for call in fitting_calls(question.text, question.tools):
        if call.name in before:
            before.remove(call.name)
        else:
            calls.append(call)
    if calls or question.choice != "any":
        return calls
    left = [tool for tool in question.tools if tool.name not in called] or list(question.tools)
    return forced_call(f"{results}\n{question.text}", left)


def _text(question: Question, prompt: Prompt) -> str:
    if schema := wanted_schema(question, prompt):
        if prompt.marked:
            words = without_json_request(prompt.question)
            found = " ".join(best(words, prompt.context)) or NOT_IN_CONTEXT
            value = fill(schema, f"{prompt.context.strip()}\n{words}", answer=found)
        else:
            value = fill(schema, question.text if question.schema else without_json_request(question.text))
        return json.dumps(value, ensure_ascii=False)
    return describe_results(question) or _from_context(prompt) or _talk(question)


def _from_context(prompt: Prompt) -> str:
    """The sentences of the context that answer the question; empty without a context."""
    found = " ".join(best(prompt.question, prompt.context)) or prompt.existing
    return found or (NOT_IN_CONTEXT if prompt.marked else "")


def _talk(question: Question) -> str:
    """The reply to the user's last turn, without tools and context."""
    turn = next((turn for turn in reversed(question.turns) if turn.role == "user"), Turn("user"))
    text = turn.text
    if match := _SAY.search(text):
        return match[1]
    if match := _COUNT.search(text):
        return ", ".join(map(str, range(int(match["low"] or 1), int(match["high"]) + 1)))
    if _GREETING.match(text) and len(stems(text)) <= 3:
        return "Hello! I am the Hatz sandbox's built-in answerer. What can I do for you?"
    if text.rstrip().endswith("?"):
        statements = [one.text for one in question.turns if one.role == "user" and not one.text.rstrip().endswith("?")]
        if found := best(text, "\n".join(statements), most=1):
            return f"You told me: {found[0]}"
    words = " ".join(text.split())
    repeated = f"You said: “{words if len(words) <= 160 else words[:160] + '…'}”" if words else "You sent no text."
    images = " I do not look at images." if turn.images else ""
    return f"I am the Hatz sandbox's built-in answerer; there is no model behind me. {repeated}{images}"
