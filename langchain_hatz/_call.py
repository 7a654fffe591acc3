"""One call of the model: what a user's fields and keyword arguments ask for, and how its answer is to be read."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from hatz_client import HatzInvalidInputError
from hatz_client.content import DialectName, Media, Opaque, Prompt, Reply, Text, ToolResult, Turn
from hatz_client.events import Event
from hatz_client.notices import say_ignored
from hatz_client.plain import merged
from hatz_client.wire import dialect_name
from langchain_hatz import _structured
from langchain_hatz._chunks import Chunks
from langchain_hatz._convert import message, turns
from langchain_hatz._structured import Format, Unwrap
from langchain_hatz._tools import neutral_choice, neutral_tools, original_names, tool_dict

if TYPE_CHECKING:
    from langchain_hatz._base import HatzBase

P_co = TypeVar("P_co", covariant=True)

_logger = logging.getLogger("langchain_hatz")

ALIASES = {
    "model_name": "model",
    "max_output_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    "request_timeout": "timeout",
    "extra_headers": "headers",
}
"""What other integrations call our parameters."""
# Of LangChain's own machinery, not for the model.
_NOT_SENT = ("stream", "stream_usage", "ls_structured_output_format", "structured_output_format")
_HOW = ("thinking", "disabled_params", "auto_upload", "include_response_headers")
_OPTIONS = ("endpoint", "timeout", "headers", "request_id")
_OF_THE_CALL = ("stop", "tools", "tool_choice", "response_format", "structured_tool", "extra_body", "cache_control")
_OF_THE_MODEL = {
    "api_key", "hatz_api_key", "base_url", "default_headers", "http_client", "http_async_client", "max_retries",
    "stream_idle_timeout", "allow_http", "streaming", "structured_output_strategy", "model_kwargs", "proxy", "default_query",
    "http_socket_options", "token_counting",
}  # fmt: skip
_OF_THE_PROMPT = (
    "temperature", "top_p", "top_k", "max_tokens", "reasoning_effort", "parallel_tool_calls", "auto_tool_selection",
)  # fmt: skip
_POLICIES = ("system_messages", "orphan_tools")
_MAY_BE_OFF = (*_OF_THE_PROMPT, "stop", "tool_choice", "response_format", "tools_to_use", "file_uuids")


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and how the answer is to be read."""

    prompt: Prompt
    dialect: DialectName
    blocks: bool = False
    """Whether content is a list of blocks in any case."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the client's `ask` and `stream`."""
    names: Mapping[str, str] = field(default_factory=dict)
    uploads: bool = False
    """Whether what the prompt holds must be uploaded first."""
    headers: bool = False
    """Whether the response's headers are part of the message."""
    wanted: Format | None = None
    strategy: Literal["native", "tool", "prompt"] | None = None
    """How the wanted format is brought about."""
    answer_tool: str = ""
    """The tool whose arguments are to become the answer's text; with the strategy "prompt", the one whose call the text is to become."""
    alone: bool = True
    """Whether there is no other tool than that."""

    @property
    def in_one_piece(self) -> bool:
        """Whether the answer must be whole before any of it can be handed on."""
        return self.strategy == "prompt"

    def repair(self, reply: Reply) -> Prompt | None:
        """What to ask once more, when the answer is not JSON as it should be."""
        if self.strategy != "prompt" or self.wanted is None:
            return None
        return _structured.repair(self.prompt, self.wanted, reply)

    def read(self, reply: Reply) -> Reply:
        """The answer in the form that was asked for."""
        match self.strategy:
            case "tool":
                return _structured.unwrapped(reply, self.answer_tool, alone=self.alone)
            case "prompt" if self.answer_tool:
                return _structured.as_call(reply, self.answer_tool)
            case "prompt":
                return _structured.as_json(reply)
            case _:
                return reply

    def message(self, reply: Reply) -> AIMessage:
        """The answer as LangChain has it."""
        reply, name = self.read(reply), self.prompt.model
        return message(reply, model=name, blocks=self.blocks, names=self.names, headers=self.headers)

    def chunks(self, *, usage: bool = True) -> Writing[ChatGenerationChunk]:
        """The answer as `_stream` hands it on."""
        model, names = self.prompt.model, self.names
        return Writing(self, Chunks(model=model, blocks=self.blocks, names=names, usage=usage, headers=self.headers))

    def result(self, reply: Reply) -> ChatResult:
        """The answer as `_generate` returns it."""
        answer = self.message(reply)
        output = {"model_name": answer.response_metadata["model_name"], "token_usage": answer.usage_metadata}
        return ChatResult(generations=[ChatGeneration(message=answer)], llm_output=output)


