"""The events of a streamed answer as LangChain's protocol events (`stream_events(version="v3")`).

LangChain can make these events from chunks. Making them directly takes less than half the time, keeps the extras of calls, and
keeps the original arguments of invalid calls.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks.base import AsyncCallbackHandler, LLMManagerMixin
from langchain_core.messages import LC_ID_PREFIX

from hatz_client.content import Part, Reasoning, Text, ToolCall
from hatz_client.events import Delta, End, Event, Fold, Start
from hatz_client.integration.chat_request import ChatRequest
from hatz_client.util.async_generators import closable
from langchain_hatz._messages.answer_blocks import silent_refusal, to_block
from langchain_hatz._messages.block_kinds import KINDS, LATE_FIELDS
from langchain_hatz._messages.chunks import Chunks
from langchain_hatz._messages.metadata import PROVIDER, end_metadata, finish_fields, start_metadata, usage_metadata

if TYPE_CHECKING:  # `langchain_protocol` has only types
    from langchain_core.callbacks.manager import BaseRunManager
    from langchain_protocol.protocol import MessagesData

_HEAVY = {"base64", "output", "extras", "annotations"}
"""The fields of a block that are sent at its end, not at its beginning."""


def protocol_events(request: ChatRequest, run_manager: BaseRunManager | None) -> ProtocolEvents:
    """The converter from the answer's events to those of `stream_events(version="v3")`; the message gets the run's id."""
    return ProtocolEvents(
        model=request.prompt.model,
        message_id=f"{LC_ID_PREFIX}-{run_manager.run_id}" if run_manager else "",
        usage=request.call["stream_usage"],
        headers=bool(request.call["include_response_headers"]),
    )


def needs_chunks(run_manager: BaseRunManager | None) -> bool:
    """Whether one of the run's handlers needs chunks; most handlers (all of LangGraph's) use these events."""
    return any(
        type(handler).on_llm_new_token not in _INHERITED and type(handler).on_stream_event in _INHERITED
        for handler in (run_manager.handlers if run_manager else ())
    )


_BASES = (LLMManagerMixin, AsyncCallbackHandler)
_INHERITED = {method for base in _BASES for method in (base.on_llm_new_token, base.on_stream_event)}
"""The methods of a handler that overrides neither of them."""


def with_token_callbacks(
    events: Generator[Event, None, None], run_manager: Any, chunks: Chunks
) -> Generator[Event, None, None]:
    """The events of an answer; each resulting chunk is passed to the callbacks."""
    with closing(events):
        for event in events:
            for chunk in chunks.feed(event):
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield event
    for chunk in chunks.close():
        run_manager.on_llm_new_token(chunk.text, chunk=chunk)


async def awith_token_callbacks(
    events: AsyncGenerator[Event, None], run_manager: Any, chunks: Chunks
) -> AsyncGenerator[Event, None]:
    """Async version of `with_token_callbacks`."""
    async with aclosing(closable(events)) as inner:
        async for event in inner:
            for chunk in chunks.feed(event):
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield event
    for chunk in chunks.close():
        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)


class ProtocolEvents:
    """Turns the events of one answer into protocol events that add up to the message of `to_ai_message` with blocks.

    Each part is one block; blocks are numbered in the order of their beginnings.
    """

    def __init__(self, *, model: str, message_id: str = "", usage: bool = True, headers: bool = False) -> None:
        self._model = model
        self._message_id = message_id
        self._usage = usage
        self._headers = headers
        self._fold = Fold()
        self._has_begun = False
        self._deltas: dict[int, tuple[int, str, str]] = {}
        """For each streamed part: the number of its block, and the type and field of its delta."""
        self._open: dict[int, int] = {}
        """The numbers of the unfinished blocks, by part."""
        self._ended: set[int] = set()
        """Ended parts. LangChain orders tool calls by the end of their blocks, so blocks finish in the order of their beginnings."""
        self._count = 0

    def feed(self, event: Event) -> Iterable[MessagesData]:
        """The protocol events for this event: often one, sometimes none."""
        self._fold.add(event)
        if type(event) is Delta:
            if event.text and (found := self._deltas.get(event.index)):
                return (_piece(*found, event.text),)
            return ()
        if type(event) is Start:
            return self._start(event.index, event.part)
        return self._end(event.index) if type(event) is End else ()

    def close(self) -> Iterator[MessagesData]:
        """The last events, with the metadata that is known at the end."""
        yield from self._message_start()
        for index in list(self._open):
            yield self._finish(index)
        reply = self._fold.reply
        if refusal := silent_refusal(reply):
            yield _event("content-block-start", index=self._count, content={"type": "refusal", "refusal": ""})
            yield _event("content-block-finish", index=self._count, content=refusal)
        metadata = {**start_metadata(reply, self._model, headers=self._headers), **end_metadata(reply)}
        metadata["output_version"] = "v1"
        finish: dict[str, Any] = {"event": "message-finish", "metadata": metadata, **finish_fields(reply)}
        if self._usage and (usage := usage_metadata(reply.usage)):
            finish["usage"] = usage
        if reply.refusal:
            finish["additional_kwargs"] = {"refusal": reply.refusal}
        yield cast("MessagesData", finish)

    def _message_start(self) -> Iterator[MessagesData]:
        if not self._has_begun:
            self._has_begun = True
            metadata = {"provider": PROVIDER, "model": self._fold.metadata.model or self._model}
            yield _event("message-start", role="ai", id=self._message_id, metadata=metadata)

    def _start(self, index: int, part: Part) -> Iterator[MessagesData]:
        yield from self._message_start()
        number = self._open[index] = self._count
        self._count += 1
        yield _event("content-block-start", index=number, content=self._start_block(part, number))
        kind = KINDS.get(type(part))
        if kind and kind.delta:
            self._deltas[index] = (number, kind.delta, kind.field)
            if text := _text_at_start(part):
                yield _piece(*self._deltas[index], text)

    def _end(self, index: int) -> Iterator[MessagesData]:
        if index in self._open:
            self._ended.add(index)
        while self._open and (first := next(iter(self._open))) in self._ended:
            yield self._finish(first)

    def _start_block(self, part: Part, number: int) -> dict[str, Any]:
        """The block as it is sent at its beginning."""
        if isinstance(part, ToolCall):
            name = part.name
            return {**KINDS[ToolCall].empty, "id": part.id, "name": name, "index": number}
        if kind := KINDS.get(type(part)):
            return kind.empty
        block = {key: value for key, value in (to_block(part, None) or {}).items() if key not in _HEAVY}
        return block | LATE_FIELDS.get(block.get("type", ""), {})

    def _finish(self, index: int) -> MessagesData:
        number = self._open.pop(index)
        self._deltas.pop(index, None)
        block = to_block(self._fold.part(index), self._fold.metadata.endpoint)
        return _event("content-block-finish", index=number, content=block or {})


def _text_at_start(part: Part) -> str:
    match part:
        case Text(text=text) | Reasoning(text=text) | ToolCall(arguments=str(text)):
            return text
        case _:
            return ""


def _piece(number: int, kind: str, name: str, text: str) -> MessagesData:
    return cast("MessagesData", {"event": "content-block-delta", "index": number, "delta": {"type": kind, name: text}})


def _event(kind: str, **fields: Any) -> MessagesData:
    return cast("MessagesData", {"event": kind, **fields})
