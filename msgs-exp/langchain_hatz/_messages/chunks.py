"""The events of an answer that is being written as LangChain's message chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import invalid_tool_call, tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json
from pydantic import BaseModel

from hatz_client.content import Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.events import Delta, End, Event, Fold, Start
from langchain_hatz._messages.content_blocks import annotation, block_of, extras_of
from langchain_hatz._messages.convert import blocks_of, fits_a_string, head, renamed, tail, tells_more, usage_metadata
from langchain_hatz._messages.history import BLOCKS, PROVIDER

M = TypeVar("M", bound=BaseModel)

_EMPTY_CHUNK = AIMessageChunk(content="")
_EMPTY_GENERATION = ChatGenerationChunk(message=_EMPTY_CHUNK)
_EMPTY: dict[str, dict[str, Any]] = {"text": {"text": ""}, "reasoning": {"reasoning": ""}}


class Chunks:
    """Turns the events of one answer into message chunks that add up to what `message` makes of it.

    LangChain's chunks merge by concatenation, so each string of the metadata is said once, and content never changes its type:
    whether it is a string or a list of blocks is decided before the first chunk. What a string turns out not to hold (late
    reasoning, citations, traces of server tools) is in the last chunk's `additional_kwargs["hatz_blocks"]`.
    """

    def __init__(
        self,
        *,
        model: str,
        blocks: bool = False,
        names: Mapping[str, str] | None = None,
        usage: bool = True,
        headers: bool = False,
    ) -> None:
        self._model = model
        self._headers = headers
        self._usage = usage
        self._names = names or {}
        self._fold = Fold()
        self._listed: bool | None = blocks
        self._begun = False
        self._id: str | None = None
        self._begun_arguments: dict[int, str] = {}
        """Of calls whose arguments may yet turn out to be `null`, which is invalid to LangChain: not handed on before that is clear."""
        self._kinds: dict[int, type[Part]] = {}
        self._unplaced: dict[int, Part] = {}
        """Parts that have begun, and of which no block has been handed on."""

    def feed(self, event: Event) -> Iterable[ChatGenerationChunk]:
        """The chunks that this event means: often one, sometimes none."""
        self._fold.add(event)
        if type(event) is Delta:
            if self._kinds[event.index] is Text:  # nearly all of a stream
                return (self._text(event.index, event.text),)
            return self._more(event.index, event.text)
        return self._rare(event)

    def _rare(self, event: Event) -> Iterator[ChatGenerationChunk]:
        match event:
            case Start(index=index, part=part):
                self._kinds[index] = type(part)
                if self._listed is None:
                    self._listed = not isinstance(part, Text | ToolCall | Refusal) or tells_more(part)
                if self._listed:
                    yield from self._placed()
                    self._unplaced[index] = part
                yield from self._started(index, part)
            case End(index=index):
                yield from self._ended(index)

    def close(self) -> Iterable[ChatGenerationChunk]:
        """The last chunk, with what is known when the answer has ended."""
        reply = renamed(self._fold.reply, self._names)
        more: dict[str, Any] = {}
        if not self._listed and not fits_a_string(reply.parts):
            more[BLOCKS] = blocks_of(reply)
        last = self._chunk(
            "",
            additional_kwargs=more,
            metadata=tail(reply),
            usage_metadata=usage_metadata(reply.usage) if self._usage else None,
            chunk_position="last",
        )
        return (last,)

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
                self._begun_arguments[index] = ""
                yield self._call(index, "", call=part)
                whole = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
                yield from self._more(index, whole)

    def _more(self, index: int, text: str) -> Iterator[ChatGenerationChunk]:
        kind = self._kinds[index]
        if kind is Text:
            yield self._text(index, text)
        elif kind is ToolCall and text:
            if (begun := self._begun_arguments.get(index)) is None:
                yield self._call(index, text)
            elif not _may_be_null(begun + text):
                del self._begun_arguments[index]
                yield self._call(index, begun + text)
            else:
                self._begun_arguments[index] = begun + text
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
            yield self._call(index, self._begun_arguments.get(index, "") + closing(part.arguments))
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
        return self._chunk(text)

    def _call(self, index: int, arguments: str, call: ToolCall | None = None) -> ChatGenerationChunk:
        """A piece of a call; the first names it."""
        name = self._names.get(call.name, call.name) if call else None
        self._unplaced.pop(index, None)
        piece = tool_call_chunk(name=name, args=arguments, id=call.id if call else None, index=index)
        content: Any = [{**piece}] if self._listed else ""
        if call is None and not arguments.lstrip().startswith("{"):
            # What LangChain makes of a piece that is no beginning of an object, without its trying to parse it.
            broken = [invalid_tool_call(name=None, args=arguments, id=None, error=None)]
            return self._further(content, tool_call_chunks=[piece], invalid_tool_calls=broken)
        return self._chunk(content, tool_call_chunks=[piece])

    def _block(self, block: dict[str, Any]) -> ChatGenerationChunk:
        self._unplaced.pop(block["index"], None)
        return self._chunk([block])

    def _chunk(self, content: Any, *, metadata: dict[str, Any] | None = None, **fields: Any) -> ChatGenerationChunk:
        if self._begun and not fields and not metadata:
            return self._further(content)
        about = {**self._label, **(metadata or {})}
        if not self._begun:
            self._begun = True
            reply = self._fold.reply
            about = {**head(reply, self._model, headers=self._headers), **about}
            self._id = reply.id
        content = content or ([] if self._listed else "")
        return ChatGenerationChunk(
            message=AIMessageChunk(content=content, response_metadata=about, id=self._id, **fields)
        )

    def _further(self, content: Any, **fields: Any) -> ChatGenerationChunk:
        """A chunk like any but the first and the last: a copy of an empty one, for validating each again takes three times as long."""
        fresh = {
            "content": content,
            "id": self._id,  # interfaces put a message together by it
            "response_metadata": {**self._label},
            "additional_kwargs": {},
            "tool_calls": [],
            "invalid_tool_calls": [],
            "tool_call_chunks": [],
        }
        text = content if isinstance(content, str) else content[0].get("text", "")
        return _like(_EMPTY_GENERATION, {"message": _like(_EMPTY_CHUNK, fresh | fields), "text": text})

    @property
    def _label(self) -> dict[str, Any]:
        """What every chunk of blocks has to say, for its content to be taken for what it is."""
        return {"model_provider": PROVIDER, "output_version": "v1"} if self._listed else {}


def _like(model: M, changed: dict[str, Any]) -> M:
    """What `model.model_copy(update=changed)` is, of a model without private attributes, sooner: this is done for each delta."""
    copied = object.__new__(type(model))
    object.__setattr__(copied, "__dict__", model.__dict__ | changed)
    object.__setattr__(copied, "__pydantic_fields_set__", model.__pydantic_fields_set__ | changed.keys())
    object.__setattr__(copied, "__pydantic_extra__", None if model.__pydantic_extra__ is None else {})
    object.__setattr__(copied, "__pydantic_private__", None)
    return copied


def _may_be_null(arguments: str) -> bool:
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
