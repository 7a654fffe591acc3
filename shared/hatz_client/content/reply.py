"""An answer: a `Reply` with its finish reason and usage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias

import msgspec

from hatz_client.content.parts import Part, Reasoning, Refusal, Residue, Text, ToolCall
from hatz_client.util.value import Value

FinishReason: TypeAlias = Literal["stop", "tool_calls", "length", "content_filter", "refusal", "pause", "other"]


class Usage(Value, frozen=True, gc=False):
    """Numbers of tokens, as the service counts them. A detail is None if the service does not report it."""

    input: int
    """All tokens of the prompt, including those read from and written to the cache."""
    output: int
    """All tokens of the answer, including its reasoning."""
    total: int
    """All tokens of the call."""
    cache_read: int | None = None
    """The tokens of the prompt that were read from the service's cache."""
    cache_write: int | None = None
    """The tokens of the prompt that were written to the service's cache."""
    reasoning: int | None = None
    """The tokens of the answer that are reasoning."""
    raw: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """The usage object as the wire has it."""


class Finish(Value, frozen=True, gc=False):
    """Why the answer ended."""

    reason: FinishReason
    """One vocabulary for all endpoints: "stop", "tool_calls", "length" (truncated) and so on."""
    raw: str
    """The service's own word, such as "end_turn"."""


@dataclass(slots=True)
class Reply:
    """One answer. A field is None if the service does not report it: nothing is invented."""

    parts: tuple[Part, ...] = ()
    """In the order the model wrote them."""
    finish: Finish | None = None
    """Why the answer ended; None on native chat, which does not report it."""
    usage: Usage | None = None
    """The tokens of the call; None if the service does not report them."""
    id: str | None = None
    """The service's id of the answer."""
    model: str | None = None
    """The model that answered, as the service names it."""
    request_id: str | None = None
    """The `X-Request-ID` of the response, else of the request: Hatz's support asks for it."""
    endpoint: str | None = None
    """The endpoint that answered: "responses", "messages" or "chat"."""
    residue: Residue = field(default_factory=dict)
    """The fields of the response without a neutral meaning."""
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The response's headers, with names in lower case and without cookies."""

    def replace(self, **changes: Any) -> Self:
        """A copy with these fields changed."""
        return replace(self, **changes)

    @property
    def text(self) -> str:
        """All text of the answer, without reasoning and refusals."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning(self) -> str:
        """All of the visible reasoning."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))

    @property
    def refusal(self) -> str | None:
        """The text of the refusal; None if there is none."""
        words = [part.text for part in self.parts if isinstance(part, Refusal)]
        return "".join(words) if words else None

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls in order, including those with invalid arguments (see `ToolCall.valid`)."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))
