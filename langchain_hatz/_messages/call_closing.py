"""Make LangChain treat the streamed arguments of an invalid tool call as invalid."""

from __future__ import annotations

import json

from langchain_core.utils.json import parse_partial_json

_CLOSINGS = ("]", "}", '"]', '"}', '""]', '""}')


def closing(arguments: str) -> str:
    """The text to append to the arguments of an invalid call so that LangChain also treats them as invalid.

    LangChain completes unfinished arguments of a stream and accepts complete ones; it would run the tool with either. With
    this text after them it can do neither, and the call is invalid, as it is without streaming.
    """
    for end in _CLOSINGS:
        try:
            if isinstance(parse_partial_json(arguments + end), dict):
                continue
        except ValueError:
            pass
        try:
            json.loads(arguments + end)
        except ValueError:
            return end
    return "]"
