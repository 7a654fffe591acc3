"""`HatzLLM`: every model on the Hatz gateway as a LlamaIndex LLM."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, closing
from typing import Any, Unpack

from llama_index.core.base.llms.generic_utils import (
    achat_to_completion_decorator,
    astream_chat_to_completion_decorator,
    chat_to_completion_decorator,
    stream_chat_to_completion_decorator,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

from hatz_client.content import Prompt
from llama_index_hatz._arguments import Settings
from llama_index_hatz._hints import explaining
from llama_index_hatz._messages.chunks import Chunks
from llama_index_hatz._messages.convert import response
from llama_index_hatz._prompt import Request, request
from llama_index_hatz._settings import named
from llama_index_hatz.instrumentation import observed
from llama_index_hatz.tool_calling import ToolCalling


class HatzLLM(ToolCalling):
    """Every model on the Hatz gateway: chat, completion, streaming, tools, structured output, sync and async.

    What is None is not sent: the model's own default holds. Every setting can be assigned at any time, and all of them
    but the connection's can be given per call as keyword arguments; so can any further field of the request's body.

    Constructing it needs no key and no network. The endpoint is chosen by the model (`endpoint="auto"`). Every error is a
    `hatz_client.HatzError`, but for an answer that is no object: that is a `ValueError`. Nothing needs closing.

    Examples:
        ```python
        from llama_index.core.llms import ChatMessage
        from llama_index_hatz import HatzLLM

        llm = HatzLLM("gpt-5.2", temperature=0)  # key from HATZ_API_KEY
        print(llm.complete("Why is the sky blue?"))
        for chunk in llm.stream_chat([ChatMessage("Tell me a story.")]):
            print(chunk.delta, end="")
        llm.complete("And why is it red?", model="anthropic.claude-haiku-4-5")  # any setting of the answer, for one call
        llm.predict_and_call([tool], "Look it up")  # any model, the same tools; or FunctionAgent(llm=llm, tools=[…])
        llm.structured_predict(Answer, PromptTemplate("…"))  # any model, the same class: an Answer
        HatzLLM.available_models()  # what the key may use
        ```

    Raises:
        TypeError: for a setting that does not exist; the message names the nearest that does.
    """

    def __init__(self, model: str | None = None, **kwargs: Unpack[Settings]) -> None:
        """See the class; each of its fields says what it sets."""
        given: dict[str, Any] = {**kwargs}
        super().__init__(**named(type(self), given if model is None else {"model": model, **given}))

    def _sent(self, asked: Request) -> Prompt:
        """What is sent: the prompt, with what it holds uploaded where it must be."""
        return self._client.with_uploads(asked.prompt) if asked.uploads else asked.prompt

    async def _asent(self, asked: Request) -> Prompt:
        """What is sent: the prompt, with what it holds uploaded where it must be."""
        return await self._aclient.with_uploads(asked.prompt) if asked.uploads else asked.prompt

    # The four ways to ask, without events: each of the eight endpoints below is one of them, once.

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        asked = request(self, messages, kwargs)
        with explaining(asked.prompt):
            return response(self._client.ask(self._sent(asked), **asked.options), asked.names)

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        asked = request(self, messages, kwargs)
        with explaining(asked.prompt):
            return response(await self._aclient.ask(await self._asent(asked), **asked.options), asked.names)

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        asked = request(self, messages, kwargs)

        def chunks() -> ChatResponseGen:
            made = Chunks(asked.names)
            with explaining(asked.prompt):  # noqa: SIM117 (its async twin cannot)
                with closing(self._client.stream(self._sent(asked), **asked.options)) as events:
                    for event in events:
                        if chunk := made.add(event):
                            yield chunk
            yield made.last()

        return chunks()

    async def _astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        asked = request(self, messages, kwargs)

        async def chunks() -> ChatResponseAsyncGen:
            made = Chunks(asked.names)
            with explaining(asked.prompt):
                async with aclosing(self._aclient.stream(await self._asent(asked), **asked.options)) as events:
                    async for event in events:
                        if chunk := made.add(event):
                            yield chunk
            yield made.last()

        return chunks()

    @observed(llm_chat_callback)
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The answer to a conversation."""
        return self._chat(messages, **kwargs)

    @observed(llm_chat_callback)
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer while it is being written: each chunk holds what is new and everything so far."""
        return self._stream_chat(messages, **kwargs)

    @observed(llm_completion_callback)
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002 (LlamaIndex's signature)
        """The answer to a prompt."""
        return chat_to_completion_decorator(self._chat)(prompt, **kwargs)

    @observed(llm_completion_callback)
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:  # noqa: ARG002
        """The answer to a prompt while it is being written."""
        return stream_chat_to_completion_decorator(self._stream_chat)(prompt, **kwargs)

    @observed(llm_chat_callback)
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The answer to a conversation."""
        return await self._achat(messages, **kwargs)

    @observed(llm_chat_callback)
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        """The answer while it is being written: each chunk holds what is new and everything so far."""
        return await self._astream_chat(messages, **kwargs)

    @observed(llm_completion_callback)
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002
        """The answer to a prompt."""
        return await achat_to_completion_decorator(self._achat)(prompt, **kwargs)

    @observed(llm_completion_callback)
    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseAsyncGen:  # noqa: ARG002
        """The answer to a prompt while it is being written."""
        return await astream_chat_to_completion_decorator(self._astream_chat)(prompt, **kwargs)

    def count_tokens(self, messages: str | Sequence[ChatMessage], **kwargs: Any) -> int:
        """How many tokens of input a conversation or prompt has, as the gateway counts them."""
        return self._client.count_tokens(request(self, _conversation(messages), kwargs).prompt)

    async def acount_tokens(self, messages: str | Sequence[ChatMessage], **kwargs: Any) -> int:
        """How many tokens of input a conversation or prompt has, as the gateway counts them."""
        return await self._aclient.count_tokens(request(self, _conversation(messages), kwargs).prompt)


def _conversation(messages: str | Sequence[ChatMessage]) -> Sequence[ChatMessage]:
    return [ChatMessage(content=messages)] if isinstance(messages, str) else messages
