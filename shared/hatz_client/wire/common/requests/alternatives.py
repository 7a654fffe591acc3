"""Alternatives: what an endpoint may reject, contrary to its documentation or to public clients, and what to send instead."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hatz_client.content import Prompt
from hatz_client.util.value import Value


class Alternative(Value, frozen=True):
    """One alternative: what may be rejected, how to recognize the rejection, and what to send instead."""

    name: str
    is_sent: Callable[[Mapping[str, Any], Prompt], bool]
    """Whether this request's body contains what may be rejected."""
    refusal: re.Pattern[str]
    """The pattern that the error's message matches if this was rejected."""
    change: Callable[[dict[str, Any]], dict[str, Any]]
    """Returns the body in the other form."""
    note: str
    """The message that is logged once, when the other form was accepted."""
    level: int = logging.INFO
    """The level of the log message: a warning if the other form lacks something that the user asked for."""


def tools_of_history(
    called: Callable[[Mapping[str, Any]], Iterable[str]], to_tool: Callable[[str], dict[str, Any]], no_choice: Any
) -> Alternative:
    """The alternative for calls in the history of a request without tools, which Amazon Bedrock refuses and Anthropic refused before.

    The tools that were called are offered, without arguments, and a tool choice that forbids calls.

    Args:
        called: The names of the tools that a body's history calls.
        to_tool: A tool of this name in the wire's form.
        no_choice: The tool choice that forbids calls.
    """

    def offer(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "tools": [to_tool(name) for name in dict.fromkeys(called(body))], "tool_choice": no_choice}

    return Alternative(
        name="tools of the history",
        is_sent=lambda body, _: not body.get("tools") and any(called(body)),
        refusal=re.compile(r"must define tools|toolConfig field must be defined|tools=`? param"),
        change=offer,
        note="A model refuses tool calls in the history without tools: the tools that were called are offered from now on, "
        "with a tool choice that forbids calls.",
    )