class Pieces(Protocol[P_co]):
    """What turns the events of an answer into pieces of some kind: LangChain's chunks, or its protocol's events."""

    def feed(self, event: Event, /) -> Iterable[P_co]:
        """The pieces that this event means."""

    def close(self) -> Iterable[P_co]:
        """The last pieces."""


class Writing(Generic[P_co]):
    """The pieces of an answer that is being written, in the form that was asked for."""

    def __init__(self, call: Call, pieces: Pieces[P_co]) -> None:
        self._pieces = pieces
        self._unwrap = Unwrap(call.answer_tool, alone=call.alone) if call.strategy == "tool" else None

    def feed(self, event: Event) -> Iterable[P_co]:
        """The pieces that this event means."""
        if self._unwrap is None:
            return self._pieces.feed(event)
        return [piece for new in self._unwrap.feed(event) for piece in self._pieces.feed(new)]

    def close(self) -> Iterator[P_co]:
        """The last pieces."""
        for new in self._unwrap.close() if self._unwrap else ():
            yield from self._pieces.feed(new)
        yield from self._pieces.close()


def call_of(
    model: HatzBase, messages: Sequence[BaseMessage], stop: Sequence[str] | None, kwargs: Mapping[str, Any]
) -> Call:
    """The call that these messages and keyword arguments ask for, the model's fields standing in where they say nothing.

    Raises:
        HatzInvalidInputError: when it cannot be made.
    """
    given = {ALIASES.get(key, key): value for key, value in {**model.model_kwargs, **kwargs}.items()}
    taken = _taken(given, *_NOT_SENT, *_OPTIONS, *_OF_THE_CALL)
    how = {name: given.pop(name, getattr(model, name)) for name in _HOW}
    prompt = _settings(model, taken["stop"] if stop is None else stop, given)
    options = {name: taken[name] for name in _OPTIONS if taken[name] is not None}
    dialect = dialect_name(prompt, taken["endpoint"] or model.endpoint)
    tools: Sequence[Any] = taken["tools"] or ()
    answer_tool = taken["structured_tool"]
    conversation = turns(messages, dialect, prompt.model)
    if dialect == "messages":
        conversation = _cached(conversation, taken["cache_control"])
    if misplaced := sorted({*given} & _OF_THE_MODEL):
        raise HatzInvalidInputError(
            f"{', '.join(misplaced)} cannot be set for a single call, only for the model: use "
            f"model.model_copy(update={{{misplaced[0]!r}: …}})."
        )
    if given:
        _logger.debug("sent as they are, as fields of the request's body: %s", ", ".join(given))
    extra = merged(merged(model.extra_body or {}, taken["extra_body"] or {}), given)
    extra = merged(_thinking(how["thinking"], dialect), extra)
    prompt = _with_tools(replace(prompt, turns=conversation, extra=extra), tools, taken["tool_choice"])
    prompt = _enabled(prompt, how["disabled_params"] or {})
    blocks = model.output_version == "v1" or any(isinstance(tool, Mapping) for tool in prompt.tools)
    call = Call(
        prompt,
        dialect,
        blocks=blocks,
        options=options,
        names=original_names(tools),
        uploads=bool(how["auto_upload"]) and dialect == "chat",
        headers=bool(how["include_response_headers"]),
    )
    wanted = _structured.format_of(taken["response_format"])
    if wanted is None and answer_tool and len(tools) == 1 and (dialect == "chat" or _thinks(prompt)):
        return _with_prompt(_without_tools(call), _structured.format_of(tool_dict(tools[0])), answer_tool)
    return _formatted(call, wanted, model.structured_output_strategy)


