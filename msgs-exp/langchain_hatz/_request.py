"""What a user's fields and keyword arguments ask for, as one call."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage

from hatz_client import HatzInvalidInputError
from hatz_client.content import Media, Opaque, Part, Prompt, Text, ToolResult, Turn, asks_to_think
from hatz_client.events import merge_residue
from hatz_client.util.json_text import merged
from hatz_client.util.warn_once import sent_to
from hatz_client.wire import dialect_name
from langchain_hatz import _structured
from langchain_hatz._arguments import own_names
from langchain_hatz._call import Call
from langchain_hatz._messages.convert import turns
from langchain_hatz._structured import Format
from langchain_hatz._tools import neutral_choice, neutral_tools, original_names, tool_dict

if TYPE_CHECKING:
    from langchain_hatz._base import HatzBase

_logger = logging.getLogger("langchain_hatz")

# Of LangChain's own machinery, not for the model.
_NOT_SENT = ("stream", "stream_usage", "ls_structured_output_format", "structured_output_format")
_THINKING = {"thinking": ("messages",), "reasoning": ("responses",)}  # which endpoint has which
_HOW = (*_THINKING, "disabled_params", "auto_upload", "include_response_headers")
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
_DECIDE = ("model", "tools_to_use", "auto_tool_selection", "file_uuids")  # which endpoint it is to be
_POLICIES = ("system_messages", "orphan_tools")
_MAY_BE_OFF = (*_OF_THE_PROMPT, "stop", "tool_choice", "response_format", "tools_to_use", "file_uuids")


def call_of(
    model: HatzBase, messages: Sequence[BaseMessage], stop: Sequence[str] | None, kwargs: Mapping[str, Any]
) -> Call:
    """The call that these messages and keyword arguments ask for, the model's fields standing in where they say nothing.

    Raises:
        HatzInvalidInputError: when it cannot be made.
    """
    given = own_names({**model.model_kwargs, **kwargs})
    taken = _taken(given, *_NOT_SENT, *_OPTIONS, *_OF_THE_CALL)
    how = {name: given.pop(name, getattr(model, name)) for name in _HOW}
    settings = _settings(model, taken["stop"] if stop is None else stop, given)
    _say_further(given)
    decisive = {name: settings[name] for name in _DECIDE}
    dialect = dialect_name(Prompt(turns=(), **decisive), taken["endpoint"] or model.endpoint)
    conversation = turns(messages, dialect, settings["model"])
    if dialect == "messages":
        conversation = _cached(conversation, taken["cache_control"])
    extra = merged(merged(model.extra_body or {}, taken["extra_body"] or {}), given)
    extra = merged(sent_to(dialect, {name: how[name] for name in _THINKING}, _THINKING), extra)
    tools: Sequence[Any] = taken["tools"] or ()
    settings |= _of_tools(tools, taken["tool_choice"], settings["parallel_tool_calls"])
    prompt = _enabled(Prompt(turns=conversation, extra=extra, **settings), how["disabled_params"] or {})
    call = Call(
        prompt,
        dialect,
        blocks=model.output_version == "v1" or any(isinstance(tool, Mapping) for tool in prompt.tools),
        options={name: taken[name] for name in _OPTIONS if taken[name] is not None},
        names=original_names(tools),
        uploads=bool(how["auto_upload"]) and dialect == "chat",
        headers=bool(how["include_response_headers"]),
    )
    wanted, answer_tool = _structured.format_of(taken["response_format"]), taken["structured_tool"]
    if wanted is None and answer_tool and len(tools) == 1 and (dialect == "chat" or _thinks(prompt)):
        return _with_prompt(_without_tools(call), _structured.format_of(tool_dict(tools[0])), answer_tool)
    return _formatted(call, wanted, model.structured_output_strategy)


def _say_further(given: Mapping[str, Any]) -> None:
    """Say what becomes a field of the body because it is none of ours, and refuse what concerns the connection."""
    if misplaced := sorted({*given} & _OF_THE_MODEL):
        raise HatzInvalidInputError(
            f"{', '.join(misplaced)} cannot be set for a single call, only for the model: use "
            f"model.model_copy(update={{{misplaced[0]!r}: …}})."
        )
    if given:
        _logger.debug("sent as they are, as fields of the request's body: %s", ", ".join(given))


def _taken(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """What is given under these names, taken out of it; None where nothing is."""
    return {name: given.pop(name, None) for name in names}


def _settings(model: HatzBase, stop: Sequence[str] | None, given: dict[str, Any]) -> dict[str, Any]:
    """The prompt's fields but the conversation and the tools."""
    plain = {name: given.pop(name, getattr(model, name)) for name in (*_OF_THE_PROMPT, *_POLICIES)}
    lists = {name: _strings(given.pop(name, getattr(model, name))) for name in ("tools_to_use", "file_uuids")}
    name = given.pop("model", None) or model.model
    return {"model": name, "stop": _strings(model.stop if stop is None else stop), **lists, **plain}


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


def _of_tools(tools: Sequence[Any], choice: Any, parallel: bool | None) -> dict[str, Any]:
    """The prompt's fields about tools; nothing is said of tools where there are none."""
    if not tools:
        return {"parallel_tool_calls": None}
    neutral = neutral_tools(tools)
    tool_choice, said = neutral_choice(choice, neutral)
    return {"tools": neutral, "tool_choice": tool_choice, "parallel_tool_calls": parallel if said is None else said}


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
    return asks_to_think(prompt.extra.get("thinking"))


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
    for at in reversed(range(len(conversation))):
        turn = conversation[at]
        if turn.parts and (last := _marked(turn.parts[-1], mark)):
            marked = replace(turn, parts=(*turn.parts[:-1], last))
            return (*conversation[:at], marked, *conversation[at + 1 :])
    return conversation


def _marked(part: Part, mark: Any) -> Part | None:
    match part:
        case Opaque():
            return replace(part, block={**part.block, "cache_control": mark})
        case Text() | Media() | ToolResult() if part != Text(""):
            return replace(part, residue=merge_residue(part.residue, {"messages": {"cache_control": mark}}))
        case _:
            return None
