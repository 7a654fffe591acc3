"""OpenAI's set phrases."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from hatz_sandbox.gateway_error import GatewayError

_TYPES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    list: "an array",
    dict: "an object",
}


def refuse_missing(param: str) -> NoReturn:
    """Refuse what lacks a parameter."""
    raise GatewayError(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def refuse_type(param: str, expected: str, value: Any) -> NoReturn:
    """Refuse a value of another type."""
    got = _TYPES.get(type(value), "null")
    reason = f"Invalid type for '{param}': expected {expected}, but got {got} instead."
    raise GatewayError(reason, param=param, code="invalid_type")


def refuse_value(param: str, value: Any, supported: list[str]) -> NoReturn:
    """Refuse a word that is not among those supported."""
    quoted = [f"'{word}'" for word in supported]
    many = ", ".join(quoted[:-1]) + f", and {quoted[-1]}" if len(quoted) > 2 else " and ".join(quoted)
    reason = f"Invalid value: '{value}'. Supported values are: {many}."
    raise GatewayError(reason, param=param, code="invalid_value")


def refuse_pattern(param: str, pattern: str) -> NoReturn:
    """Refuse a string that a pattern does not match."""
    reason = f"string does not match pattern. Expected a string that matches the pattern '{pattern}'"
    raise GatewayError(f"Invalid '{param}': {reason}.", param=param, code="invalid_value")


def prompt_text(body: dict[str, Any]) -> str:
    """The texts of a prompt, as one text to look for a word in."""
    return json.dumps([body.get("input"), body.get("instructions")])
