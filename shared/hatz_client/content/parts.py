"""What turns and answers are made of: text, reasoning, tool calls and their results, media, and what has no neutral meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Residue: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Fields of a wire format that have no neutral meaning, by the format's name: `{"messages": {"signature": …}}`."""
MediaKind: TypeAlias = Literal["image", "document", "audio", "video"]


@dataclass(slots=True)
class Citation:
    """One source that backs a piece of text."""

    url: str | None = None
    title: str | None = None
    cited_text: str | None = None
    """The words of the source that are cited."""
    start: int | None = None
    """Where in the *answer's* text the cited piece begins, in characters; None when the wire does not say."""
    end: int | None = None
    residue: Residue = field(default_factory=dict)
    """The citation as the wire has it."""


@dataclass(slots=True)
class Text:
    """Words."""

    text: str
    citations: tuple[Citation, ...] = ()
    residue: Residue = field(default_factory=dict)


@dataclass(slots=True)
class Refusal:
    """The model's own words for why it will not answer."""

    text: str
    residue: Residue = field(default_factory=dict)


@dataclass(slots=True)
class Reasoning:
    """What the model thought before it answered.

    `text` is what may be shown (it can be empty: redacted or encrypted). What the service needs to get its own thoughts
    back unchanged (signature, encrypted content, ids) is residue.
    """

    text: str
    residue: Residue = field(default_factory=dict)


@dataclass(slots=True)
class ToolCall:
    """The model asks for a tool to be run."""

    id: str
    name: str
    arguments: Mapping[str, Any] | str
    """The arguments; the raw text instead when it is not (or, within a stream, not yet) a JSON object."""
    residue: Residue = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the arguments are a JSON object, so that the tool can be run."""
        return not isinstance(self.arguments, str)


@dataclass(slots=True)
class ToolResult:
    """What a tool answered: text, images, documents."""

    call_id: str
    content: tuple[Part, ...]
    is_error: bool = False
    residue: Residue = field(default_factory=dict)


@dataclass(slots=True)
class Media:
    """An image, document, recording or film: given by its bytes, by URL, or by the id of an uploaded file."""

    kind: MediaKind
    media_type: str | None = None
    """MIME type, such as "image/png"."""
    data: str | None = None
    """The bytes, in base64."""
    url: str | None = None
    file_id: str | None = None
    filename: str | None = None
    residue: Residue = field(default_factory=dict)


@dataclass(slots=True)
class Opaque:
    """A whole block of one wire format that has no neutral meaning, such as the trace of a server tool, in its place.

    Sent to another endpoint it is left out of an assistant's turn (with a debug log), and refused in a user's.
    """

    dialect: str
    """The endpoint's name."""
    block: Mapping[str, Any]


Part: TypeAlias = Text | Refusal | Reasoning | ToolCall | ToolResult | Media | Opaque

TEXT_PARTS = (Text, Reasoning, Refusal)
"""The parts that are written as text: each has a `text` that deltas add to."""
