"""A request for an answer: a `Prompt` of `Turn`s, with tools and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from msgspec import field
from msgspec.structs import force_setattr

from hatz_client.content.parts import Part, Residue, Text, as_parts, as_tuple
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.value import Value

EndpointName: TypeAlias = Literal["responses", "messages", "chat"]
"""What each can do is in `hatz_client.wire.endpoints`."""
Endpoint: TypeAlias = Literal["auto", "responses", "messages", "chat"]
StreamFormat: TypeAlias = Literal["sse", "ndjson"]
Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool"]
OrphanTools: TypeAlias = Literal["repair", "raise", "pass"]
SystemMessages: TypeAlias = Literal["inline", "hoist", "raise"]
AssistantPrefill: TypeAlias = Literal["continue", "raise", "pass"]

_ROLES = frozenset(get_args(Role))
_SEVERAL = ("turns", "tools", "stop", "tools_to_use", "file_uuids")
"""The fields of a `Prompt` that are tuples."""


class Turn(Value, frozen=True, gc=False):
    """One message of the conversation. Results of tools belong in turns with the role "tool"."""

    role: Role
    parts: tuple[Part, ...]

    if TYPE_CHECKING:

        def __init__(self, role: Role, parts: str | Part | Sequence[Part | str]) -> None: ...

    def __post_init__(self) -> None:
        """Accept a string (it becomes one `Text`), a single part, or a list of them.

        Raises:
            HatzInvalidInputError: the role is unknown.
        """
        if self.role not in _ROLES:
            raise HatzInvalidInputError(f"role={self.role!r} is unknown: use {', '.join(map(repr, get_args(Role)))}.")
        if type(self.parts) is not tuple:
            force_setattr(self, "parts", as_parts(self.parts))


class Tool(Value, frozen=True, gc=False):
    """A tool of your program: the model writes a `ToolCall`, and your program runs it and sends a `ToolResult` back."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    """JSON schema of the arguments: an object."""
    strict: bool | None = None
    """Whether the arguments must match the schema exactly; None leaves it to the service."""
    residue: Residue = field(default_factory=dict)
    """Further fields of one endpoint's tool, such as `{"messages": {"cache_control": {…}}}`."""

    def __post_init__(self) -> None:
        """Check the schema's type.

        Raises:
            HatzInvalidInputError: `parameters` is not a mapping.
        """
        if type(self.parameters) is not dict and not isinstance(self.parameters, Mapping):
            raise HatzInvalidInputError(
                f"The parameters of the tool {self.name!r:.100} are of type {type(self.parameters).__name__}: give a JSON schema, such as "
                '{"type": "object", "properties": {}}.'
            )


class ResponseFormat(Value, frozen=True, gc=False):
    """The JSON schema of the answer's text, for endpoints that enforce one."""

    schema: Mapping[str, Any]
    name: str = "response"
    strict: bool | None = None
    """Whether the answer must match the schema exactly; None leaves it to the service."""


