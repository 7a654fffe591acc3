"""Agents that call tools in plain text: `Thought:`, `Action:`, `Action Input:`, `Observation:`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hatz_sandbox.brain.pick import calls_for
from hatz_sandbox.brain.results import told
from hatz_sandbox.neutral import Call, Result, Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatz_sandbox.neutral import Request

_FORMAT = re.compile(r"Thought:.*Action:.*Action Input:", re.DOTALL)
_LLAMA_TOOL = re.compile(
    r"> Tool Name: (?P<name>\S+)\s*\nTool Description: (?P<about>.*?)\nTool Args: (?P<args>\{.*?\})\s*(?=\n|\Z)",
    re.DOTALL,
)
_PLAIN_TOOL = re.compile(
    r"^(?P<name>[A-Za-z_]\w*)(?:\([^\n]*?\))?(?: -> [^\n]*?)?\s*[-:]\s+(?P<about>[^\n]+)$", re.MULTILINE
)
_CLASSIC = re.compile(r"\nQuestion:\s*(?P<question>[^\n]+)\s*\nThought:(?P<pad>(?:(?!\nQuestion:).)*)\Z", re.DOTALL)
_ACTION = re.compile(r"Action:\s*(?P<name>[^\n]+)\s*\nAction Input:\s*(?P<input>[^\n]*)")
_OBSERVATION = re.compile(r"Observation:\s*(?P<text>.*?)(?=\n\s*Thought:|\Z)", re.DOTALL)


def reacted(request: Request, otherwise: Callable[[str], str]) -> str | None:
    """The next step in the format, or `None` when the prompt does not ask for it."""
    everything = "\n".join([request.system, *(turn.text for turn in request.turns)])
    if not _FORMAT.search(everything):
        return None
    llama = [Tool(match["name"], match["about"], _json(match["args"])) for match in _LLAMA_TOOL.finditer(everything)]
    classic = _CLASSIC.search(everything)
    if classic and not llama:
        tools = [
            _plain_tool(match) for match in _PLAIN_TOOL.finditer(re.split(r"\n(?:Question|Thought):", everything)[0])
        ]
        return _step(classic["question"], tools, classic["pad"], otherwise, answer="Final Answer:", as_json=False)
    if not llama and "Tool Name" not in everything and "You have access to the following tools" not in everything:
        return None
    question, scratch = _conversation(request)
    return _step(question, llama, scratch, otherwise, answer="Answer:", as_json=True)


def _conversation(request: Request) -> tuple[str, str]:
    """The last question, and the steps made since."""
    last = 0
    for index, turn in enumerate(request.turns):
        if turn.role == "user" and not turn.text.lstrip().startswith("Observation:"):
            last = index
    return request.turns[last].text, "\n".join(turn.text for turn in request.turns[last + 1 :])


def _step(
    question: str, tools: list[Tool], scratch: str, otherwise: Callable[[str], str], *, answer: str, as_json: bool
) -> str:
    made = [Call(match["name"].strip(), match["input"], str(at)) for at, match in enumerate(_ACTION.finditer(scratch))]
    seen = [Result(str(at), match["text"]) for at, match in enumerate(_OBSERVATION.finditer(scratch))]
    names = [call.name for call in made]
    left = []
    for call in calls_for(question, tools):
        if call.name in names:
            names.remove(call.name)
        else:
            left.append(call)
    if left:
        given = left[0].arguments if as_json else _first_value(left[0])
        return f"Thought: I need to use a tool to help me answer the question.\nAction: {left[0].name}\nAction Input: {given}"
    final = told(question, made, seen) if seen else otherwise(question)
    thought = "I can answer without using any more tools. I'll use the user's language to answer"
    return f"Thought: {thought if as_json else 'I now know the final answer'}\n{answer} {final}"


def _first_value(call: Call) -> str:
    return next((str(value) for value in call.input.values()), "")


def _plain_tool(match: re.Match[str]) -> Tool:
    schema = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    return Tool(match["name"], match["about"], schema)


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {"type": "object"}
    return value if isinstance(value, dict) else {"type": "object"}
