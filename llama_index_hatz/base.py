"""`HatzLLM`: every model on the Hatz gateway as a LlamaIndex LLM."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from importlib.metadata import version
from typing import Annotated, Any, Self

import httpx
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
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool
from pydantic import Field, SecretStr, WithJsonSchema, field_serializer, field_validator

from hatz_client import Agent, AsyncClient, Client, Model
from hatz_client.content import Prompt
from hatz_client.settings import user_agent
from hatz_client.wire import Endpoint, dialect_name
from llama_index_hatz import _models, _tools
from llama_index_hatz._convert import response
from llama_index_hatz._prompt import request
from llama_index_hatz._stream import Chunks
from llama_index_hatz._structured import StructuredPrediction

_Shared = Annotated[Any, WithJsonSchema({"type": "string"})]
_OTHER_NAMES = {"api_base": "base_url", "async_http_client": "http_async_client"}


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

    model: str = Field(description="Id of the model, from `available_models()`; `auto`, or `agent-<id>`.")
    api_key: Annotated[SecretStr | Callable[[], Any] | None, WithJsonSchema({"type": "string", "writeOnly": True})] = (
        Field(default=None, exclude=True, repr=False, description="The key, or what gives it; default: HATZ_API_KEY.")
    )
    base_url: str | None = Field(default=None, description="Default: HATZ_BASE_URL, else https://ai.hatz.ai/v1.")
    endpoint: Endpoint = Field(default="auto", description="Wire format: auto, responses, messages or chat (native).")
    temperature: float | None = Field(default=None, description="Sampling temperature.")
    top_p: float | None = Field(default=None, description="Nucleus sampling.")
    top_k: int | None = Field(default=None, description="Sampling from the k likeliest tokens.")
    max_tokens: int | None = Field(default=None, description="The most tokens the answer may have.")
    stop: list[str] | None = Field(default=None, description="Texts that end the answer.")
    reasoning_effort: str | None = Field(default=None, description="How much to think: low, medium, high …")
    context_window: int | None = Field(default=None, description="Tokens the model takes, if it is known better.")
    is_function_calling_model: bool | None = Field(
        default=None, description="Whether the model calls tools; default: everywhere but on native chat."
    )
    strict: bool | None = Field(default=None, description="Whether tool arguments must match their schemas exactly.")
    built_in_tools: list[dict[str, Any]] | None = Field(
        default=None, description="The endpoint's own server-side tools, as it documents them; offered in every call."
    )
    tools_to_use: list[str] | None = Field(default=None, description="Hatz's server-side tools (native chat only).")
    auto_tool_selection: bool | None = Field(
        default=None, description="Let Hatz choose its server-side tools (native chat only)."
    )
    file_uuids: list[str] | None = Field(default=None, description="Ids of uploaded files (native chat only).")
    extra_body: dict[str, Any] | None = Field(default=None, description="Further fields of the request's body.")
    timeout: Annotated[float | httpx.Timeout | None, WithJsonSchema({"type": "number"})] = Field(
        default=None, description="Seconds to connect, to wait for the answer to begin, and for each silence within it."
    )
    stream_idle_timeout: float | None = Field(default=None, description="Seconds of silence allowed within a stream.")
    max_retries: int = Field(default=2, description="How many further requests a failed one may cost.")
    default_headers: dict[str, str] | None = Field(
        default=None, exclude=True, repr=False, description="Headers of every request."
    )
    allow_http: bool = Field(default=False, description="Send the key unencrypted to other hosts than this one.")
    http_client: _Shared = Field(default=None, exclude=True, repr=False, description="An httpx (or httpx2) client.")
    http_async_client: _Shared = Field(default=None, exclude=True, repr=False, description="The same, async.")

    def __init__(self, model: str | None = None, **kwargs: Any) -> None:
        given = {_OTHER_NAMES.get(name, name): value for name, value in kwargs.items()}
        if model is not None:
            given["model"] = model
        for name in given:
            if name not in type(self).model_fields:
                near = difflib.get_close_matches(name, type(self).model_fields, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ". Further fields of the body go into extra_body."
                raise TypeError(f"{type(self).__name__} has no setting {name!r}{hint}")
        super().__init__(**given)

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("timeout", mode="before")
    @classmethod
    def _from_dict(cls, value: Any) -> Any:
        return httpx.Timeout(**value) if isinstance(value, dict) else value

    @field_serializer("timeout")
    def _to_dict(self, value: Any) -> Any:
        return value.as_dict() if isinstance(value, httpx.Timeout) else value

    @classmethod
    def class_name(cls) -> str:
        """The name in serialized form."""
        return "hatz_llm"

    @property
    def metadata(self) -> LLMMetadata:
        """What is known of the model; never asks the gateway, never fails."""
        window = self.context_window or _models.context_window(self.model, self.base_url)
        return LLMMetadata(
            context_window=window,
            num_output=self.max_tokens if self.max_tokens and self.max_tokens < window else -1,
            is_chat_model=True,
            is_function_calling_model=self._calls_tools,
            model_name=self.model,
            system_role=MessageRole.SYSTEM,
        )

    @property
    def _calls_tools(self) -> bool:
        if self.is_function_calling_model is not None:
            return self.is_function_calling_model
        native = Prompt(
            self.model,
            (),
            tools_to_use=tuple(self.tools_to_use or ()),
            auto_tool_selection=self.auto_tool_selection,
            file_uuids=tuple(self.file_uuids or ()),
        )
        return dialect_name(native, self.endpoint) != "chat"

    def to_payload(self) -> dict[str, Any]:
        """What observers are told of this LLM: no key, no headers."""
        return {
            "model": self.model,
            "temperature": self.temperature,
            "endpoint": self.endpoint,
            **super().to_payload(),
        }

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """A copy with settings of its own; connections, observers and the rate limiter are shared, as they must be."""
        memo = {} if memo is None else memo
        for shared in (
            self.http_client,
            self.http_async_client,
            self.api_key,
            self.rate_limiter,
            self.callback_manager,
        ):
            memo[id(shared)] = shared
        return super().__deepcopy__(memo)

    # The connection. Clients are cheap values: made per call, they follow every assignment, copy and pickle.

    @property
    def _connection(self) -> dict[str, Any]:
        return {
            "api_key": self.api_key,
            "base_url": self.base_url,
            "endpoint": self.endpoint,
            "timeout": self.timeout,
            "stream_idle_timeout": self.stream_idle_timeout,
            "max_retries": self.max_retries,
            "default_headers": {"User-Agent": _user_agent(), **(self.default_headers or {})},
            "allow_http": self.allow_http,
        }

    @property
    def _client(self) -> Client:
        return Client(**self._connection, http_client=self.http_client)

    @property
    def _aclient(self) -> AsyncClient:
        return AsyncClient(**self._connection, http_async_client=self.http_async_client)

    # The four ways to ask, without events: each of the eight endpoints below is one of them, once.

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        asked = request(self, messages, kwargs)
        return response(self._client.ask(asked.prompt, **asked.options), asked.names)

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        asked = request(self, messages, kwargs)
        return response(await self._aclient.ask(asked.prompt, **asked.options), asked.names)

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        asked = request(self, messages, kwargs)

        def chunks() -> ChatResponseGen:
            made = Chunks(asked.names)
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


def _conversation(messages: str | Sequence[ChatMessage]) -> Sequence[ChatMessage]:
    return [ChatMessage(content=messages)] if isinstance(messages, str) else messages


def _user_agent() -> str:
    return f"{user_agent()} llama-index-core/{version('llama-index-core')}"
