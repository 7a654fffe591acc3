"""The neutral vocabulary: what is asked (`Prompt`), what is answered (`Reply`), and the parts both are made of.

Everything here is a plain immutable value. Each of the gateway's wire formats (a *dialect*: "responses", "messages", "chat")
is translated to and from this vocabulary, and each framework is translated to and from it, so that neither knows the other.

A codec names the fields of a wire part that it understands and keeps the rest as *residue* under its own dialect. When it
encodes the part again it puts its own residue back and leaves another dialect's alone. A block with no neutral meaning
travels whole, as `Opaque`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.values import quick

DialectName: TypeAlias = Literal["responses", "messages", "chat"]
Endpoint: TypeAlias = Literal["auto", "responses", "messages", "chat"]
StreamFormat: TypeAlias = Literal["sse", "ndjson"]
Residue: TypeAlias = Mapping[str, Mapping[str, Any]]
Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason: TypeAlias = Literal["stop", "tool_calls", "length", "content_filter", "refusal", "pause", "other"]
MediaKind: TypeAlias = Literal["image", "document", "audio", "video"]
OrphanTools: TypeAlias = Literal["repair", "raise", "pass"]
SystemMessages: TypeAlias = Literal["inline", "hoist", "raise"]

_ROLES = frozenset(get_args(Role))


@dataclass(frozen=True, slots=True)
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


@quick
@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str
    citations: tuple[Citation, ...] = ()
    residue: Residue = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model's own words for why it will not answer."""

    text: str
    residue: Residue = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What the model thought before it answered.

    `text` is what may be shown (it can be empty: redacted or encrypted). What the service needs to get its own thoughts
    back unchanged (signature, encrypted content, ids) is residue.
    """

    text: str
    residue: Residue = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
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


@quick
@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered: text, images, documents."""

    call_id: str
    content: tuple[Part, ...]
    is_error: bool = False
    residue: Residue = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Opaque:
    """A block of one dialect that has no neutral meaning (a server tool's trace, say), in its place and whole.

    Another dialect leaves it out of an assistant's turn (with a debug log), and refuses it in a user's.
    """

    dialect: str
    block: Mapping[str, Any]


Part: TypeAlias = Text | Refusal | Reasoning | ToolCall | ToolResult | Media | Opaque


@quick
@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. Results of tools come in turns of the role "tool"."""

    role: Role
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        """A string is text, and a list will do; so nobody's words are taken apart into letters.

        Raises:
            HatzInvalidInputError: for a role there is not.
        """
        if self.role not in _ROLES:
            raise HatzInvalidInputError(f"role={self.role!r} is unknown: use {', '.join(map(repr, get_args(Role)))}.")
        if type(self.parts) is not tuple:
            given: Any = self.parts
            parts = (Text(given),) if isinstance(given, str) else tuple(given) if isinstance(given, list) else (given,)
            object.__setattr__(self, "parts", parts)


@quick
@dataclass(frozen=True, slots=True)
class Tool:
    """A function the caller can run for the model."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    """JSON schema of the arguments: an object."""
    strict: bool | None = None
    residue: Residue = field(default_factory=dict)
    """Further fields of one dialect's tool, such as `{"messages": {"cache_control": {…}}}`."""


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """The JSON schema the answer's text must satisfy, where the endpoint enforces one itself."""

    schema: Mapping[str, Any]
    name: str = "response"
    strict: bool | None = None


@quick
@dataclass(frozen=True, slots=True)
class Prompt:
    """One request for an answer. What is None is not sent."""

    model: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool | Mapping[str, Any], ...] = ()
    """Functions, and the endpoint's own server-side tools as the JSON objects it documents (sent as they are)."""
    tool_choice: str | Mapping[str, Any] | None = None
    """ "auto", "none", "required", or the name of one of the tools; a mapping is sent as it is."""
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    """The most tokens the answer may have."""
    stop: tuple[str, ...] = ()
    reasoning_effort: str | None = None
    response_format: ResponseFormat | None = None
    tools_to_use: tuple[str, ...] = ()
    """Names of Hatz's own server-side tools (native chat only)."""
    auto_tool_selection: bool | None = None
    """Let Hatz choose its server-side tools (native chat only)."""
    file_uuids: tuple[str, ...] = ()
    """Ids of files uploaded to Hatz before (native chat only)."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request's body, merged in last: what the gateway learns tomorrow can be sent today."""
    orphan_tools: OrphanTools = "repair"
    """What to do about tool calls without a result and results without a call: put them right (`wire.history.repaired` says how),
    raise an error that names them, or send them as they are."""
    system_messages: SystemMessages = "inline"
    """Where system messages go that come after the conversation has begun: nowhere else, to the system prompt, or to an error.
    Native chat has one system prompt and no other place: "inline" moves them there too."""

    def __post_init__(self) -> None:
        """One turn, name or id will do where several may stand, and lists where tuples do.

        Raises:
            HatzInvalidInputError: for a model, turns or further fields that are none.
        """
        if not isinstance(self.model, str):
            raise HatzInvalidInputError(f"model={self.model!r:.100} is no name: give the `name` of one of `models()`.")
        if not isinstance(self.extra, Mapping):
            raise HatzInvalidInputError(f"extra is a {type(self.extra).__name__}, and no mapping of fields to values.")
        for name in ("turns", "tools", "stop", "tools_to_use", "file_uuids"):
            given = getattr(self, name)
            if type(given) is not tuple:
                object.__setattr__(self, name, tuple(given) if isinstance(given, list) else (given,))
        words: tuple[Any, ...] = self.turns
        if set(map(type, words)) != {Turn}:
            object.__setattr__(self, "turns", tuple(map(_turn, words)))


def _turn(given: Any) -> Turn:
    if isinstance(given, Turn):
        return given
    if isinstance(given, str):
        return Turn("user", (Text(given),))
    raise HatzInvalidInputError(
        f"turns holds a {type(given).__name__}: give `Turn`s, or strings, which are the user's words."
    )


@quick
@dataclass(frozen=True, slots=True)
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


@quick
@dataclass(frozen=True, slots=True)
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
    dialect: str | None = None
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


def asks_to_think(thinking: Any) -> bool:
    """Whether this value of Anthropic's field `thinking` has the model think before it answers."""
    match thinking:
        case {"type": "disabled"} | None:
            return False
        case _:
            return True
