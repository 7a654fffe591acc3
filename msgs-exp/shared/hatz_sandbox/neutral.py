"""The values every room of the sandbox shares: what was asked, and what is answered.

The three wire formats are read into one `Request` and written from one `Answer`, so that the brain and the
scripts know nothing of any of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A call of a client tool."""

    name: str
    arguments: str
    """JSON text, or whatever a script wants the client to receive in its place."""
    id: str | None = None

    @property
    def input(self) -> dict[str, Any]:
        """The arguments as an object; empty when they are not one."""
        try:
            value = json.loads(self.arguments)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Result:
    """What the client says a call gave."""

    id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class Document:
    """A document sent with a turn; `cite` when its sentences are to be cited."""

    text: str
    title: str | None = None
    cite: bool = False


@dataclass(frozen=True)
class Turn:
    """One message: its text, and the calls or results in it."""

    role: str
    text: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[Result, ...] = ()
    media: tuple[str, ...] = ()
    """What else is in it, one word each: `image`, `document`, `audio`."""


@dataclass(frozen=True)
class Tool:
    """A client tool on offer."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A request for an answer, whatever wire it came on."""

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    stream: bool = False
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    """`auto`, `none`, `any`, or `tool:NAME`."""
    parallel: bool = True
    wants_json: bool = False
    schema: dict[str, Any] | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    thinking: bool = False
    search: bool = False
    """Whether the server's own web search is on offer."""
    documents: tuple[Document, ...] = ()

    @property
    def latest(self) -> Turn:
        """The last turn of the user; one without text when there is none."""
        return next((turn for turn in reversed(self.turns) if turn.role == "user"), Turn("user"))


@dataclass(frozen=True)
class Usage:
    """Token counts; `input` includes what was read from a cache or written to it."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Search:
    """A web search the server made: the query, and the results as the Messages wire carries them."""

    query: str
    results: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Answer:
    """What the model says: reasoning first, then a search, text or a refusal, then calls."""

    text: str = ""
    reasoning: str | None = None
    calls: tuple[Call, ...] = ()
    refusal: str | None = None
    finish: str | None = None
    """`stop`, `tool`, `length`, `stop_sequence`, `refusal`, `content_filter` or any word of the wire; `None` derives it."""
    stop_sequence: str | None = None
    usage: Usage | None = None
    """`None` lets the sandbox count."""
    chunks: tuple[str, ...] | None = None
    """The pieces in which the text is streamed; `None` streams word by word."""
    model: str | None = None
    """The model the answer names; `None` names the one that was asked."""
    citations: tuple[dict[str, Any], ...] = field(default=())
    search: Search | None = None

    @property
    def ended(self) -> str:
        """Why the answer ended, derived where it is not said."""
        if self.finish:
            return self.finish
        if self.refusal is not None:
            return "refusal"
        return "tool" if self.calls else "stop"
