"""LangChain's messages from and to the client's turns, replies and events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from hatz_client import HatzInvalidInputError
from hatz_client.content import Part, Reasoning, Refusal, Reply, Role, Text, ToolCall, ToolResult, Turn, Usage
from hatz_client.events import Delta, End, Event, Fold, Start
from langchain_hatz._blocks import annotation, block_of, extras_of, parts_of
from langchain_hatz._history import BLOCKS, PROVIDER, parts_of_answer
from langchain_hatz._tools import wire_name

_ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "developer",
}
# What the services repeat of the request, or what stands elsewhere in the message.
_ECHOES = {
    "content", "output", "output_text", "usage", "model", "id", "object", "type", "role", "tools", "tool_choice", "instructions",
    "input", "text", "parallel_tool_calls", "temperature", "top_p", "max_output_tokens", "stream",
}  # fmt: skip


def turns(messages: Iterable[BaseMessage], dialect: str) -> tuple[Turn, ...]:
    """The conversation as the client takes it.

    Raises:
        HatzInvalidInputError: for a message of a kind that no model can be sent.
    """
    return tuple(_turn(message, dialect) for message in messages)


def _turn(message: BaseMessage, dialect: str) -> Turn:
    match message:
        case SystemMessage():
            developer = message.additional_kwargs.get("__openai_role__") == "developer"
            return Turn("developer" if developer else "system", parts_of(message.content, dialect))
        case HumanMessage():
            return Turn("user", parts_of(message.content, dialect))
        case AIMessage():
            return Turn("assistant", parts_of_answer(message, dialect))
        case ToolMessage():
            content = parts_of(message.content, dialect, tool=True)
            failed = message.status == "error"
            return Turn("tool", (ToolResult(str(message.tool_call_id or ""), content, is_error=failed),))
        case FunctionMessage():
            call_id = f"function_{wire_name(message.name)}"
            return Turn("tool", (ToolResult(call_id, parts_of(message.content, dialect, tool=True)),))
        case ChatMessage(role=role) if role.lower() in _ROLES:
            return Turn(_ROLES[role.lower()], parts_of(message.content, dialect))
        case _:
            role = f" with the role {message.role!r}" if isinstance(message, ChatMessage) else ""
            raise HatzInvalidInputError(
                f"A {type(message).__name__}{role} cannot be sent to a model: use system, human, AI and tool messages."
            )


def message(reply: Reply, *, model: str, blocks: bool = False, names: Mapping[str, str] | None = None) -> AIMessage:
    """The answer as LangChain has it.

    Args:
        reply: The answer.
        model: That was asked, where the answer does not name the one that gave it.
        blocks: Whether the content is a list of v1 blocks in any case; else it is a string wherever one can hold it.
        names: What tools that go by another name on the wire are called here.
    """
    reply = renamed(reply, names or {})
    listed = blocks or not _fits_a_string(reply.parts)
    metadata = {**_head(reply, model), **_tail(reply)}
    if listed:
        metadata["output_version"] = "v1"
    called = [block_of(call, None) for call in reply.tool_calls]
    return AIMessage(
        content=_blocks(reply) if listed else reply.text,
        tool_calls=[call for call in called if call and call["type"] == "tool_call"],
        invalid_tool_calls=[call for call in called if call and call["type"] == "invalid_tool_call"],
        additional_kwargs={"refusal": reply.refusal} if reply.refusal else {},
        response_metadata=metadata,
        usage_metadata=usage_metadata(reply.usage),
        id=reply.id,
    )


def renamed(reply: Reply, names: Mapping[str, str]) -> Reply:
    """The reply with its calls under the names the caller's tools have here."""
    if not names:
        return reply
    return replace(reply, parts=tuple(_renamed(part, names) for part in reply.parts))


def _renamed(part: Part, names: Mapping[str, str]) -> Part:
    return replace(part, name=names.get(part.name, part.name)) if isinstance(part, ToolCall) else part


def _blocks(reply: Reply) -> list[Any]:
    return [block for part in reply.parts if (block := block_of(part, reply.dialect))]


def _fits_a_string(parts: Sequence[Part]) -> bool:
    """Whether a string and `tool_calls` beside it hold all of the answer, and its order."""
    spoken = [part for part in parts if not isinstance(part, Refusal)]
    calls = list(spoken)
    if calls and isinstance(calls[0], Text) and not calls[0].citations:
        del calls[0]
    return all(isinstance(call, ToolCall) and not _signed(call) for call in calls)


