"""The events of an answer that is being written as LangChain's protocol events (`stream_events(version="v3")`).

LangChain would make them of chunks. Made directly they take less than half the time, calls keep their extras, and those with
broken arguments keep them as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from langchain_core.callbacks.base import AsyncCallbackHandler, LLMManagerMixin
from langchain_core.messages import LC_ID_PREFIX

from hatz_client.content import Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.events import Delta, End, Event, Fold, Start
from langchain_hatz._call import Call, Writing
from langchain_hatz._messages.content_blocks import block_of
from langchain_hatz._messages.convert import head, renamed, tail, usage_metadata
from langchain_hatz._messages.history import PROVIDER

if TYPE_CHECKING:  # `langchain_protocol` has types only
    from langchain_core.callbacks.manager import BaseRunManager
    from langchain_protocol.protocol import MessagesData

M = TypeVar("M", bound="BaseRunManager")

_DELTAS = {
    Text: ("text-delta", "text"),
    Reasoning: ("reasoning-delta", "reasoning"),
    ToolCall: ("tool-call-delta", "args"),
}
_EMPTY: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": ""},
    "reasoning": {"type": "reasoning", "reasoning": ""},
    "server_tool_call": {"args": {}},
    "non_standard": {"value": {}},
}
_HEAVY = {"base64", "output", "extras", "annotations"}
"""What a block is said to hold at its end, not when it begins."""


def protocol_events(call: Call, run_manager: BaseRunManager | None, *, usage: bool) -> Writing[MessagesData]:
    """The answer as `stream_events(version="v3")` hands it on.

    Args:
        call: What is asked.
        run_manager: Of the run: the message goes by its id, as LangChain has it.
        usage: Whether the last event has the usage.
    """
    message_id = f"{LC_ID_PREFIX}-{run_manager.run_id}" if run_manager else ""
    about: dict[str, Any] = {"names": call.names, "usage": usage, "headers": call.headers}
    return Writing(call, ProtocolEvents(model=call.prompt.model, message_id=message_id, **about))


def watching(run_manager: M | None) -> M | None:
    """The run's manager, when an observer of it wants chunks and not these events: most (all of LangGraph's) take the latter."""
    handlers = run_manager.handlers if run_manager else ()
    wanted = any(
        type(handler).on_llm_new_token not in _SILENT[0] and type(handler).on_stream_event in _SILENT[1]
        for handler in handlers
    )
    return run_manager if wanted else None


_KINDS = (LLMManagerMixin, AsyncCallbackHandler)
_SILENT = ({kind.on_llm_new_token for kind in _KINDS}, {kind.on_stream_event for kind in _KINDS})
"""What handlers have that do not care for one or the other."""


class ProtocolEvents:
    """Turns the events of one answer into protocol events that make the message that `message` makes of it, as blocks.

    Each part that has begun is one block; the blocks are numbered in the order in which they begin.
    """

    def __init__(
        self,
        *,
        model: str,
        message_id: str = "",
        names: Mapping[str, str] | None = None,
        usage: bool = True,
        headers: bool = False,
    ) -> None:
        self._model = model
        self._message_id = message_id
        self._names = names or {}
        self._usage = usage
        self._headers = headers
        self._fold = Fold()
        self._begun = False
        self._deltas: dict[int, tuple[int, str, str]] = {}
        """Of each part whose text is handed on: the number of its block, and what its pieces are called."""
        self._open: dict[int, int] = {}
        """The numbers of the blocks that are not finished, by their parts."""
        self._ended: set[int] = set()
        """Parts that have ended: LangChain takes tool calls in the order in which their blocks finish, so none overtakes another."""
        self._count = 0

    def feed(self, event: Event) -> Iterable[MessagesData]:
        """The protocol events that this event means: often one, sometimes none."""
        self._fold.add(event)
        if type(event) is Delta:
            if event.text and (found := self._deltas.get(event.index)):
                return (_piece(*found, event.text),)
            return ()
        return self._rare(event)

    def _rare(self, event: Event) -> Iterator[MessagesData]:
        match event:
            case Start(index=index, part=part) if not isinstance(part, Refusal):
                yield from self._head()
                yield from self._started(index, part)
            case End(index=index) if index in self._open:
                self._ended.add(index)
                while self._open and (first := next(iter(self._open))) in self._ended:
                    yield self._finish(first)

    def close(self) -> Iterator[MessagesData]:
        """The last events, with what is known when the answer has ended."""
        yield from self._head()
        for index in list(self._open):
            yield self._finish(index)
        reply = renamed(self._fold.reply, self._names)
        metadata = {**head(reply, self._model, headers=self._headers), **tail(reply), "output_version": "v1"}
        finish: dict[str, Any] = {"event": "message-finish", "metadata": metadata}
        if self._usage and (usage := usage_metadata(reply.usage)):
            finish["usage"] = usage
        if reply.refusal:
            finish["additional_kwargs"] = {"refusal": reply.refusal}
        yield cast("MessagesData", finish)

    def _head(self) -> Iterator[MessagesData]:
        if not self._begun:
            self._begun = True
            metadata = {"provider": PROVIDER, "model": self._fold.reply.model or self._model}
            yield _event("message-start", role="ai", id=self._message_id, metadata=metadata)

    def _started(self, index: int, part: Part) -> Iterator[MessagesData]:
        number = self._open[index] = self._count
        self._count += 1
        block: dict[str, Any]
        if isinstance(part, ToolCall):
            name = self._names.get(part.name, part.name)
            block = {"type": "tool_call_chunk", "id": part.id, "name": name, "args": "", "index": number}
        else:
            block = block_of(part, None) or {}
            block = {key: value for key, value in block.items() if key not in _HEAVY}
            block |= _EMPTY.get(block.get("type", ""), {})
        yield _event("content-block-start", index=number, content=block)
        if about := _DELTAS.get(type(part)):
            self._deltas[index] = (number, *about)
            if text := _begun(part):
                yield _piece(*self._deltas[index], text)

    def _finish(self, index: int) -> MessagesData:
        number = self._open.pop(index)
        self._deltas.pop(index, None)
        reply = self._fold.reply
        (part,) = renamed(type(reply)((self._fold.part(index),)), self._names).parts
        return _event("content-block-finish", index=number, content=block_of(part, reply.dialect) or {})


def _begun(part: Part) -> str:
    match part:
        case Text(text=text) | Reasoning(text=text) | ToolCall(arguments=str(text)):
            return text
        case _:
            return ""


def _piece(number: int, kind: str, name: str, text: str) -> MessagesData:
    return cast("MessagesData", {"event": "content-block-delta", "index": number, "delta": {"type": kind, name: text}})


def _event(kind: str, **fields: Any) -> MessagesData:
    return cast("MessagesData", {"event": kind, **fields})
