"""One call of the model: what is asked, and how its answer is to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from hatz_client.content import EndpointName, Prompt, Reply
from hatz_client.events import Event
from hatz_client.integration.structured.request import StructuredRequest
from langchain_hatz._messages.chunks import Chunks
from langchain_hatz._messages.convert import message

P_co = TypeVar("P_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and how the answer is to be read."""

    prompt: Prompt
    dialect: EndpointName
    blocks: bool = False
    """Whether content is a list of blocks in any case."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the client's `ask` and `stream`."""
    uploads: bool = False
    """Whether what the prompt holds must be uploaded first."""
    headers: bool = False
    """Whether the response's headers are part of the message."""
    structure: StructuredRequest | None = None
    """How an object is asked for and read."""

    @property
    def non_streaming(self) -> bool:
        """Whether the answer must be whole before any of it can be handed on."""
        return self.structure is not None and self.structure.non_streaming

    def corrected(self, prompt: Prompt, reply: Reply) -> Prompt | None:
        """What to ask once more, when the answer to this prompt is not JSON as it should be."""
        return self.structure.corrected(prompt, reply) if self.structure else None

    def read(self, reply: Reply) -> Reply:
        """The answer in the form that was asked for."""
        return self.structure.read(reply) if self.structure else reply

    def message(self, reply: Reply) -> AIMessage:
        """The answer as LangChain has it."""
        reply, name = self.read(reply), self.prompt.model
        return message(reply, model=name, blocks=self.blocks, headers=self.headers)

    def chunks(self, *, usage: bool = True) -> Writing[ChatGenerationChunk]:
        """The answer as `_stream` hands it on."""
        return Writing(self, Chunks(model=self.prompt.model, blocks=self.blocks, usage=usage, headers=self.headers))

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
        structure = call.structure
        self._unwrap = structure.event_filter() if structure and structure.strategy == "tool" else None

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
