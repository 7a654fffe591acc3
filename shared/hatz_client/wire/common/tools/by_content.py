"""`by_content`: what follows from a prompt's tools is computed once for all requests with the same tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar

from hatz_client.content import Tool
from hatz_client.util.json_text import read_json, write_plain

T = TypeVar("T")
Tools: TypeAlias = Sequence[Tool | Mapping[str, Any]]


def by_content(function: Callable[[Tools], T]) -> Callable[[Tools], T]:
    """Decorator for a function of tools: calls it once for each content; a changed schema is another content.

    A conversation sends its tools with each request: five of them take 7 µs instead of 35, or of 140 if they are strict. The results are shared: do not change them.
    """

    @lru_cache(maxsize=64)
    def of_content(content: bytes) -> T:
        rows = read_json(content)
        return function(tuple(Tool(*row) if isinstance(row, list) else row for row in rows))

    @wraps(function)
    def of_tools(tools: Tools) -> T:
        rows = [
            (tool.name, tool.description, tool.parameters, tool.strict, tool.residue) if type(tool) is Tool else tool
            for tool in tools
        ]
        content = write_plain(rows)
        return (
            function(tools) if content is None else of_content(content)
        )  # None: not JSON, or of a class of the caller's own

    return of_tools
