"""`HatzLLM`: every model on the Hatz gateway as a LlamaIndex LLM."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Any, ClassVar, Self, Unpack

import llama_index.core
from llama_index.core.base.llms.generic_utils import (
    achat_to_completion_decorator,
    astream_chat_to_completion_decorator,
    chat_to_completion_decorator,
    prompt_to_messages,
    stream_chat_response_to_completion_response,
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
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.prompts.base import BasePromptTemplate
from pydantic import field_serializer

from hatz_client.integration import model_facts, token_counts
from hatz_client.integration.chat_request import aconvert_events, arun, arun_stream, convert_events, run, run_stream
from hatz_client.integration.settings.declare import setting
from hatz_client.integration.settings.fields import HatzFields
from hatz_client.util.async_generators import closable
from hatz_client.version import USER_AGENT
from hatz_client.wire.endpoints import endpoint_spec
from llama_index_hatz import structured_output, tool_calling
from llama_index_hatz._messages.answers import to_chat_response
from llama_index_hatz._messages.chunks import Chunks
from llama_index_hatz._tools import first_call_only, selections
from llama_index_hatz.arguments import HatzLLMArguments
from llama_index_hatz.instrumentation import close_both, observed, with_one_span
from llama_index_hatz.partial_objects import Model
from llama_index_hatz.request import request_for


class HatzLLM(HatzFields, FunctionCallingLLM):
    """Every model and agent on the Hatz gateway: chat, completion, streaming, tools, structured output, sync and async.

    A setting that is None is not sent: the model's default applies. Every setting can be assigned at any time. All settings
    except those of the connection can also be passed per call as keyword arguments, as can any other field of the request's
    body.

    Creating an LLM needs no key and no network. The endpoint is chosen by the model (`endpoint="auto"`). Every error is a
    `hatz_client.HatzError`, except a `ValueError` if structured output fails. Closing is optional.

    Examples:
        ```python
        from llama_index.core.llms import ChatMessage
        from llama_index_hatz import HatzLLM

        llm = HatzLLM("gpt-5.2", temperature=0)  # key from HATZ_API_KEY
        print(llm.complete("Why is the sky blue?"))
        for chunk in llm.stream_chat([ChatMessage("Tell me a story.")]):
            print(chunk.delta, end="")
        llm.complete("And why is it red?", model="anthropic.claude-haiku-4-5")  # any such setting, for one call
        llm.predict_and_call([tool], "Look it up")  # any model, the same tools; or FunctionAgent(llm=llm, tools=[…])
        llm.structured_predict(Answer, PromptTemplate("…"))  # any model, the same class: an Answer
        HatzLLM.list_models()  # what the key may use
        ```

    Raises:
        TypeError: for an unknown setting; the message names the most similar one.
    """

    user_agent: ClassVar[str] = f"{USER_AGENT} llama-index-core/{llama_index.core.__version__}"
    shared_by_copies: ClassVar[tuple[str, ...]] = (*HatzFields.shared_by_copies, "rate_limiter", "callback_manager")

    context_window: int | None = setting("model", "The context window in tokens, if the gateway's list is wrong.")
    is_function_calling_model: bool | None = setting(
        "model", "Whether the model calls tools. Default: on every endpoint that has tools."
    )
    strict: bool | None = setting("model", "Whether tool arguments must match their schemas exactly.")
    built_in_tools: list[dict[str, Any]] | None = setting(
        "call", "The endpoint's own server-side tools, as it documents them; offered in every call."
    )
    local_files: bool = setting(
        "model",
        "Whether blocks with a `path` are read from this machine and sent. Use False if messages come from outside, because they could name any file.",
        default=True,
    )

    def __init__(self, model: str | None = None, **kwargs: Unpack[HatzLLMArguments]) -> None:
        """See the class; each of its fields is documented."""
        given: dict[str, Any] = {**kwargs} if model is None else {"model": model, **kwargs}
        super().__init__(**self.to_fields(given))
        del given, kwargs  # tracebacks may show local variables
        self.check_connection()

    @field_serializer("timeout")
    def _timeout_to_dict(self, value: Any) -> Any:
        return value.as_dict() if hasattr(value, "as_dict") else value

    @classmethod
    def class_name(cls) -> str:
        """The name in serialized form."""
        return "hatz_llm"

    @classmethod
    def from_model(cls, name: str, **kwargs: Any) -> Self:
        """An LLM for the model with this id or display name, which is looked up in the gateway's list (one request).

        Raises:
            HatzNotFoundError: if the key has no such model; the message names similar ones.
        """
        llm = cls(model=name, **kwargs)
        llm.model = model_facts.find_model(name, llm.list_models()).id
        return llm

    @property
    def metadata(self) -> LLMMetadata:
        """Facts about the model; sends no request and never fails."""
        window = self.context_window or model_facts.context_window(self.model, self.base_url)
        return LLMMetadata(
            context_window=window,
            num_output=model_facts.reserved_output(self.max_tokens, window),
            is_chat_model=True,
            is_function_calling_model=self._calls_tools,
            model_name=self.model,
            system_role=MessageRole.SYSTEM,
        )

    @property
    def _calls_tools(self) -> bool:
        if self.is_function_calling_model is not None:
            return self.is_function_calling_model
        return endpoint_spec(self.default_endpoint).client_tools

    def to_payload(self) -> dict[str, Any]:
        """The description of this LLM for observers, without key and headers."""
        return {
            "model": self.model,
            "temperature": self.temperature,
            "endpoint": self.endpoint,
            "class_name": self.class_name(),
            **self.metadata.model_dump(),
        }

    # Four calls without events. Each of the eight public methods below makes one of them, so that events are never doubled.

    def _chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        request = request_for(self, messages, kwargs)
        return to_chat_response(run(self.client(), request))

    async def _achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        request = request_for(self, messages, kwargs)
        return to_chat_response(await arun(self.async_client(), request))

    def _stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        request = request_for(self, messages, kwargs)
        return convert_events(run_stream(self.client(), request), Chunks())

    async def _astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        request = request_for(self, messages, kwargs)
        return aconvert_events(arun_stream(self.async_client(), request), Chunks())

    async def _closable_stream(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        return closable(await self._astream_chat(messages, **kwargs))  # LlamaIndex puts a generator around it

    @observed(llm_chat_callback)
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The answer to a conversation; keyword arguments are settings for this call, or further fields of the request's body."""
        return self._chat(messages, **kwargs)

    @observed(llm_chat_callback)
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Stream the answer: each chunk has the new text and everything so far."""
        return self._stream_chat(messages, **kwargs)

    @observed(llm_completion_callback)
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002 (LlamaIndex's signature)
        """The answer to a prompt."""
        return chat_to_completion_decorator(self._chat)(prompt, **kwargs)

    @observed(llm_completion_callback)
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:  # noqa: ARG002
        """Stream the answer to a prompt: each chunk has the new text and everything so far."""
        chunks = self._stream_chat(prompt_to_messages(prompt), **kwargs)
        return close_both(stream_chat_response_to_completion_response(chunks), chunks)

    @observed(llm_chat_callback)
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Async version of `chat`."""
        return await self._achat(messages, **kwargs)

    @observed(llm_chat_callback)
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseAsyncGen:
        """Async version of `stream_chat`."""
        return await self._astream_chat(messages, **kwargs)

    @observed(llm_completion_callback)
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:  # noqa: ARG002
        """Async version of `complete`."""
        return await achat_to_completion_decorator(self._achat)(prompt, **kwargs)

    @observed(llm_completion_callback)
    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseAsyncGen:  # noqa: ARG002
        """Async version of `stream_complete`."""
        return await astream_chat_to_completion_decorator(self._closable_stream)(prompt, **kwargs)

    def count_tokens(self, messages: str | Sequence[ChatMessage], **kwargs: Any) -> int:
        """The number of input tokens in a conversation or prompt, as the gateway counts them (free).

        Raises:
            HatzError: if the gateway cannot be reached or does not count.
        """
        return token_counts.count_tokens(self.client(), request_for(self, messages, kwargs).prompt)

    async def acount_tokens(self, messages: str | Sequence[ChatMessage], **kwargs: Any) -> int:
        """Async version of `count_tokens`."""
        return await token_counts.acount_tokens(self.async_client(), request_for(self, messages, kwargs).prompt)

    # Tools

    def _prepare_chat_with_tools(self, *args: Any, tool_required: bool = False, **kwargs: Any) -> dict[str, Any]:
        # LlamaIndex passes `tool_required` only to a method whose signature has it.
        return tool_calling.chat_with_tools_arguments(*args, tool_required=tool_required, **kwargs)

    def _validate_chat_with_tools_response(
        self, response: ChatResponse, *_: Any, allow_parallel_tool_calls: bool = False, **__: Any
    ) -> ChatResponse:
        return response if allow_parallel_tool_calls else first_call_only(response)

    def stream_chat_with_tools(
        self, *args: Any, allow_parallel_tool_calls: bool = False, **kwargs: Any
    ) -> ChatResponseGen:
        """Stream the answer; if parallel calls are not allowed, only the first call is included."""
        kwargs["allow_parallel_tool_calls"] = allow_parallel_tool_calls
        chunks = super().stream_chat_with_tools(*args, **kwargs)
        return chunks if allow_parallel_tool_calls else tool_calling.first_calls_only(chunks)

    async def astream_chat_with_tools(
        self, *args: Any, allow_parallel_tool_calls: bool = False, **kwargs: Any
    ) -> ChatResponseAsyncGen:
        """Async version of `stream_chat_with_tools`."""
        kwargs["allow_parallel_tool_calls"] = allow_parallel_tool_calls
        chunks = await super().astream_chat_with_tools(*args, **kwargs)
        return chunks if allow_parallel_tool_calls else tool_calling.afirst_calls_only(chunks)

    def get_tool_calls_from_response(
        self,
        response: ChatResponse,
        error_on_no_tool_call: bool = True,
        **kwargs: Any,  # noqa: ARG002 (LlamaIndex's signature)
    ) -> list[ToolSelection]:
        """The calls in an answer or in a chunk.

        Raises:
            ValueError: if there is none and `error_on_no_tool_call` is set.
        """
        return selections(response, required=error_on_no_tool_call)

    @with_one_span
    def predict_and_call(self, *args: Any, **kwargs: Any) -> AgentChatResponse:
        """The results of the tools that the model calls; a model without tool calling uses ReAct."""
        args, kwargs = tool_calling.predict_and_call_arguments(args, kwargs, calls_tools=self._calls_tools)
        answer: AgentChatResponse = super().predict_and_call(*args, **kwargs)
        return answer

    @with_one_span
    async def apredict_and_call(self, *args: Any, **kwargs: Any) -> AgentChatResponse:
        """Async version of `predict_and_call`."""
        args, kwargs = tool_calling.predict_and_call_arguments(args, kwargs, calls_tools=self._calls_tools)
        answer: AgentChatResponse = await super().apredict_and_call(*args, **kwargs)
        return answer

    # Structured output

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """An object of `output_cls` that answers the prompt.

        Args:
            output_cls: A pydantic class.
            prompt: The prompt's template.
            llm_kwargs: Settings for this call, as `chat` takes them.
            **prompt_args: The values of the template's variables.

        Raises:
            ValueError: if the model gave no valid object; the message says why and contains the model's text.
        """
        if how := structured_output.strategy(self, llm_kwargs):
            return structured_output.predict(self, how, output_cls, prompt, llm_kwargs, prompt_args)
        result: Model = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        return result

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """Async version of `structured_predict`."""
        if how := structured_output.strategy(self, llm_kwargs):
            return await structured_output.apredict(self, how, output_cls, prompt, llm_kwargs, prompt_args)
        result: Model = await super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
        return result

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        if how := structured_output.strategy(self, llm_kwargs):
            return structured_output.stream_objects(self, how, output_cls, prompt, llm_kwargs, prompt_args)
        return super()._structured_stream_call(output_cls, prompt, llm_kwargs, **prompt_args)  # type: ignore[arg-type]

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        if how := structured_output.strategy(self, llm_kwargs):
            return structured_output.astream_objects(self, how, output_cls, prompt, llm_kwargs, prompt_args)
        return await super()._structured_astream_call(output_cls, prompt, llm_kwargs, **prompt_args)  # type: ignore[arg-type]