def _taken(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """What is given under these names, taken out of it; None where nothing is."""
    return {name: given.pop(name, None) for name in names}


def _settings(model: HatzBase, stop: Sequence[str] | None, given: dict[str, Any]) -> Prompt:
    """The prompt with everything but the conversation and the tools."""
    lists: dict[str, Any] = {
        name: _strings(given.pop(name, getattr(model, name))) for name in ("tools_to_use", "file_uuids")
    }
    plain = {name: given.pop(name, getattr(model, name)) for name in (*_OF_THE_PROMPT, *_POLICIES)}
    name = given.pop("model", None) or model.model
    return Prompt(name, (), stop=_strings(model.stop if stop is None else stop), **lists, **plain)


def _thinking(thinking: Any, dialect: DialectName) -> dict[str, Any]:
    """Anthropic's `thinking`, as a field of the request's body, where there is one."""
    if thinking is None or dialect == "messages":
        return {} if thinking is None else {"thinking": thinking}
    say_ignored(dialect, thinking=thinking)
    return {}


def _enabled(prompt: Prompt, disabled: Mapping[str, Sequence[Any] | None]) -> Prompt:
    """The prompt without the parameters that the model does not have, or without such values of them."""
    if not disabled:
        return prompt
    off: dict[str, Any] = {
        name: () if isinstance(value, tuple) else None
        for name in _MAY_BE_OFF
        if name in disabled and _is_off(value := getattr(prompt, name), disabled[name])
    }
    extra = {
        key: value for key, value in prompt.extra.items() if key not in disabled or not _is_off(value, disabled[key])
    }
    return replace(prompt, **off, extra=extra)


def _is_off(value: Any, values: Sequence[Any] | None) -> bool:
    return values is None or value in values


def _with_tools(prompt: Prompt, tools: Sequence[Any], choice: Any) -> Prompt:
    """The prompt with tools and what is said of them; nothing is said of tools where there are none."""
    if not tools:
        return replace(prompt, parallel_tool_calls=None)
    neutral = neutral_tools(tools)
    tool_choice, parallel = neutral_choice(choice, neutral)
    parallel = prompt.parallel_tool_calls if parallel is None else parallel
    return replace(prompt, tools=neutral, tool_choice=tool_choice, parallel_tool_calls=parallel)


def _without_tools(call: Call) -> Call:
    return replace(call, prompt=replace(call.prompt, tools=(), tool_choice=None, parallel_tool_calls=None))


def _formatted(call: Call, wanted: Format | None, strategy: str) -> Call:
    if wanted is None:
        return call
    if strategy == "native":
        return replace(call, prompt=_structured.natively(call.prompt, wanted), wanted=wanted, strategy="native")
    if strategy == "prompt" or call.dialect == "chat":
        return _with_prompt(call, wanted)
    if strategy == "auto" and (wanted.schema is None or _thinks(call.prompt)):
        return _with_prompt(call, wanted)
    prompt, name = _structured.with_tool(call.prompt, wanted)
    return replace(call, prompt=prompt, wanted=wanted, strategy="tool", answer_tool=name, alone=not call.prompt.tools)


def _thinks(prompt: Prompt) -> bool:
    """Whether Anthropic's thinking is on, with which its models can be made to call no tool."""
    thinking = prompt.extra.get("thinking")
    return isinstance(thinking, Mapping) and thinking.get("type") != "disabled"


def _with_prompt(call: Call, wanted: Format | None, answer_tool: str = "") -> Call:
    wanted = wanted or Format()
    prompt = _structured.with_instruction(call.prompt, wanted)
    return replace(call, prompt=prompt, wanted=wanted, strategy="prompt", answer_tool=answer_tool)


def _strings(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def _cached(conversation: tuple[Turn, ...], mark: Any) -> tuple[Turn, ...]:
    """The conversation with Anthropic's mark "cache up to here" on its last part that can bear one."""
    if not mark:
        return conversation
    for at in range(len(conversation) - 1, -1, -1):
        parts = list(conversation[at].parts)
        if parts and isinstance(last := parts[-1], Text | Media | ToolResult) and last != Text(""):
            own = last.residue.get("messages", {})
            parts[-1] = replace(last, residue={**last.residue, "messages": {**own, "cache_control": mark}})
            return (*conversation[:at], replace(conversation[at], parts=tuple(parts)), *conversation[at + 1 :])
        if parts and isinstance(last, Opaque):
            parts[-1] = replace(last, block={**last.block, "cache_control": mark})
            return (*conversation[:at], replace(conversation[at], parts=tuple(parts)), *conversation[at + 1 :])
    return conversation
