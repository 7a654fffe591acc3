"""OpenAI's error messages for request bodies of the wrong shape."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from pydantic_core import SchemaValidator

from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.rules.shape import Problem, find_problems

_GOT = {str: "a string", bool: "a boolean", int: "an integer", float: "a decimal", list: "an array", dict: "an object"}
_DATA = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
_MESSAGES, _EXPECTED = _DATA["messages"], _DATA["expected"]
"""By kind of problem, the code and the message; and the words for the expected type."""


def check_shape(shape: SchemaValidator, value: Any, at: str = "") -> None:
    """A `GatewayError` for the first problem of a value; `at` is the path of the value in the body."""
    for problem in find_problems(shape, value):
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path)
        _refuse_problem(f"{at}{path}".removeprefix("."), problem)


def refuse(kind: str, param: str, **facts: Any) -> NoReturn:
    """A `GatewayError` for a parameter with a problem of this kind; `facts` fill in the message."""
    code, message = (_MESSAGES[kind][name].format(param=param, **facts) for name in ("code", "message"))
    raise GatewayError(message, param=param, code=code)


def _refuse_problem(param: str, problem: Problem) -> NoReturn:
    kind, given, facts = problem.kind, problem.given, problem.facts
    if kind in _EXPECTED:
        refuse("type", param, expected=_EXPECTED[kind], got=_GOT.get(type(given), "null"))
    if kind == "union_tag_not_found":
        refuse("missing", f"{param}.type")
    if kind == "missing_key":
        refuse("missing", f"{param}.{problem.message}")
    if kind == "union_tag_invalid":
        refuse("value", f"{param}.type", given=facts["tag"], supported=_list_words(facts["expected_tags"]))
    if kind == "literal_error":
        refuse("value", param, given=given, supported=_list_words(facts["expected"]))
    number = "integer" if isinstance(facts.get("ge", facts.get("le")), int) else "decimal"
    refuse(kind, param, **{**facts, "given": given, "length": len(str(given)), "number": number})


def _list_words(quoted: str) -> str:
    """Pydantic's list of words as OpenAI writes it, without our own names, which are in parentheses."""
    *words, last = re.findall(r"'\w.*?'", quoted)
    return f"{', '.join(words)}{', and ' if len(words) > 1 else ' and ' if words else ''}{last}"
