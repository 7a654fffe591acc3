"""`ChatHatz`: every model and agent of the Hatz gateway as a LangChain chat model."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Unpack

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict
from typing_extensions import override

from langchain_hatz._arguments import Settings, understood
from langchain_hatz._structured import format_of, response_format_of
from langchain_hatz._talking import Talking
from langchain_hatz._tools import name_of, neutral_choice, neutral_tools, tool_dict
from langchain_hatz.errors import translated

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from langchain_hatz.binding import BoundChatHatz
else:  # `with_fallbacks` evaluates the annotations of what it hands on; loading these for it would take time
    BaseTool, BoundChatHatz = Any, Runnable


class ChatHatz(Talking):
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

    model_config = ConfigDict(defer_build=False)

    def __init__(self, model: str | None = None, **kwargs: Unpack[Settings]) -> None:
        """See the class."""
        given: builtins.dict[str, Any] = {**kwargs}
        if model is not None:
            given["model"] = model
        super().__init__(**understood(given, type(self).model_fields))

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
        bound = [tool_dict(tool, strict=strict) for tool in tools]
        with translated():
            neutral_choice(tool_choice, neutral_tools(bound))
            wanted = format_of(response_format)
        if wanted and isinstance(response_format, type):  # as JSON, so that traces and caches can hold it
            response_format = response_format_of(response_format, strict)
        settings = {
            "tools": bound or None,
            "tool_choice": tool_choice if bound else None,
            "parallel_tool_calls": parallel_tool_calls if bound else None,
            "response_format": response_format,
        }
        return self.bind(**{key: value for key, value in settings.items() if value is not None}, **kwargs)

    @override
    def with_structured_output(
        self,
        schema: builtins.dict[str, Any] | type | None = None,
        *,
        method: Literal["function_calling", "json_schema", "json_mode"] = "function_calling",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """The model answering with an object: of the class that is given, else a dict. It works on every endpoint.

        Args:
            schema: A pydantic or TypedDict class, a JSON schema with a title, or a tool's dict. None (with "json_mode"): any object.
            method: How to ask: with a tool the model has to call, or for JSON text.
            include_raw: Whether to return `{"raw": the message, "parsed": the object or None, "parsing_error": …}`, and never raise
                for an answer that cannot be read.
            strict: Whether the object must keep to the schema exactly, where the model's service can see to that.
            tools: Tools the model may call in place of an answer; then `parsed` is None.
            **kwargs: Further keyword arguments of the call.

        Raises:
            ValueError: when the method or the schema is unknown.
        """
        from langchain_hatz.structured_output import StructuredParser, structured, target_of  # noqa: PLC0415

        if method not in {"function_calling", "json_schema", "json_mode"}:
            raise ValueError(f"method={method!r} is unknown: use 'function_calling', 'json_schema' or 'json_mode'.")
        if schema is None and method != "json_mode":
            raise ValueError("schema is None: only method='json_mode' works without one.")
        if schema is not None:
            about = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
            kwargs["ls_structured_output_format"] = about  # what LangChain's tracing shows
        target, others = target_of(schema), bool(tools)
        if method == "function_calling":
            tool = tool_dict(schema, strict=strict)  # type: ignore[arg-type]
            name = name_of(tool) or ""
            llm = self.bind_tools(
                [tool, *(tools or ())], tool_choice="any" if tools else name, structured_tool=name, **kwargs
            )
            return structured(llm, StructuredParser(target=target, tool=name, others=others), include_raw=include_raw)
        wanted = {"type": "json_object"} if schema is None else response_format_of(schema, strict)
        llm = self.bind_tools(tools or (), response_format=wanted, **kwargs)
        return structured(llm, StructuredParser(target=target, others=others), include_raw=include_raw)