class Prompt(Value, frozen=True):
    """One request for an answer. A field that is None is not sent."""

    model: str
    """The `id` of one of `list_models()`, "auto", or "agent-<id>"."""
    turns: tuple[Turn, ...]
    """The conversation. A string is one user turn."""
    tools: tuple[Tool | Mapping[str, Any], ...] = ()
    """Functions, and server-side tools as the JSON objects that the endpoint documents (sent unchanged)."""
    tool_choice: str | Mapping[str, Any] | None = None
    """ "auto", "none", "required", or the name of one of the tools; a mapping is sent unchanged."""
    parallel_tool_calls: bool | None = None
    """Whether the model may call several tools at once."""
    temperature: float | None = None
    """Sampling temperature; 0 is the least random."""
    top_p: float | None = None
    """Nucleus sampling: only the likeliest tokens up to this total probability."""
    top_k: int | None = None
    """Sample from the k likeliest tokens (Messages only)."""
    max_tokens: int | None = None
    """The maximum number of tokens in the answer. Messages requires it: if it is None, the model's known output limit is sent, else
    4096."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer. Where the endpoint has no such parameter, the client truncates the answer itself."""
    reasoning_effort: str | None = None
    """How long the model thinks: "low", "medium", "high" and so on (not on native chat)."""
    response_format: ResponseFormat | None = None
    """The JSON schema of the answer's text, for endpoints that enforce one."""
    tools_to_use: tuple[str, ...] = ()
    """Names of Hatz's own server-side tools (native chat only)."""
    auto_tool_selection: bool | None = None
    """Let Hatz choose its server-side tools (native chat only)."""
    file_uuids: tuple[str, ...] = ()
    """Ids of files uploaded to Hatz before (native chat only)."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request's body, merged in last, for parameters that this package does not know."""
    orphan_tools: OrphanTools = "repair"
    """What to do with tool calls without a result and results without a call: "repair" them (as
    `wire.common.requests.tool_pairing.pair_tool_results` says), "raise" an error that names them, or "pass" them on
    unchanged."""
    system_messages: SystemMessages = "inline"
    """What to do with a system message after the first user message: "inline" leaves it in place, "hoist" moves it to
    the system prompt, "raise" raises an error. Native chat has only one system prompt: "inline" moves it there too."""
    assistant_prefill: AssistantPrefill = "continue"
    """What to do if the last turn is the model's own and the model refuses to continue it, as Claude models from 4.6 on do:
    "continue" adds the user turn "Continue." and warns once, "raise" raises an error, "pass" sends the turns unchanged."""

    if TYPE_CHECKING:  # the types that `__post_init__` accepts and converts to those of the fields

        def __init__(  # noqa: PLR0913, PLR0917 (as many as there are fields)
            self,
            model: str,
            turns: str | Turn | Sequence[Turn | str],
            tools: Tool | Mapping[str, Any] | Sequence[Tool | Mapping[str, Any]] = (),
            tool_choice: str | Mapping[str, Any] | None = None,
            parallel_tool_calls: bool | None = None,
            temperature: float | None = None,
            top_p: float | None = None,
            top_k: int | None = None,
            max_tokens: int | None = None,
            stop: str | Sequence[str] = (),
            reasoning_effort: str | None = None,
            response_format: ResponseFormat | None = None,
            tools_to_use: str | Sequence[str] = (),
            auto_tool_selection: bool | None = None,
            file_uuids: str | Sequence[str] = (),
            extra: Mapping[str, Any] = ...,
            orphan_tools: OrphanTools = "repair",
            system_messages: SystemMessages = "inline",
            assistant_prefill: AssistantPrefill = "continue",
        ) -> None: ...

    def __post_init__(self) -> None:
        """Accept a single turn, name or id in place of several, strings as user turns, and lists in place of tuples.

        Raises:
            HatzInvalidInputError: one of the fields has another type.
        """
        several: tuple[Any, ...] = (self.turns, self.tools, self.stop, self.tools_to_use, self.file_uuids)
        if set(map(type, several)) != {tuple}:
            for name, given in zip(_SEVERAL, several, strict=True):
                force_setattr(self, name, given if type(given) is tuple else as_tuple(given))
        if problem := _problem(self):
            raise HatzInvalidInputError(problem)
        words: tuple[Any, ...] = self.turns
        if set(map(type, words)) != {Turn}:
            force_setattr(self, "turns", tuple(map(_turn, words)))


def _problem(prompt: Prompt) -> str:
    """The first field with a wrong type; empty if there is none. The usual types are compared first, because `isinstance` is slower."""
    extra, choice, form = prompt.extra, prompt.tool_choice, prompt.response_format
    if type(prompt.model) is not str and not isinstance(prompt.model, str):
        return f"model={prompt.model!r:.100} is not a name: give the `id` of one of `list_models()`."
    if type(extra) is not dict and not isinstance(extra, Mapping):
        return f"extra is of type {type(extra).__name__}, not a mapping of fields to values."
    for tool in prompt.tools:
        if type(tool) is not Tool and not isinstance(tool, Mapping):
            return f"tools holds a value of type {type(tool).__name__}: give `Tool`s, or server-side tools as the endpoint documents them."
    if choice is not None and type(choice) is not str and not isinstance(choice, str | Mapping):
        return f"tool_choice={choice!r:.100} is not 'auto', 'none', 'required' or the name of a tool."
    if form is not None and type(form) is not ResponseFormat:
        return f"response_format is of type {type(form).__name__}: give a `ResponseFormat` with the JSON schema."
    if prompt.stop and not all(isinstance(word, str) for word in prompt.stop):
        return f"stop={prompt.stop!r:.100} holds something other than a string: give one string, or several."
    return ""


def _turn(given: Any) -> Turn:
    if isinstance(given, Turn):
        return given
    if isinstance(given, str):
        return Turn("user", (Text(given),))
    raise HatzInvalidInputError(
        f"turns holds a value of type {type(given).__name__}: give `Turn`s, or strings for user turns."
    )


def asks_to_think(thinking: Any) -> bool:
    """Whether this value of Anthropic's field `thinking` turns thinking on."""
    match thinking:
        case {"type": "disabled"} | None:
            return False
        case _:
            return True
