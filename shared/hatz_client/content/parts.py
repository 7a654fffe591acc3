"""The parts of turns and answers: text, reasoning, tool calls and results, media, and opaque blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import field
from msgspec.structs import force_setattr

from hatz_client.util.value import Value

Residue: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Fields of a wire format that have no neutral meaning, by the format's name: `{"messages": {"signature": …}}`."""
MediaKind: TypeAlias = Literal["image", "document", "audio", "video"]


class Citation(Value, frozen=True, gc=False):
    """One source that backs a piece of text."""

    url: str | None = None
    title: str | None = None
    cited_text: str | None = None
    """The words of the source that are cited."""
    start: int | None = None
    """The position in the *answer's* text where the supported piece begins, in characters; None if the wire does not say."""
    end: int | None = None
    """The position where it ends, as the service counts it."""
    residue: Residue = field(default_factory=dict)
    """The citation as the wire has it."""


class Text(Value, frozen=True, gc=False):
    """Plain text."""

    text: str
    citations: tuple[Citation, ...] = ()
    residue: Residue = field(default_factory=dict)


class Refusal(Value, frozen=True, gc=False):
    """The model's explanation why it will not answer."""

    text: str
    residue: Residue = field(default_factory=dict)


class Reasoning(Value, frozen=True, gc=False):
    """The model's reasoning before its answer.

    `text` is the visible part (empty if redacted or encrypted). The fields that the service needs back unchanged
    (signature, encrypted content, ids) are residue.
    """

    text: str
    residue: Residue = field(default_factory=dict)


class ToolCall(Value, frozen=True, gc=False):
    """The model's request to run a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any] | str
    """The arguments as an object; as raw text if they are not (or, in a stream, not yet) a JSON object."""
    residue: Residue = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the arguments are a JSON object, so that the tool can be run."""
        return not isinstance(self.arguments, str)


class ToolResult(Value, frozen=True, gc=False):
    """The result of a tool: text, images, documents."""

    call_id: str
    """The `id` of the `ToolCall`."""
    content: tuple[Part, ...]
    is_error: bool = False
    """Whether the tool failed; the content then says why."""
    residue: Residue = field(default_factory=dict)

    if TYPE_CHECKING:

        def __init__(
            self,
            call_id: str,
            content: str | Part | Sequence[Part | str],
            is_error: bool = False,
            residue: Residue = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Accept a string (it becomes one `Text`), a single part, or a list of them."""
        if type(self.content) is not tuple:
            force_setattr(self, "content", as_parts(self.content))


class Media(Value, frozen=True, gc=False):
    """An image, document, audio or video: as bytes, as a URL, or as the id of an uploaded file."""

    kind: MediaKind
    media_type: str | None = None
    """MIME type, such as "image/png"."""
    data: str | None = None
    """The bytes, in base64."""
    url: str | None = None
    """Its address, which the model's service fetches."""
    file_id: str | None = None
    """The id of an uploaded file."""
    filename: str | None = None
    residue: Residue = field(default_factory=dict)


class Opaque(Value, frozen=True, gc=False):
    """A whole block of one wire format without a neutral meaning, such as the call of a server tool.

    It keeps its position. Another endpoint leaves it out of an assistant's turn (with a debug log), and raises an
    error if it is in a user's turn.
    """

    dialect: str
    """The endpoint's name."""
    block: Mapping[str, Any]


Part: TypeAlias = Text | Refusal | Reasoning | ToolCall | ToolResult | Media | Opaque


def as_tuple(given: Any) -> tuple[Any, ...]:
    """The items of a sequence, or a single value, as a tuple; a string is a single value."""
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str | bytes) else (given,)


def as_parts(given: Any) -> tuple[Any, ...]:
    """A string, a part, or a sequence of them as a tuple of parts."""
    return tuple(Text(part) if isinstance(part, str) else part for part in as_tuple(given))


TEXT_PARTS = (Text, Reasoning, Refusal)
"""The parts that consist of text: deltas add to their `text`."""
