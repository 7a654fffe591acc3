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

from hatz_client.integration.chat_request import aconverted, arun, arun_stream, converted, run, run_stream
from hatz_client.integration.fields import HatzFields, setting
from hatz_client.util.closable import closable
from hatz_client.version import USER_AGENT, __version__
from langchain_hatz import profiles, token_counting, tracing
from langchain_hatz._tools import tool_settings
from langchain_hatz.arguments import ChatHatzArguments
from langchain_hatz.errors import translate_errors
from langchain_hatz.request import chat_result, chunks_for, request_for

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_protocol.protocol import MessagesData

    from langchain_hatz.binding import BoundChatHatz
else:  # `with_fallbacks` evaluates the annotations of what it hands on; loading these for it would take time
    BaseTool, BoundChatHatz, MessagesData = Any, Runnable, Any

# Before 1.7 LangChain was told of the pieces of a call in another way.
_TAKES_EVENTS = [int(number) for number in re.findall(r"\d+", VERSION)][:2] >= [1, 7]

T = TypeVar("T")


class ChatHatz(HatzFields, BaseChatModel):
    """A chat model on the Hatz gateway.

    ```python
    from langchain_hatz import ChatHatz

    model = ChatHatz("gpt-5.2", temperature=0)                 # the key is in HATZ_API_KEY
    message = model.invoke("Hello!")                           # or await model.ainvoke(…)
    message.text, message.usage_metadata                       # usage is None where nobody knows it
    for chunk in model.stream("Tell me a story."):             # or async for … in model.astream(…)
        print(chunk.text, end="")
    model.invoke("Hello!", model="anthropic.claude-haiku-4-5")  # any field of the answer, for one call

    model.bind_tools([search]).invoke("Look it up").tool_calls  # any model, the same tools
    model.with_structured_output(Answer).invoke("…")           # any model, the same schema: an Answer
    create_agent(model, [search], response_format=Answer)      # from langchain.agents
    ChatHatz.list_models()                                     # what the key may use
    ```

    Constructing it needs no key and no network. The endpoint is chosen by the model (`endpoint="auto"`), per call. What is not set
    is not sent. Every error is a `HatzError`, and LangChain's own kind of error too. Nothing needs closing; `close()`, or a `with`
    block, closes connections that stand idle sooner.
    """

    model_config = ConfigDict(populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    user_agent: ClassVar[str] = f"{USER_AGENT} langchain-core/{VERSION}"
    translate_errors = staticmethod(translate_errors)

    parallel_tool_calls: bool | None = setting("model", "Whether the model may call several tools at a time.")
    token_counting: Literal["api", "approximate"] = setting(
        "model", "Whether the gateway counts tokens, or they are estimated by the number of characters.", "api"
    )
    model_kwargs: builtins.dict[str, Any] = Field(
        default_factory=builtins.dict, description="Further keyword arguments for each call."
    )
    streaming: bool | None = setting(
        "model", "True: `invoke` streams too; False: nothing ever streams; None: whatever the caller does."
    )
    stream_usage: bool = setting("call", "Whether a stream's last chunk has `usage_metadata`.", True)
    include_response_headers: bool = setting(
        "call", 'Whether `response_metadata["headers"]` has the response\'s headers (without cookies).', False
    )

    def __init__(self, model: str | None = None, **kwargs: Unpack[ChatHatzArguments]) -> None:
        """See the class; each of its fields says what it sets."""
        given: builtins.dict[str, Any] = {**kwargs} if model is None else {"model": model, **kwargs}
        super().__init__(**self.to_fields(given))
        del given, kwargs  # tracebacks may show local variables
        self.check_connection()

    @classmethod
    @override
    def to_fields(cls, given: Mapping[str, Any]) -> builtins.dict[str, Any]:
        arguments = super().to_fields(given)
        # Of a model that this is to be a copy of: `configurable_fields` hands on every field.
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
            with closing(converted(events, chunks_for(self, request, messages))) as chunks:
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
            async with aclosing(closable(aconverted(events, chunks_for(self, request, messages)))) as chunks:
                async for chunk in chunks:
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk

    # LangChain looks for these two by name, and otherwise makes the same of chunks.

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[MessagesData]:
        from langchain_hatz._messages.protocol_events import protocol_events, token_callback_manager  # noqa: PLC0415 (for few)

        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            events = run_stream(self.client(), request)
            if watcher := token_callback_manager(run_manager):
                events = tracing.with_token_callbacks(events, watcher, chunks_for(self, request, messages))
            with closing(converted(events, protocol_events(request, run_manager))) as protocol:
                yield from protocol

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[MessagesData]:
        from langchain_hatz._messages.protocol_events import protocol_events, token_callback_manager  # noqa: PLC0415 (for few)

        with translate_errors():
            request = request_for(self, messages, kwargs, stop)
            events = arun_stream(self.async_client(), request)
            if watcher := token_callback_manager(run_manager):
                events = tracing.awith_token_callbacks(events, watcher, chunks_for(self, request, messages))
            async with aclosing(closable(aconverted(events, protocol_events(request, run_manager)))) as protocol:
                async for event in protocol:
                    yield event

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """A subclass with another `_stream` is asked for its chunks, not for the events of this one."""
        super().__pydantic_init_subclass__(**kwargs)
        for method in ("_stream", "_astream"):
            if method in vars(cls):
                setattr(cls, f"{method}_chat_model_events", None)

    # Tools and structured output

    @override
    def bind(self, **kwargs: Any) -> BoundChatHatz:
        """The model with keyword arguments for each call."""
        from langchain_hatz.binding import BoundChatHatz  # noqa: PLC0415 (made when it is needed, as is what follows)

        return BoundChatHatz(bound=self, kwargs=kwargs, config={})

    @override
    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> BoundChatHatz:
        """The model with a configuration (tags, callbacks …) for each call, with tools and structured output too."""
        from langchain_hatz.binding import BoundChatHatz  # noqa: PLC0415

        return BoundChatHatz(bound=self, kwargs={}, config={**(config or {}), **kwargs})  # type: ignore[typeddict-item]

    @override
    def configurable_fields(self, **kwargs: AnyConfigurableField) -> RunnableSerializable[Any, Any]:
        """The model with fields that are chosen for each call by `config={"configurable": {…}}`, with tools and a schema too."""
        from langchain_hatz.configurable import keeping_operations  # noqa: PLC0415

        return keeping_operations(super().configurable_fields(**kwargs))

    @override
    def configurable_alternatives(self, which: ConfigurableField, **kwargs: Any) -> RunnableSerializable[Any, Any]:
        """The model, or one of the alternatives given by name, chosen for each call, with tools and a schema too."""
        from langchain_hatz.configurable import keeping_operations  # noqa: PLC0415

        return keeping_operations(super().configurable_alternatives(which, **kwargs))

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
        """The model with tools it may call, the same way on every endpoint that has tools.

        Args:
            tools: `BaseTool`s, functions, pydantic classes, JSON schemas, or dicts of OpenAI's or Anthropic's form. Dicts of
                other types are tools of the service itself and are sent as they are.
            tool_choice: "auto", "any", "none", a tool's name, True (any), or a dict of OpenAI's or Anthropic's form.
            strict: Whether arguments must keep to the schema exactly.
            parallel_tool_calls: Whether several tools may be called at a time.
            response_format: What the answer that calls no tool is to look like: a pydantic class, a JSON schema, or
                `{"type": "json_schema", …}`. The answer's text is JSON then.
            **kwargs: Further keyword arguments of the call.

        Raises:
            HatzInvalidInputError: when `tool_choice` names no tool, or `response_format` is no format.
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
        """The model answering with an object: of the class that is given, else a dict. It works on every endpoint.

        Args:
            schema: A pydantic class, TypedDict, dataclass or Enum, `list[Contact]` and the like, a JSON schema with a title, or a
                tool's dict. None (with "json_mode"): any object. What is no object at its root is wrapped in one on the wire.
            method: How to ask: with a tool the model has to call, or for JSON text.
            include_raw: Whether to return `{"raw": the message, "parsed": the object or None, "parsing_error": …}`, and never raise
                for an answer that cannot be read.
            strict: Whether the object must keep to the schema exactly, where the model's service can see to that.
            tools: Tools the model may call in place of an answer; then `parsed` is None.
            **kwargs: Further keyword arguments of the call.

        Raises:
            ValueError: when the method or the schema is unknown.
        """
        from langchain_hatz.structured_output import structured_model  # noqa: PLC0415

        asked: builtins.dict[str, Any] = {"method": method, "include_raw": include_raw, "strict": strict}
        return structured_model(self.bind_tools, schema, tools=tools or (), **asked, **kwargs)

    # Tokens, profile and copies

    @override
    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has, estimated without the network."""
        return token_counting.estimate([HumanMessage(text)], None)

    @override
    def get_token_ids(self, text: str) -> list[int]:
        raise NotImplementedError(
            "The gateway counts tokens but does not name them: use get_num_tokens_from_messages(messages, tools=…)."
        )

    @override
    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """How many tokens a conversation has, tools included, as the gateway counts them (no credits are used).

        When the gateway does not count (no network, no such model), it is an estimate: this never raises. With
        `token_counting="approximate"` it always is one.
        """
        return token_counting.tokens_in(self, messages, tools, kwargs)

    async def aget_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """The same as `get_num_tokens_from_messages`."""
        return await token_counting.atokens_in(self, messages, tools, kwargs)

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        return profiles.profile_of(self.model, self.default_endpoint, uploads=self.auto_upload)

    def refresh_profile(self) -> ModelProfile:
        """The profile with what the gateway says of the model now; it is the model's `profile` from here on.

        Raises:
            HatzNotFoundError: when the key may not use the model; the message names those it may.
        """
        with translate_errors():
            self.profile = profiles.refreshed_profile(self, self.list_models())
            return self.profile

    async def arefresh_profile(self) -> ModelProfile:
        """The same as `refresh_profile`."""
        with translate_errors():
            self.profile = profiles.refreshed_profile(self, await self.alist_models())
            return self.profile

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values for some settings, named as the constructor takes them; its profile is that of its own model."""
        copied = super().model_copy(update=update, deep=deep)
        copied.profile = profiles.profile_for_copy(self, copied)
        return copied

    # What LangChain asks a model about itself

    @property
    def model_name(self) -> str:
        """The model's id (the name most of LangChain looks for)."""
        return self.model

    @property
    def hatz_api_key(self) -> Any:
        """The key in force, by the name that LangChain's serialization uses: `api_key`, else `HATZ_API_KEY`; None without either."""
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
