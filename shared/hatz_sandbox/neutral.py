"""Requests, answers and errors in one form for all endpoints: `read` makes it, `write` turns it into each endpoint's format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

Json = dict[str, Any]
"""A JSON object."""
Arguments = Mapping[str, Any] | str
NamedCall = tuple[str, Arguments] | tuple[str, Arguments, str]
"""The name of a tool, the arguments of a call, and optionally its id."""


@dataclass(eq=False)
class GatewayError(Exception):
    """The error that a request gets."""

    message: str
    _: KW_ONLY
    status: int = 400
    kind: str | None = None
    """The error type, where it is not the usual one for the status."""
    param: str | None = None
    code: str | None = None
    detail: list[Json] | None = None
    """The `detail` of FastAPI; `None` for the message."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, init=False)
class ToolCall:
    """A call of a client tool; arguments given as a string are sent unchanged, also when they are broken JSON."""

    name: str
    arguments: str
    """JSON text."""
    id: str | None

    def __init__(self, name: str, arguments: Arguments = "{}", id: str | None = None) -> None:  # noqa: A002 - the field's name on the wire
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        for key, value in (("name", name), ("arguments", text), ("id", id)):
            object.__setattr__(self, key, value)

    @property
    def input(self) -> Json:
        """The arguments as an object; empty when they are not one."""
        try:
            value = json.loads(self.arguments)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Result:
    """The result of a tool call, sent by the client."""

    id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class Turn:
    """One message: its text, tool calls, tool results and images."""

    role: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[Result, ...] = ()
    images: tuple[str, ...] = ()
    """The URLs of its images, `data:` URLs among them."""


@dataclass(frozen=True)
class Tool:
    """A client tool of the request."""

    name: str
    description: str
    schema: Json


@dataclass(frozen=True)
class Question:
    """A request for an answer, in one form for all endpoints; the function given to `sandbox.answer` gets it."""

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    """The system text; empty when there is none."""
    endpoint: str = "chat"
    """`responses`, `messages` or `chat`."""
    body: Json = field(default_factory=dict, repr=False)
    """The whole JSON body."""
    stream: bool = False
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    """`auto`, `none`, `any`, or `tool:NAME`."""
    parallel: bool = True
    wants_json: bool = False
    schema: Json | None = None
    """The JSON schema that the endpoint's own structured output asks for."""
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    thinking: bool = False

    @property
    def text(self) -> str:
        """The last text of the user; tool calls and results may follow it."""
        return self._last[0]

    @property
    def since(self) -> tuple[Turn, ...]:
        """The turns after that text, with its own turn if that has results too."""
        return self._last[1]

    @property
    def results(self) -> tuple[str, ...]:
        """The tool results after that text."""
        return tuple(result.text for turn in self.since for result in turn.results)

    @property
    def _last(self) -> tuple[str, tuple[Turn, ...]]:
        for index in range(len(self.turns) - 1, -1, -1):
            turn = self.turns[index]
            if turn.role == "user" and turn.text.strip():
                return turn.text, self.turns[index if turn.results else index + 1 :]
        return "", self.turns


@dataclass(frozen=True)
class Usage:
    """Token counts; `input` includes what was read from a cache or written to it."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Answer:
    """A complete answer, in the order reasoning, text or refusal, tool calls."""

    text: str = ""
    reasoning: str | None = None
    calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish: str | None = None
    """`stop`, `tool`, `length`, `stop_sequence`, `refusal`, `content_filter` or a value of the endpoint; `None` derives it."""
    stop_sequence: str | None = None
    usage: Usage | None = None
    """`None`: the sandbox counts."""
    chunks: tuple[str, ...] | None = None
    """The chunks of the streamed text; `None`: one chunk for each word."""
    model: str | None = None
    """The model that the answer names; `None`: the requested one."""
    citations: tuple[Json, ...] = ()

    @property
    def finish_reason(self) -> str:
        """`finish`, or the reason derived from the content."""
        if self.finish:
            return self.finish
        if self.refusal is not None:
            return "refusal"
        return "tool" if self.calls else "stop"


@dataclass(frozen=True)
class Open:
    """The start of a block of a streamed answer, and the end of the block before it."""

    kind: str
    """`reasoning`, `text`, `refusal` or `call`."""
    call: ToolCall | None = None
    """Name and id of a tool call; its arguments follow as deltas."""
    citations: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Delta:
    """More text of the open block, or more arguments of the open call."""

    text: str


@dataclass(frozen=True)
class End:
    """The end of a streamed answer."""

    finish: str = "stop"
    stop_sequence: str | None = None
    usage: Usage | None = None


Piece = Open | Delta | End
