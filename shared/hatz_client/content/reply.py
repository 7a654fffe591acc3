"""What is answered: a `Reply`, why it ended and what it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from hatz_client.content.parts import Part, Reasoning, Refusal, Residue, Text, ToolCall

FinishReason: TypeAlias = Literal["stop", "tool_calls", "length", "content_filter", "refusal", "pause", "other"]


@dataclass(slots=True)
class Usage:
    """Tokens, as counted by the service. A detail it did not give is None."""

    input: int
    """All tokens of the prompt, those read from and written to the cache included."""
    output: int
    """All tokens of the answer, those of its reasoning included."""
    total: int
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The usage object of the wire."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Why the answer ended."""

    reason: FinishReason
    raw: str
    """The wire's own word."""


@dataclass(slots=True)
class Reply:
    """One answer. What the service did not say is None: nothing here is invented."""

    parts: tuple[Part, ...] = ()
    """In the order the model wrote them."""
    finish: Finish | None = None
    usage: Usage | None = None
    id: str | None = None
    model: str | None = None
    """The model that answered, as the service names it."""
    request_id: str | None = None
    endpoint: str | None = None
    residue: Residue = field(default_factory=dict)
    """The fields of the response that have no neutral meaning."""
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The response's headers, their names in lower case; cookies are left out."""

    @property
    def text(self) -> str:
        """All of the answer's text, without reasoning and refusals."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning(self) -> str:
        """All of the reasoning that may be shown."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))

    @property
    def refusal(self) -> str | None:
        """The words of the refusal, or None when the model did not refuse in words."""
        words = [part.text for part in self.parts if isinstance(part, Refusal)]
        return "".join(words) if words else None

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools the model asks for, in order; those with invalid arguments too (see `ToolCall.valid`)."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))