def _signed(part: Part) -> bool:
    """Whether the service wants to see more of this part again than a string holds (a thought signature, say)."""
    fields = {**getattr(part, "residue", {})}
    return any(
        value and key not in {"id", "status", "index"} and value != {"type": "direct"}
        for residue in fields.values()
        for key, value in residue.items()
    )


def usage_metadata(usage: Usage | None) -> UsageMetadata | None:
    """The usage as LangChain counts it; None when the service did not say."""
    if usage is None:
        return None
    result = UsageMetadata(input_tokens=usage.input, output_tokens=usage.output, total_tokens=usage.total)
    read = InputTokenDetails()
    if usage.cache_read is not None:
        read["cache_read"] = usage.cache_read
    if usage.cache_write is not None:
        read["cache_creation"] = usage.cache_write
    if read:
        result["input_token_details"] = read
    if usage.reasoning is not None:
        result["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning)
    return result


def _head(reply: Reply, model: str) -> dict[str, Any]:
    """What is known of an answer when it begins."""
    known = {
        "model_name": reply.model or model,
        "endpoint": reply.dialect,
        "request_id": reply.request_id,
        "id": reply.id,
    }
    return {"model_provider": PROVIDER, **{key: value for key, value in known.items() if value is not None}}


def _tail(reply: Reply) -> dict[str, Any]:
    """What is known of an answer when it has ended: the service's own words beside ours."""
    own = {key: value for key, value in (reply.residue.get(reply.dialect or "") or {}).items() if key not in _ECHOES}
    if reply.usage is None and (raw := (reply.residue.get(reply.dialect or "") or {}).get("usage")):
        own["usage"] = raw
    if reply.finish is None:
        return own
    verbatim = {"stop_reason": reply.finish.raw} if reply.dialect == "messages" else {}
    return {**own, **verbatim, "finish_reason": reply.finish.reason}


_EMPTY: dict[str, dict[str, Any]] = {"text": {"text": ""}, "reasoning": {"reasoning": ""}}


class Chunks:
    """Turns the events of one answer into message chunks that add up to what `message` makes of it.

    LangChain's chunks merge by concatenation, so each string of the metadata is said once, and content never changes its type:
    whether it is a string or a list of blocks is decided before the first chunk. What a string turns out not to hold (late
    reasoning, citations, traces of server tools) is in the last chunk's `additional_kwargs["hatz_blocks"]`.
    """

    def __init__(
        self, *, model: str, blocks: bool = False, names: Mapping[str, str] | None = None, usage: bool = True
    ) -> None:
        self._model = model
        self._usage = usage
        self._names = names or {}
        self._fold = Fold()
        self._listed: bool | None = blocks or None
        self._begun = False
        self._arguments: dict[int, str] = {}
        self._kinds: dict[int, type[Part]] = {}
        self._unplaced: dict[int, Part] = {}
        """Parts that have begun, and of which no block has been handed on."""

    def feed(self, event: Event) -> Iterator[ChatGenerationChunk]:
        """The chunks that this event means: often one, sometimes none."""
        self._fold.add(event)
        match event:
            case Delta(index=index, text=text):
                yield from self._more(index, text)
            case Start(index=index, part=part):
                self._kinds[index] = type(part)
                if self._listed is None:
                    self._listed = not isinstance(part, Text | ToolCall | Refusal) or _signed_call(part)
                if self._listed:
                    yield from self._placed()
                    self._unplaced[index] = part
                yield from self._started(index, part)
            case End(index=index):
                yield from self._ended(index)

    def close(self) -> ChatGenerationChunk:
        """The last chunk, with what is known when the answer has ended."""
        reply = renamed(self._fold.reply, self._names)
        more: dict[str, Any] = {}
        if not self._listed and not _fits_a_string(reply.parts):
            more[BLOCKS] = _blocks(reply)
        return self._chunk(
            "",
            additional_kwargs=more,
            metadata=_tail(reply),
            usage_metadata=usage_metadata(reply.usage) if self._usage else None,
            chunk_position="last",
        )

    def _placed(self) -> Iterator[ChatGenerationChunk]:
        """Empty blocks for the parts that began before the one that begins now: merged content keeps the order of its first blocks."""
        for index, part in list(self._unplaced.items()):
            match block_of(part, self._fold.reply.dialect):
                case {"type": "non_standard", "value": value}:
                    yield self._block({"type": "non_standard", "value": {"type": value.get("type")}, "index": index})
                case {"type": kind}:
                    yield self._block({"type": kind, **_EMPTY.get(kind, {}), "index": index})

    def _started(self, index: int, part: Part) -> Iterator[ChatGenerationChunk]:
        match part:
            case Text(text=text) | Reasoning(text=text) | Refusal(text=text) if text:
                yield from self._more(index, text)
            case ToolCall(arguments=arguments):
                self._arguments[index] = ""
                yield self._call(index, "", call=part)
                whole = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
                yield from self._more(index, whole)

    def _more(self, index: int, text: str) -> Iterator[ChatGenerationChunk]:
        kind = self._kinds[index]
        if kind is Text:
            yield self._text(index, text)
        elif kind is ToolCall:
            before = self._arguments[index]
            self._arguments[index] = now = before + text
            if not _held(now):
                yield self._call(index, now if _held(before) else text)
        elif kind is Reasoning and text:
            if self._listed:
                yield self._block({"type": "reasoning", "reasoning": text, "index": index})
            else:
                yield self._chunk("", additional_kwargs={"reasoning_content": text})
        elif kind is Refusal and text:
            yield self._chunk("", additional_kwargs={"refusal": text})

    def _ended(self, index: int) -> Iterator[ChatGenerationChunk]:
        part = self._fold.part(index)
        if isinstance(part, ToolCall) and isinstance(part.arguments, str):
            raw = self._arguments[index]
            yield self._call(index, (raw if _held(raw) else "") + closing(raw))
        if not self._listed:
            return
        dialect = self._fold.reply.dialect
        match part:
            case Text() | Reasoning() | ToolCall():
                kind = {Text: "text", Reasoning: "reasoning", ToolCall: "tool_call_chunk"}[type(part)]
                late: dict[str, Any] = {}
                if extras := extras_of(part, dialect):
                    late["extras"] = extras
                if isinstance(part, Text) and part.citations:
                    late["annotations"] = [annotation(citation, dialect) for citation in part.citations]
                if late or (isinstance(part, Reasoning) and not part.text):
                    yield self._block({"type": kind, **_EMPTY.get(kind, {}), **late, "index": index})
            case _:
                if block := block_of(part, dialect):
                    yield self._block({**block, "index": index})

    def _text(self, index: int, text: str) -> ChatGenerationChunk:
        if self._listed:
            return self._block({"type": "text", "text": text, "index": index})
        if self._begun:
            return ChatGenerationChunk(message=AIMessageChunk(content=text))
        return self._chunk(text)

    def _call(self, index: int, arguments: str, call: ToolCall | None = None) -> ChatGenerationChunk:
        """A piece of a call; the first names it."""
        name = self._names.get(call.name, call.name) if call else None
        self._unplaced.pop(index, None)
        piece = tool_call_chunk(name=name, args=arguments, id=call.id if call else None, index=index)
        content: list[Any] = [{**piece}] if self._listed else []
        return self._chunk(content if self._listed else "", tool_call_chunks=[piece])

    def _block(self, block: dict[str, Any]) -> ChatGenerationChunk:
        self._unplaced.pop(block["index"], None)
        return self._chunk([block])

    def _chunk(self, content: Any, *, metadata: dict[str, Any] | None = None, **fields: Any) -> ChatGenerationChunk:
        about: dict[str, Any] = metadata or {}
        if self._listed:
            content = content or []
            about = {"model_provider": PROVIDER, "output_version": "v1", **about}
        if not self._begun:
            self._begun = True
            reply = self._fold.reply
            about = {**_head(reply, self._model), **about}
            fields["id"] = reply.id
        return ChatGenerationChunk(message=AIMessageChunk(content=content, response_metadata=about, **fields))


def _signed_call(part: Part) -> bool:
    return isinstance(part, ToolCall) and _signed(part)


def _held(arguments: str) -> bool:
    """Whether these may yet turn out to be `null`, which stands for no arguments but is invalid to LangChain."""
    return "null".startswith(arguments.strip())


_CLOSINGS = ("]", "}", '"]', '"}', '""]', '""}')


def closing(arguments: str) -> str:
    """What makes these broken arguments stay broken.

    LangChain completes the arguments that a stream leaves unfinished, and would run the tool with what it made up. With this
    after them it cannot, and the call is an invalid one, as it is without streaming.
    """
    for end in _CLOSINGS:
        try:
            if isinstance(parse_partial_json(arguments + end), dict):
                continue
        except ValueError:
            pass
        try:
            json.loads(arguments + end)
        except ValueError:
            return end
    return "]"
