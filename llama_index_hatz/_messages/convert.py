"""LlamaIndex's messages as the client's turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)

from hatz_client.content import (
    Opaque,
    Part,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from hatz_client.errors import HatzInvalidInputError
from hatz_client.resources.model_families import vendor
from hatz_client.wire.endpoints import endpoint_spec
from llama_index_hatz._messages import content_blocks as _blocks
from llama_index_hatz._messages import layout as _layout
from llama_index_hatz._messages.cache_points import apply_cache_points

Item: TypeAlias = Part | CachePoint
_ROLES: dict[MessageRole, Role] = {
    MessageRole.SYSTEM: "system",
    MessageRole.DEVELOPER: "developer",
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.TOOL: "tool",
    MessageRole.FUNCTION: "tool",
}
BLOCKS = "hatz_blocks"
"""Key in the `additional_kwargs` of a user or tool message: further blocks in the endpoint's own form."""


@dataclass(slots=True)
class _Context:
    """The context for translating a message."""

    endpoint: str
    local_files: bool
    search_results: str | None
    """The endpoint, if its model takes citable sources as search results."""
    after_calls: bool = False
    """Whether the turn before this message called tools."""


def to_turns(
    messages: Iterable[ChatMessage], endpoint: str, model: str = "", *, local_files: bool = True
) -> tuple[Turn, ...]:
    """The conversation as the client's turns, for a request to this endpoint and model; the messages are not changed.

    Raises:
        HatzInvalidInputError: if an item is not a message, or a block is of an unknown kind, is empty, or must not be read.
    """
    if messages is None or isinstance(messages, str | ChatMessage):
        raise _no_conversation(messages)
    turns: list[Turn] = []
    # A model of another vendor gets the text: a gateway that translates the request may drop a block it does not know.
    cites = endpoint_spec(endpoint).text_documents and vendor(model) == "claude"
    context = _Context(endpoint, local_files, endpoint if cites else None)
    for message in messages:
        if not isinstance(message, ChatMessage):
            raise _no_conversation(message)
        role, items = _TRANSLATE[_ROLES[message.role]](message, context)
        if items:
            turns.append(Turn(role, tuple(items)))  # type: ignore[arg-type]  # the cache points are for `apply_cache_points`
            if role != "tool":
                context.after_calls = role == "assistant" and ToolCall in map(type, items)
    return apply_cache_points(turns)


def _no_conversation(given: object) -> HatzInvalidInputError:
    return HatzInvalidInputError(
        f"{given!r:.100} is of type {type(given).__name__}, but a conversation is a list of ChatMessages: "
        "pass [ChatMessage(content=…)], or a text to complete()."
    )


def _from_user(message: ChatMessage, context: _Context) -> tuple[Role, list[Item]]:
    """A user's or a system message."""
    items = _items(message, context)
    if BLOCKS in message.additional_kwargs:
        items += _raw_blocks(message, context)
    return _ROLES[message.role], items


def _from_assistant(message: ChatMessage, context: _Context) -> tuple[Role, list[Item]]:
    items = _items(message, context)
    if message.additional_kwargs:
        items = _restore_parts(items, message.additional_kwargs)
    return "assistant", items


def _from_tool(message: ChatMessage, context: _Context) -> tuple[Role, list[Item]]:
    """A tool's result; an observation of ReAct without a call becomes the user's text."""
    items = _items(message, context)
    if BLOCKS in message.additional_kwargs:
        items += _raw_blocks(message, context)
    call_id = message.additional_kwargs.get("tool_call_id")
    if not call_id and not context.after_calls:
        return "user", items
    points = [item for item in items if type(item) is CachePoint]
    content = tuple([item for item in items if type(item) is not CachePoint])
    return "tool", [ToolResult(str(call_id or ""), content), *points]  # type: ignore[arg-type]  # without the points


_TRANSLATE: dict[Role, Callable[[ChatMessage, _Context], tuple[Role, list[Item]]]] = {
    "system": _from_user,
    "developer": _from_user,
    "user": _from_user,
    "assistant": _from_assistant,
    "tool": _from_tool,
}


def _items(message: ChatMessage, context: _Context) -> list[Item]:
    """A message's parts, with its cache points in their positions."""
    items: list[Item] = []
    for block in message.blocks:
        if type(block) is TextBlock:  # most are
            if block.text:
                items.append(Text(block.text))
        elif type(block) is ToolCallBlock:
            items.append(_blocks.to_call(block.tool_call_id, block.tool_name, block.tool_kwargs))
        elif isinstance(block, CachePoint):
            items.append(block)
        else:
            sources = context.search_results if _ROLES[message.role] in {"user", "tool"} else None
            items.extend(_blocks.to_parts(block, local_files=context.local_files, search_results=sources))
    additional = message.additional_kwargs
    if additional and (mark := additional.get("cache_control")) is not None:
        items += _cache_point(mark)
    return items


def _cache_point(control: Any) -> list[CachePoint]:
    """The cache point that DocumentContextExtractor and others put beside a message's blocks."""
    given = control if isinstance(control, Mapping) else {}
    return [CachePoint(cache_control=CacheControl.model_validate(given))] if "type" in given else []


def _raw_blocks(message: ChatMessage, context: _Context) -> list[Opaque]:
    """Blocks of the endpoint for which LlamaIndex has no class."""
    given = message.additional_kwargs[BLOCKS] or []
    if not isinstance(given, list) or not all(isinstance(block, Mapping) for block in given):
        raise HatzInvalidInputError(
            f"additional_kwargs[{BLOCKS!r}] is {given!r:.100}: give a list of blocks, each a dict as the endpoint documents it."
        )
    return [Opaque(context.endpoint, block) for block in given]


def _restore_parts(items: list[Item], additional: Mapping[str, Any]) -> list[Item]:
    """The parts of an answer, restored from what is beside its blocks: our layout, or calls of older LlamaIndex versions."""
    if not additional.keys() & {_layout.KEY, "tool_calls", "function_call"}:
        return items
    parts = [item for item in items if not isinstance(item, CachePoint)]
    if entries := additional.get(_layout.KEY):
        return [*_layout.restore(parts, entries), *(item for item in items if isinstance(item, CachePoint))]
    if any(isinstance(part, ToolCall) for part in parts):
        return items
    return [*items, *_older_calls(additional.get("tool_calls") or [{"function": additional.get("function_call")}])]


def _older_calls(calls: Any) -> list[ToolCall]:
    """The calls that LlamaIndex kept in `additional_kwargs` before it had blocks for them: `tool_calls`, or a `function_call`."""
    return [made for call in calls if (made := _older_call(call))] if isinstance(calls, list) else []


def _older_call(call: Any) -> ToolCall | None:
    fields: Any = call.model_dump() if hasattr(call, "model_dump") else call
    if not isinstance(fields, Mapping):
        return None
    inner = fields.get("function") or fields.get("toolUse") or {}
    fields = {**fields, **inner} if isinstance(inner, Mapping) else fields
    name = _first(fields, "name", "tool_name")
    if not isinstance(name, str):
        return None
    call_id = _first(fields, "call_id", "id", "toolUseId", "tool_id")
    return _blocks.to_call(call_id, name, _first(fields, "arguments", "input", "args", "tool_kwargs"))


def _first(fields: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these fields that is there: each service's SDK has its own names."""
    return next((value for name in names if (value := fields.get(name)) is not None), None)
