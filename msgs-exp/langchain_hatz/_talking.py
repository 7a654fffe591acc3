"""How `ChatHatz` answers: whole or as it is written, blocking or not, in chunks or in the events of LangChain's protocol."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.version import VERSION
from typing_extensions import override

from hatz_client.content import Reply
from hatz_client.events import Event, unfold
from langchain_hatz._call import Call
from langchain_hatz._gateway import OnGateway
from langchain_hatz._request import call_of
from langchain_hatz._structured import after
from langchain_hatz.errors import translated

if TYPE_CHECKING:
    from langchain_protocol.protocol import MessagesData

# Before 1.7 LangChain was told of the pieces of a call in another way.
_TAKES_EVENTS = [int(number) for number in re.findall(r"\d+", VERSION)][:2] >= [1, 7]


class Talking(OnGateway):
    """A model that answers."""

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translated():
            call = call_of(self, messages, stop, kwargs)
            return call.result(self._answer(call))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translated():
            call = call_of(self, messages, stop, kwargs)
            return call.result(await self._aanswer(call))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with translated():
            call = call_of(self, messages, stop, kwargs)
            writing = call.chunks(usage=kwargs.get("stream_usage", self.stream_usage))
            with closing(self._events(call)) as events:
                for event in events:
                    for chunk in writing.feed(event):
                        if run_manager:
                            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
            for chunk in writing.close():
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with translated():
            call = call_of(self, messages, stop, kwargs)
            writing = call.chunks(usage=kwargs.get("stream_usage", self.stream_usage))
            async with aclosing(self._aevents(call)) as events:
                async for event in events:
                    for chunk in writing.feed(event):
                        if run_manager:
                            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                        yield chunk
            for chunk in writing.close():
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    # LangChain looks for these two by name, and else makes the same of chunks.

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """See to it that a subclass with another `_stream` is asked for its chunks, and any by a LangChain that knows no others."""
        super().__pydantic_init_subclass__(**kwargs)
        for verb in ("_stream", "_astream"):
            if verb in vars(cls) or not _TAKES_EVENTS:
                setattr(cls, f"{verb}_chat_model_events", None)

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        from langchain_hatz._messages.protocol_events import protocol_events, watching  # noqa: PLC0415 (for few)

        with translated():
            call, usage = call_of(self, messages, stop, kwargs), kwargs.get("stream_usage", self.stream_usage)
            writing, chunks = protocol_events(call, run_manager, usage=usage), call.chunks(usage=usage)
            watcher: Any = watching(run_manager)
            with closing(self._events(call)) as events:
                for event in events:
                    for chunk in chunks.feed(event) if watcher else ():
                        watcher.on_llm_new_token(chunk.text, chunk=chunk)
                    yield from writing.feed(event)
            for chunk in chunks.close() if watcher else ():
                watcher.on_llm_new_token(chunk.text, chunk=chunk)
            yield from writing.close()

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        from langchain_hatz._messages.protocol_events import protocol_events, watching  # noqa: PLC0415 (for few)

        with translated():
            call, usage = call_of(self, messages, stop, kwargs), kwargs.get("stream_usage", self.stream_usage)
            writing, chunks = protocol_events(call, run_manager, usage=usage), call.chunks(usage=usage)
            watcher: Any = watching(run_manager)
            async with aclosing(self._aevents(call)) as events:
                async for event in events:
                    for chunk in chunks.feed(event) if watcher else ():
                        await watcher.on_llm_new_token(chunk.text, chunk=chunk)
                    for told in writing.feed(event):
                        yield told
            for chunk in chunks.close() if watcher else ():
                await watcher.on_llm_new_token(chunk.text, chunk=chunk)
            for told in writing.close():
                yield told

    def _answer(self, call: Call) -> Reply:
        """The whole answer, asked for once more where it is not what was wanted."""
        client = self._client()
        prompt = client.with_uploads(call.prompt) if call.uploads else call.prompt
        reply = client.ask(prompt, **call.options)
        if again := call.repair(prompt, reply):
            reply = after(reply, client.ask(again, **call.options))
        return reply

    async def _aanswer(self, call: Call) -> Reply:
        client = self._async_client()
        prompt = await client.with_uploads(call.prompt) if call.uploads else call.prompt
        reply = await client.ask(prompt, **call.options)
        if again := call.repair(prompt, reply):
            reply = after(reply, await client.ask(again, **call.options))
        return reply

    def _events(self, call: Call) -> Generator[Event, None, None]:
        """The answer as it is written; where it has to be checked first, all at once."""
        if call.in_one_piece:
            yield from unfold(call.read(self._answer(call)))
            return
        client = self._client()
        prompt = client.with_uploads(call.prompt) if call.uploads else call.prompt
        yield from client.stream(prompt, **call.options)

    async def _aevents(self, call: Call) -> AsyncGenerator[Event, None]:
        if call.in_one_piece:
            for event in unfold(call.read(await self._aanswer(call))):
                yield event
            return
        client = self._async_client()
        prompt = await client.with_uploads(call.prompt) if call.uploads else call.prompt
        async with aclosing(client.stream(prompt, **call.options)) as events:
            async for event in events:
                yield event
