"""Tool names that every service accepts, and the caller's names restored in the answer.

OpenAI accepts letters, digits, "_" and "-", at most 64 characters; Anthropic accepts 128. Callers use other names:
`Box[int]` (a generic class), `search.web` (an MCP server), longer ones. Encoders send `with_wire_names(prompt)`; the client
restores the caller's names in the answer (`RestoredNames`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from hatz_client.content import Prompt, Tool, ToolCall, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.events import Event, Start
from hatz_client.wire.common.stages import Stage

LONGEST = 64
_fits = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch
_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")


@lru_cache(maxsize=1024)
def wire_name(name: str) -> str:
    """The name itself if it is valid, else a cleaned name with a hash, independent of other tools.

    So names in a conversation, and prompt cache hits, stay the same when the set of tools changes.
    """
    if _fits(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{_UNFIT.sub('_', name)[: LONGEST - 9]}_{digest}"


def wire_names(tools: Iterable[Tool | Mapping[str, Any]]) -> dict[str, str]:
    """The wire names of the tools whose own name is not valid.

    Raises:
        HatzInvalidInputError: if a wire name is the name of another tool: a call must identify one tool.
    """
    named = [tool.name if isinstance(tool, Tool) else tool.get("name") for tool in tools]
    names = {name: wire_name(name) for name in named if isinstance(name, str) and not _fits(name)}
    for name, wire in names.items():
        if wire in named:
            raise HatzInvalidInputError(
                f"The tool {name!r} is called {wire!r} on the wire, and so is another tool: rename one of them."
            )
    return names


def original_names(tools: Iterable[Tool | Mapping[str, Any]]) -> dict[str, str]:
    """The caller's names of the tools that have another name on the wire, by wire name; usually empty."""
    return {wire: name for name, wire in wire_names(tools).items()}


def with_wire_names(prompt: Prompt) -> Prompt:
    """The prompt with valid names: in its tools, its tool choice, and the calls of its history."""
    names = wire_names(prompt.tools) if prompt.tools else {}
    turns = prompt.turns
    if any(not _fits(part.name) for turn in turns for part in turn.parts if type(part) is ToolCall):
        turns = change_calls(turns, lambda call: _with_valid_name(call, names))
    if not names:
        return prompt if turns is prompt.turns else prompt.replace(turns=turns)
    tools = tuple(
        tool.replace(name=names[tool.name]) if isinstance(tool, Tool) and tool.name in names else tool
        for tool in prompt.tools
    )
    return prompt.replace(turns=turns, tools=tools, tool_choice=_choice(prompt.tool_choice, names))


def change_calls(turns: Iterable[Turn], change: Callable[[ToolCall], ToolCall]) -> tuple[Turn, ...]:
    """The turns with each tool call changed."""
    return tuple(
        turn.replace(parts=tuple(change(part) if isinstance(part, ToolCall) else part for part in turn.parts))
        for turn in turns
    )


def _with_valid_name(call: ToolCall, names: Mapping[str, str]) -> ToolCall:
    """The call; a name that the model made up, or of a tool that is no longer offered, in a valid form, so that the history can be sent."""
    if _fits(call.name):
        return call
    return call.replace(name=names.get(call.name) or _UNFIT.sub("_", call.name)[:LONGEST] or "unknown")


def _choice(choice: Any, names: Mapping[str, str]) -> Any:
    """The tool choice with valid names: a name, or an object of the endpoint that contains names."""
    match choice:
        case str():
            return names.get(choice, choice)
        case Mapping():
            return {
                key: value if isinstance(value, str) and key != "name" else _choice(value, names)
                for key, value in choice.items()
            }
        case list():
            return [_choice(item, names) for item in choice]
        case _:
            return choice


class RestoredNames(Stage):
    """Gives calls the caller's names of their tools.

    Args:
        names: The caller's names, as `original_names` gives them.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """As `Stage.feed`."""
        for event in events:
            if type(event) is Start and isinstance(call := event.part, ToolCall) and call.name in self._names:
                yield Start(event.index, call.replace(name=self._names[call.name]))
            else:
                yield event
