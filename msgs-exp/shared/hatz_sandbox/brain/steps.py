"""A sum of several steps, worked out one tool call at a time."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

from hatz_sandbox.brain.arithmetic import parsed
from hatz_sandbox.brain.words import content
from hatz_sandbox.neutral import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatz_sandbox.neutral import Tool, Turn

_VERBS: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


class _Due(Exception):  # noqa: N818 - it carries the call that is due out of the tree
    def __init__(self, call: Call) -> None:
        self.call = call


def step(text: str, tools: Sequence[Tool], since: Sequence[Turn]) -> list[Call] | None:
    """The next call of a sum of at least two operations; none when it is worked out, `None` when there is no such sum."""
    tree = parsed(text)
    if tree is None:
        return None
    operations = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
    by_verb = {verb: _tool(verb, tools) for verb in _VERBS.values()}
    if len(operations) < 2 or any(by_verb.get(_VERBS.get(type(node.op), "")) is None for node in operations):
        return None
    given = [result.text for turn in since for result in turn.results]
    try:
        _worked(tree, by_verb, iter(given))
    except _Due as due:
        return [due.call]
    return []


def _tool(verb: str, tools: Sequence[Tool]) -> Tool | None:
    wanted = set(content(verb))
    return next((tool for tool in tools if wanted & set(content(tool.name)) and len(_operands(tool)) >= 2), None)


def _operands(tool: Tool) -> list[str]:
    properties: dict[str, Any] = tool.schema.get("properties") or {}
    return [name for name, schema in properties.items() if schema.get("type") in {"integer", "number"}]


def _worked(node: ast.expr, by_verb: dict[str, Any], given: Any) -> float:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            operands = _worked(left, by_verb, given), _worked(right, by_verb, given)
            found = next(given, None)
            if found is not None:
                numbers = _NUMBER.findall(found)
                return float(numbers[-1]) if numbers else 0.0
            tool = by_verb[_VERBS[type(op)]]
            pairs = zip(_operands(tool), operands, strict=False)
            raise _Due(Call(tool.name, json.dumps({name: _plain(value) for name, value in pairs})))
        case ast.UnaryOp(operand=operand):
            return -_worked(operand, by_verb, given)
        case ast.Constant(value=int() | float() as value):
            return value
        case _:
            return 0.0


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value
