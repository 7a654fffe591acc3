"""OpenAI's error messages for request bodies of the wrong shape."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from pydantic_core import SchemaValidator

from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.rules.shape import Problem, find_problems

_GOT = {str: "a string", bool: "a boolean", int: "an integer", float: "a decimal", list: "an array", dict: "an object"}
_EXPECTED = {
    "string_type": "a string",
    "bool_type": "a boolean",
    "int_type": "an integer",
    "float_type": "a decimal",
    "list_type": "an array of objects",
    "dict_type": "an object",
    "model_attributes_type": "an object",
    "text_or_list": "one of a string or array of objects",
}
_MESSAGES = {
    # kind of problem: code, message
    "missing": ("missing_required_parameter", "Missing required parameter: '{param}'."),
    "type": ("invalid_type", "Invalid type for '{param}': expected {expected}, but got {got} instead."),
    "value": ("invalid_value", "Invalid value: '{given}'. Supported values are: {supported}."),
    "unknown": ("unknown_parameter", "Unknown parameter: '{param}'."),
    "url": (
        "invalid_value",
        "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.",
    ),
    "string_pattern_mismatch": (
        "invalid_value",
        "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
    ),
    "string_too_short": (
        "empty_string",
        "Invalid '{param}': empty string. Expected a string with minimum length {min_length}, but got an empty string instead.",
    ),
    "string_too_long": (
        "string_above_max_length",
        "Invalid '{param}': string too long. Expected a string with maximum length {max_length}, but got a string with length {length} instead.",
    ),
    "greater_than_equal": (
        "{number}_below_min_value",
        "Invalid '{param}': {number} below minimum value. Expected a value >= {ge:g}, but got {given} instead.",
    ),
    "less_than_equal": (
        "{number}_above_max_value",
        "Invalid '{param}': {number} above maximum value. Expected a value <= {le:g}, but got {given} instead.",
    ),
}


def check_shape(shape: SchemaValidator, value: Any, at: str = "") -> None:
    """A `GatewayError` for the first problem of a value; `at` is the path of the value in the body."""
    for problem in find_problems(shape, value):
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path)
        _refuse_problem(f"{at}{path}".removeprefix("."), problem)


def refuse(kind: str, param: str, **facts: Any) -> NoReturn:
    """A `GatewayError` for a parameter with a problem of this kind; `facts` fill in the message."""
    code, message = _MESSAGES[kind]
    raise GatewayError(message.format(param=param, **facts), param=param, code=code.format(**facts))


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
