"""One call of the model: what is asked, and how its answer is to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from hatz_client.content import DialectName, Prompt, Reply
from hatz_client.events import Event
from langchain_hatz import _structured
from langchain_hatz._messages.chunks import Chunks
from langchain_hatz._messages.convert import message
from langchain_hatz._structured import Format
from langchain_hatz._unwrap import Unwrap, unwrapped

P_co = TypeVar("P_co", covariant=True)


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

    def repair(self, prompt: Prompt, reply: Reply) -> Prompt | None:
        """What to ask once more, when the answer to this prompt is not JSON as it should be."""
        if self.strategy != "prompt" or self.wanted is None:
            return None
        return _structured.repair(prompt, self.wanted, reply)

    def read(self, reply: Reply) -> Reply:
        """The answer in the form that was asked for."""
        match self.strategy:
            case "tool":
                return unwrapped(reply, self.answer_tool, alone=self.alone)
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
