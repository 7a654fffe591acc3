"""What the constructor of `ChatHatz` makes of what it is given: other names for the same thing, and typing mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_hatz._profiles import Derived
from langchain_hatz._request import ALIASES

FURTHER = (*ALIASES, "api_key", "agent_id")
"""What the constructor takes beside the names of the fields."""


def understood(given: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The constructor's arguments under our own names.

    Raises:
        TypeError: for a name that is none of ours, saying which one it may be.
    """
    arguments = {}
    known = {*fields, *FURTHER}
    for name, value in given.items():
        if name not in known:
            raise TypeError(_unknown(name, known))
        arguments["default_headers" if name == "extra_headers" else ALIASES.get(name, name)] = value
    agent = arguments.pop("agent_id", None)
    if agent is not None and not arguments.get("model"):
        arguments["model"] = agent if str(agent).startswith("agent-") else f"agent-{agent}"
    if isinstance(
        arguments.get("profile"), Derived
    ):  # of the model it is a copy of (`configurable_fields` hands on every field)
        del arguments["profile"]
    if isinstance(arguments.get("stop"), str):
        arguments["stop"] = [arguments["stop"]]
    return arguments


def _unknown(name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 (for mistakes only)

    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "it is none of its parameters."
    return (
        f"ChatHatz has no parameter {name!r}: {hint} To send a field of the request's body that is not listed, "
        f"use extra_body={{{name!r}: …}}; certificates and the like belong to an http_client of yours."
    )
