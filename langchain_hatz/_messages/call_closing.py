"""What makes LangChain take the streamed arguments of an invalid tool call for invalid."""

from __future__ import annotations

import json

from langchain_core.utils.json import parse_partial_json

_CLOSINGS = ("]", "}", '"]', '"}', '""]', '""}')


def closing(arguments: str) -> str:
    """What makes the arguments of an invalid call invalid to LangChain as well.

    LangChain completes arguments that a stream leaves unfinished, takes complete ones as they are, and would run the tool with
    either. With this text after them it can do neither, and the call is an invalid one, as it is without streaming.
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
