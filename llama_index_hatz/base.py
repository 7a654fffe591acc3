"""`HatzLLM`: every model on the Hatz gateway as a LlamaIndex LLM."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, closing
from typing import Any, Self

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
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool

from hatz_client import Agent, Model
from llama_index_hatz import _models, _tools
from llama_index_hatz._convert import response
from llama_index_hatz._hints import explaining
from llama_index_hatz._prompt import request
from llama_index_hatz._settings import named
from llama_index_hatz._stream import Chunks
from llama_index_hatz._structured import StructuredPrediction


class HatzLLM(StructuredPrediction):
    """Every model on the Hatz gateway: chat, completion, streaming, tools, structured output, sync and async.

    What is None is not sent: the model's own default holds. Every setting can be assigned at any time, and all of them
    but the connection's can be given per call as keyword arguments; so can any further field of the request's body.

    Examples:
        ```python
        from llama_index_hatz import HatzLLM

        llm = HatzLLM("gpt-5.2")  # key from HATZ_API_KEY
        print(llm.complete("Why is the sky blue?"))
        ```

    Raises:
        TypeError: for a setting that does not exist; the message names the nearest that does.
    """

    def __init__(self, model: str | None = None, **kwargs: Any) -> None:
        super().__init__(**named(type(self), kwargs if model is None else {"model": model, **kwargs}))

    # The four ways to ask, without events: each of the eight endpoints below is one of them, once.

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        asked = request(self, messages, kwargs)
        with explaining(asked.prompt):
            return response(self._client.ask(asked.prompt, **asked.options), asked.names)

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        asked = request(self, messages, kwargs)
        with explaining(asked.prompt):
            return response(await self._aclient.ask(asked.prompt, **asked.options), asked.names)

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        asked = request(self, messages, kwargs)

        def chunks() -> ChatResponseGen:
            made = Chunks(asked.names)
            with explaining(asked.prompt):  # noqa: SIM117 (its async twin cannot)
                with closing(self._client.stream(asked.prompt, **asked.options)) as events:
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
                async with aclosing(self._aclient.stream(asked.prompt, **asked.options)) as events:
                    async for event in events:
                        if chunk := made.add(event):
                            yield chunk
            yield made.last()

        return chunks()

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The answer to a conversation."""
        return self._chat(messages, **kwargs)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The answer while it is being written: each chunk holds what is new and everything so far."""
        return self._stream_chat(messages, **kwargs)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002 (LlamaIndex's signature)
        """The answer to a prompt."""
        return chat_to_completion_decorator(self._chat)(prompt, **kwargs)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:  # noqa: ARG002
        """The answer to a prompt while it is being written."""
        return stream_chat_to_completion_decorator(self._stream_chat)(prompt, **kwargs)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The answer to a conversation."""
        return await self._achat(messages, **kwargs)

    @llm_chat_callback()
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        """The answer while it is being written: each chunk holds what is new and everything so far."""
        return await self._astream_chat(messages, **kwargs)

    @llm_completion_callback()
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002
        """The answer to a prompt."""
        return await achat_to_completion_decorator(self._achat)(prompt, **kwargs)

    @llm_completion_callback()
    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseAsyncGen:  # noqa: ARG002
        """The answer to a prompt while it is being written."""
        return await astream_chat_to_completion_decorator(self._astream_chat)(prompt, **kwargs)

    # Tools.

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,  # noqa: ARG002 (LlamaIndex's signature)
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: Any = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        messages = list(chat_history or ())
        if user_msg is not None:
            messages.append(user_msg if isinstance(user_msg, ChatMessage) else ChatMessage(content=user_msg))
        if not tools:
            return {"messages": messages, **kwargs}
        chosen = tool_choice or ("required" if tool_required else None)
        return {
            "messages": messages,
            "tools": [_tools.spec(tool) for tool in tools],
            **({"tool_choice": chosen} if chosen else {}),
            **({} if allow_parallel_tool_calls else {"parallel_tool_calls": False}),
            **kwargs,
        }

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],  # noqa: ARG002 (LlamaIndex's signature)
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResponse:
        return response if allow_parallel_tool_calls else _tools.first_call_only(response)

    def get_tool_calls_from_response(
        self,
        response: ChatResponse,
        error_on_no_tool_call: bool = True,
        **kwargs: Any,  # noqa: ARG002 (LlamaIndex's signature)
    ) -> list[ToolSelection]:
        """The calls in an answer, or in a chunk of one.

        Raises:
            ValueError: when there is none and `error_on_no_tool_call` is set.
        """
        calls = _tools.selections(response)
        if not calls and error_on_no_tool_call:
            raise ValueError(
                f"Expected at least one tool call, but got none. The answer was: {response.message.content!r:.500}"
            )
        return calls

    def predict_and_call(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool = True,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """The results of the tools that the model calls; a model that calls none itself is asked by ReAct."""
        answer: AgentChatResponse = super().predict_and_call(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            error_on_no_tool_call=error_on_no_tool_call,
            error_on_tool_error=error_on_tool_error,
            **(kwargs if self._calls_tools else _by_react(kwargs)),
        )
        return answer

    async def apredict_and_call(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool = True,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """The results of the tools that the model calls; a model that calls none itself is asked by ReAct."""
        answer: AgentChatResponse = await super().apredict_and_call(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            error_on_no_tool_call=error_on_no_tool_call,
            error_on_tool_error=error_on_tool_error,
            **(kwargs if self._calls_tools else _by_react(kwargs)),
        )
        return answer

    # What the gateway has.

    def available_models(self) -> tuple[Model, ...]:
        """The models this key may use; their context windows are then known to `metadata`."""
        models = self._client.models()
        _models.remember(self.base_url, models)
        return models

    def available_agents(self) -> tuple[Agent, ...]:
        """The agents this key may use: their `model` is what to pass as `model`."""
        return self._client.agents()

    @classmethod
    def from_model(cls, name: str, **kwargs: Any) -> Self:
        """An LLM for the model of this id or display name, checked against the gateway's list.

        Raises:
            HatzNotFoundError: when the key has no such model; the message names the nearest.
        """
        llm = cls(name, **kwargs)
        llm.model = _models.named(name, llm.available_models()).id
        return llm

    def count_tokens(self, messages: str | Sequence[ChatMessage], **kwargs: Any) -> int:
        """How many tokens of input a conversation or prompt has, as the gateway counts them."""
        return self._client.count_tokens(request(self, _conversation(messages), kwargs).prompt)

    async def acount_tokens(self, messages: str | Sequence[ChatMessage], **kwargs: Any) -> int:
        """How many tokens of input a conversation or prompt has, as the gateway counts them."""
        return await self._aclient.count_tokens(request(self, _conversation(messages), kwargs).prompt)


def _by_react(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What LlamaIndex's own ReAct step needs to be given (0.14.25 passes None where it wants one of each)."""
    from llama_index.core.agent.react import ReActChatFormatter, ReActOutputParser  # noqa: PLC0415 (seldom needed)

    return {
        "react_chat_formatter": ReActChatFormatter.from_defaults(),
        "output_parser": ReActOutputParser(),
        **{name: value for name, value in kwargs.items() if name not in {"tool_choice", "tool_required"}},
    }


def _conversation(messages: str | Sequence[ChatMessage]) -> Sequence[ChatMessage]:
    return [ChatMessage(content=messages)] if isinstance(messages, str) else messages
