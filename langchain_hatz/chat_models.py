"""`ChatHatz`: every model and agent of the Hatz gateway as a LangChain chat model."""

from __future__ import annotations

import builtins
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, Unpack, overload

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LangSmithParams, LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import ConfigurableField, Runnable, RunnableConfig, RunnableSerializable
from langchain_core.runnables.utils import AnyConfigurableField
from langchain_core.version import VERSION
from pydantic import ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from hatz_client.integration.chat_request import aconvert_events, arun, arun_stream, convert_events, run, run_stream
from hatz_client.integration.settings.declare import setting
from hatz_client.integration.settings.fields import HatzFields
from hatz_client.util.async_generators import closable
from hatz_client.version import USER_AGENT, __version__
from langchain_hatz import profiles, token_counting, tracing
from langchain_hatz._tools import tool_settings
from langchain_hatz.arguments import ChatHatzArguments
from langchain_hatz.errors import translate_errors
from langchain_hatz.request import chat_result, chunks_for, request_for

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_protocol.protocol import MessagesData

    from langchain_hatz.runnables.binding import BoundChatHatz
else:  # `with_fallbacks` evaluates the annotations of methods; importing these would take time
    BaseTool, BoundChatHatz, MessagesData = Any, Runnable, Any

# Before langchain-core 1.7, v3 events had another form for the pieces of a call: there LangChain makes them from chunks itself.
_TAKES_EVENTS = [int(number) for number in re.findall(r"\d+", VERSION)][:2] >= [1, 7]

T = TypeVar("T")


class ChatHatz(HatzFields, BaseChatModel):
    """A chat model on the Hatz gateway.

    ```python
    from langchain_hatz import ChatHatz

    model = ChatHatz("gpt-5.2", temperature=0)                 # the key is in HATZ_API_KEY
    message = model.invoke("Hello!")                           # or await model.ainvoke(…)
    message.text, message.usage_metadata                       # usage is None if unknown
    for chunk in model.stream("Tell me a story."):             # or async for … in model.astream(…)
        print(chunk.text, end="")
    model.invoke("Hello!", model="anthropic.claude-haiku-4-5")  # most settings can be changed for one call

    model.bind_tools([search]).invoke("Look it up").tool_calls  # any model, the same tools
    model.with_structured_output(Answer).invoke("…")           # any model, the same schema: an Answer
    create_agent(model, [search], response_format=Answer)      # from langchain.agents
    ChatHatz.list_models()                                     # what the key may use
    ```

    Creating a model needs no key and no network. The endpoint is chosen by the model, per call (`endpoint="auto"`). Unset
    settings are not sent. Every error is a `HatzError` and also LangChain's own kind of error. Closing is optional;
    `close()`, or a `with` block, closes idle connections sooner.
    """

    model_config = ConfigDict(populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    user_agent: ClassVar[str] = f"{USER_AGENT} langchain-core/{VERSION}"
    translate_errors = staticmethod(translate_errors)

    parallel_tool_calls: bool | None = setting("model", "Whether the model may call several tools at once.")
    token_counting: Literal["api", "approximate"] = setting(
        "model", "Whether the gateway counts tokens, or they are estimated from the number of characters.", "api"
    )
    model_kwargs: builtins.dict[str, Any] = Field(
        default_factory=builtins.dict, description="Further keyword arguments for each call."
    )
    streaming: bool | None = setting(
        "model", "True: `invoke` streams too; False: never stream; None: as the caller asks."
    )
    stream_usage: bool = setting("call", "Whether a stream's last chunk has `usage_metadata`.", True)
    include_response_headers: bool = setting(
        "call", 'Whether `response_metadata["headers"]` has the response\'s headers (without cookies).', False
    )

    def __init__(self, model: str | None = None, **kwargs: Unpack[ChatHatzArguments]) -> None:
        """See the class; each of its fields is documented."""
        given: builtins.dict[str, Any] = {**kwargs} if model is None else {"model": model, **kwargs}
        super().__init__(**self.to_fields(given))
        del given, kwargs  # tracebacks may show local variables
        self.check_connection()

    @classmethod
    @override
    def to_fields(cls, given: Mapping[str, Any]) -> builtins.dict[str, Any]:
        arguments = super().to_fields(given)
        # When a model is copied: `configurable_fields` passes every field.
        if isinstance(arguments.get("profile"), profiles.InferredProfile):
            del arguments["profile"]
        return arguments

    @model_validator(mode="after")
    def _set_hatz_version(self) -> Self:
        self._add_version("hatz-integrations", __version__)
        return self

    # Answers

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            return chat_result(self, request, messages, run(self.client(), request))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            return chat_result(self, request, messages, await arun(self.async_client(), request))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            events = run_stream(self.client(), request)
            with closing(convert_events(events, chunks_for(self, request, messages))) as chunks:
                for chunk in chunks:
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
        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            events = arun_stream(self.async_client(), request)
            async with aclosing(closable(aconvert_events(events, chunks_for(self, request, messages)))) as chunks:
                async for chunk in chunks:
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    # LangChain finds these two methods by name; without them it makes the same events from chunks.

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        from langchain_hatz._messages import protocol_events as protocol  # noqa: PLC0415 (few callers need it)

        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            events = run_stream(self.client(), request)
            if protocol.needs_chunks(run_manager):
                events = protocol.with_token_callbacks(events, run_manager, chunks_for(self, request, messages))
            with closing(convert_events(events, protocol.protocol_events(request, run_manager))) as converted:
                yield from converted

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        from langchain_hatz._messages import protocol_events as protocol  # noqa: PLC0415 (few callers need it)

        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            events = arun_stream(self.async_client(), request)
            if protocol.needs_chunks(run_manager):
                events = protocol.awith_token_callbacks(events, run_manager, chunks_for(self, request, messages))
            converter = protocol.protocol_events(request, run_manager)
            async with aclosing(closable(aconvert_events(events, converter))) as converted:
                async for event in converted:
                    yield event

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """For a subclass with its own `_stream`, use its chunks, not the events of this class."""
        super().__pydantic_init_subclass__(**kwargs)
        for method in ("_stream", "_astream"):
            if method in vars(cls):
                setattr(cls, f"{method}_chat_model_events", None)

    # Tools and structured output

    @override
    def bind(self, **kwargs: Any) -> BoundChatHatz:
        """The model with keyword arguments for each call."""
        from langchain_hatz.runnables.binding import BoundChatHatz  # noqa: PLC0415 (loaded on first use, as below)

        return BoundChatHatz(bound=self, kwargs=kwargs, config={})

    @override
    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> BoundChatHatz:
        """The model with a configuration (tags, callbacks …) for each call; tools and structured output still work."""
        from langchain_hatz.runnables.binding import BoundChatHatz  # noqa: PLC0415

        return BoundChatHatz(bound=self, kwargs={}, config={**(config or {}), **kwargs})  # type: ignore[typeddict-item]

    @override
    def with_listeners(self, **listeners: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with functions that are called when a run starts, ends or fails; tools and structured output still work."""
        return self.bind().with_listeners(**listeners)

    @override
    def with_alisteners(self, **listeners: Any) -> BoundChatHatz:
        """Async version of `with_listeners`."""
        return self.bind().with_alisteners(**listeners)

    @override
    def configurable_fields(self, **kwargs: AnyConfigurableField) -> RunnableSerializable[Any, Any]:
        """The model with fields set per call by `config={"configurable": {…}}`; tools and structured output still work."""
        from langchain_hatz.runnables.configurable import keep_operations  # noqa: PLC0415

        return keep_operations(super().configurable_fields(**kwargs))

    @override
    def configurable_alternatives(self, which: ConfigurableField, **kwargs: Any) -> RunnableSerializable[Any, Any]:
        """The model or one of the named alternatives, chosen per call; tools and structured output still work."""
        from langchain_hatz.runnables.configurable import keep_operations  # noqa: PLC0415

        return keep_operations(super().configurable_alternatives(which, **kwargs))

    @override
    def bind_tools(
        self,
        tools: Sequence[builtins.dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: builtins.dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: builtins.dict[str, Any] | type | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with tools that it may call, in the same way on every endpoint with tools.

        Args:
            tools: `BaseTool`s, functions, pydantic classes, JSON schemas, or dicts of OpenAI's or Anthropic's form. Dicts of
                other types are server-side tools and are sent unchanged.
            tool_choice: "auto", "any", "none", a tool's name, True (any), or a dict of OpenAI's or Anthropic's form. None leaves
                the choice to the model's service.
            strict: Whether arguments must match the schema exactly. None leaves it to the service.
            parallel_tool_calls: Whether several tools may be called at once. None leaves it to the service.
            response_format: The schema of an answer without tool calls: a pydantic class, a JSON schema, or
                `{"type": "json_schema", …}`. Its text is then JSON.
            **kwargs: Further keyword arguments of the call.

        Raises:
            HatzInvalidInputError: if `tool_choice` is not one of the tools, or `response_format` is not valid.
        """
        with translate_errors():
            bound = tool_settings(
                tools, tool_choice, response_format, strict=strict, parallel_tool_calls=parallel_tool_calls
            )
        return self.bind(**bound, **kwargs)

    @overload  # type: ignore[override]  # more exact than LangChain's
    def with_structured_output(
        self, schema: type[T], *, include_raw: Literal[False] = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, T]: ...

    @overload
    def with_structured_output(
        self, schema: Any = None, *, include_raw: Literal[True], **kwargs: Any
    ) -> Runnable[LanguageModelInput, builtins.dict[str, Any]]: ...

    @overload
    def with_structured_output(
        self, schema: builtins.dict[str, Any] | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]: ...

    @override
    def with_structured_output(
        self,
        schema: Any = None,
        *,
        method: Literal["function_calling", "json_schema", "json_mode"] = "function_calling",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """The model with structured output: an object of the given class, else a dict. Works on every endpoint.

        Args:
            schema: A pydantic class, TypedDict, dataclass or Enum, `list[Contact]` and the like, a JSON schema with a title, or a
                tool's dict. None (with "json_mode") accepts any object. A type that is not an object is wrapped in one on
                the wire.
            method: How the object is requested: with a tool that the model must call, or as JSON text.
            include_raw: Whether to return `{"raw": the message, "parsed": the object or None, "parsing_error": …}` instead of
                the object; then an answer that cannot be parsed raises no error.
            strict: Whether the object must match the schema exactly, if the model's service can enforce it.
            tools: Tools that the model may call instead of answering; then `parsed` is None.
            **kwargs: Further keyword arguments of the call.

        Raises:
            ValueError: if the method or the schema is unknown. Calling the result raises an `OutputParserException` if the answer has
                no object or is incomplete, a pydantic `ValidationError` if the object does not satisfy the class, and a
                `HatzRefusalError` for a refusal.
        """
        from langchain_hatz.structured_output import structured_model  # noqa: PLC0415

        return structured_model(
            self.bind_tools, schema, method=method, include_raw=include_raw, strict=strict, tools=tools or (), **kwargs
        )

    # Tokens, profile and copies

    @override
    def get_num_tokens(self, text: str) -> int:
        """The estimated number of tokens in a text, without a request."""
        return token_counting.estimate([HumanMessage(text)], None)

    @override
    def get_token_ids(self, text: str) -> list[int]:
        raise NotImplementedError(
            "The gateway counts tokens but does not return their ids: use get_num_tokens_from_messages(messages, tools=…)."
        )

    @override
    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """The number of tokens in a conversation, including tools, as the gateway counts them (free).

        If the gateway cannot count (no network, unknown model), it is an estimate: this never raises an error. With
        `token_counting="approximate"` it is always an estimate.
        """
        return token_counting.tokens_in(self, messages, tools, kwargs)

    async def aget_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """Async version of `get_num_tokens_from_messages`."""
        return await token_counting.atokens_in(self, messages, tools, kwargs)

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        return profiles.profile_of(self.model, self.default_endpoint, uploads=self.auto_upload)

    def refresh_profile(self) -> ModelProfile:
        """Update the model's `profile` from the gateway's list, and return it.

        Raises:
            HatzNotFoundError: if the key may not use the model; the message lists the allowed models.
        """
        with translate_errors():
            self.profile = profiles.refreshed_profile(self, self.list_models())
            return self.profile

    async def arefresh_profile(self) -> ModelProfile:
        """Async version of `refresh_profile`."""
        with translate_errors():
            self.profile = profiles.refreshed_profile(self, await self.alist_models())
            return self.profile

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some settings changed, by the names of the constructor's arguments; its profile fits its own model."""
        copied = super().model_copy(update=update, deep=deep)
        copied.profile = profiles.profile_for_copy(self, copied)
        return copied

    # Attributes that LangChain reads

    @property
    def model_name(self) -> str:
        """The model's id (the name most of LangChain looks for)."""
        return self.model

    @property
    def hatz_api_key(self) -> Any:
        """The effective key, under the name for LangChain's serialization: `api_key`, else `HATZ_API_KEY`, else None."""
        given = os.environ.get("HATZ_API_KEY")
        return self.api_key or (SecretStr(given) if given else None)

    @property
    @override
    def _llm_type(self) -> str:
        return "hatz-chat"

    @property
    @override
    def _identifying_params(self) -> builtins.dict[str, Any]:
        return tracing.identifying_params(self)

    @classmethod
    @override
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    @override
    def lc_secrets(self) -> builtins.dict[str, str]:
        return {"hatz_api_key": "HATZ_API_KEY"}

    @override
    def _combine_llm_outputs(self, llm_outputs: list[builtins.dict[str, Any] | None]) -> builtins.dict[str, Any]:
        return tracing.combined_output(llm_outputs)

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return tracing.ls_params(self, stop, kwargs)

    @override
    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> builtins.dict[str, Any]:
        stop = self.stop if stop is None else stop
        return super()._get_invocation_params(stop=stop, **tracing.without_secrets(kwargs))


for _hook in () if _TAKES_EVENTS else ("_stream_chat_model_events", "_astream_chat_model_events"):
    setattr(ChatHatz, _hook, None)
