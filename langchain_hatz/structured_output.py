"""`with_structured_output`: the bound model that requests an object, and the parser of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, get_origin

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.output_parsers.transform import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from pydantic import SkipValidation, ValidationError

from hatz_client import HatzInvalidInputError
from hatz_client.integration.structured.class_schema import validator
from hatz_client.integration.structured.find_json import partial_object
from hatz_client.integration.structured.objects import Answer, build
from hatz_client.integration.structured.output_schema import OutputSchema, output_schema, to_response_format
from hatz_client.integration.structured.typed_dicts import is_typed_dict
from hatz_client.integration.tools import to_openai_tool
from langchain_hatz._tools import tool_dict
from langchain_hatz.errors import refusal_error, translate_errors

METHODS = ("function_calling", "json_schema", "json_mode")


def structured_model(
    bind_tools: Callable[..., Runnable[Any, AIMessage]],
    schema: Any,
    *,
    method: str,
    include_raw: bool,
    strict: bool | None,
    tools: Sequence[Any],
    **kwargs: Any,
) -> Runnable[Any, Any]:
    """The result of `ChatHatz.with_structured_output`, which documents the arguments.

    Raises:
        ValueError: if the method or the schema is unknown.
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r} is unknown: use 'function_calling', 'json_schema' or 'json_mode'.")
    if schema is None and method != "json_mode":
        raise ValueError("schema is None: only method='json_mode' works without one.")
    with translate_errors():
        wanted = object_schema_of(schema, strict)
    if schema is not None:
        # What LangChain's tracing shows: JSON, because LangChain cannot convert each form that is accepted here.
        shown = {"title": wanted.name, "description": wanted.description, **(wanted.schema or {})}
        kwargs["ls_structured_output_format"] = {"kwargs": {"method": method, "strict": strict}, "schema": shown}
    parser = StructuredParser(target=target_of(schema), wanted=wanted, others=bool(tools))
    if method == "function_calling":
        parser.tool = name = wanted.name
        offered = [to_openai_tool(wanted.bare_tool), *tools]
        llm = bind_tools(offered, tool_choice="any" if tools else name, structured_tool=name, **kwargs)
    else:
        llm = bind_tools(tools, response_format=to_response_format(wanted), **kwargs)
    return _with_parser(llm, parser, include_raw=include_raw)


def object_schema_of(schema: Any, strict: bool | None = None) -> OutputSchema:
    """The schema of the object; if `schema` is None, that of any object.

    Raises:
        HatzInvalidInputError: if `schema` is not a schema.
    """
    if isinstance(schema, str | int | float | list | tuple):
        raise HatzInvalidInputError(
            f"schema={schema!r:.100} is not a schema: give a pydantic class, a TypedDict, a dataclass, a JSON schema or a tool."
        )
    is_type = isinstance(schema, type | Mapping) or get_origin(schema) is not None
    given = schema if schema is None or is_type else tool_dict(schema)
    return output_schema(given, strict=strict) or OutputSchema(strict=strict)


def target_of(schema: Any) -> Any:
    """The type to build from the object; None if it stays a dict: for JSON schemas, TypedDicts, tools and functions."""
    if is_typed_dict(schema) or not (isinstance(schema, type) or get_origin(schema) is not None):
        return None
    return schema


class StructuredParser(BaseCumulativeTransformOutputParser[Any]):
    """Parses the object in an answer: the arguments of a tool, or JSON text. In a stream, the partial object."""

    target: SkipValidation[Any] = None
    """The type to build, in pydantic's JSON mode; None for a dict."""
    wanted: SkipValidation[OutputSchema] = OutputSchema()
    """The schema of the object."""
    tool: str | None = None
    """The tool whose arguments are the object; None if the object is the text."""
    others: bool = False
    """Whether the model may call another tool instead of answering: then there is no object and no error."""

    @property
    def _type(self) -> str:
        return "hatz-structured"

    def parse(self, text: str) -> Any:
        """The object in a text."""
        return self.parse_result([Generation(text=text)])

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """The object in an answer.

        Raises:
            OutputParserException: if there is none, if it is incomplete, or if a validator of the class raised something
                other than a `ValueError`; the message says why and contains the model's text.
            HatzRefusalError: if the model refused.
            pydantic.ValidationError: if the object does not satisfy the class.
        """
        message = _message_of(result[0])
        answer = self._answer(message)
        # LangChain never checks whether the object of a stream is complete: the last chunk is parsed like a whole answer.
        if partial and getattr(message, "chunk_position", "last") != "last":
            return self._partial(answer)
        found = answer.find_object(self.wanted)
        if found is None:
            if self.others and answer.other_calls and not answer.is_cut_off:
                return None
            raise (None if answer.is_cut_off else refusal_error(message)) or self._failure(answer)
        try:
            return build(found, self.wanted, self._validate)
        except ValidationError:
            raise
        except Exception as error:  # a validator of the class may raise anything
            raise self._failure(answer, error) from error

    @property
    def _validate(self) -> Callable[[str], Any] | None:
        return None if self.target is None else validator(self.target)

    def _partial(self, answer: Answer) -> Any:
        """The partial object; None if there is nothing yet, or not enough for the class."""
        found = answer.arguments if self.tool else partial_object(answer.text)
        if not isinstance(found, Mapping) or (not found and not self.tool):
            return None
        try:
            return build(found, self.wanted, self._validate)
        except Exception:  # noqa: BLE001 (a validator may raise anything while the object is incomplete)
            return None

    def _answer(self, message: AIMessage) -> Answer:
        calls = message.tool_calls
        mine = [call["args"] for call in calls if self.tool and call["name"] == self.tool]
        names = {self.tool, None, ""}
        broken = [call["args"] or "" for call in message.invalid_tool_calls if not self.tool or call["name"] in names]
        finish = message.response_metadata.get("normalized_finish_reason")
        return Answer(
            text=str(message.text),
            arguments=mine[0] if mine else broken[0] if broken else None,
            finish="length" if finish in {"length", "context_exceeded"} else finish,
            refusal=message.additional_kwargs.get("refusal"),
            other_calls=tuple(call["name"] for call in calls if call["name"] != self.tool),
        )

    def _failure(self, answer: Answer, error: Exception | None = None) -> Exception:
        return OutputParserException(answer.explain_missing_object(self.wanted, error), llm_output=answer.answer_text)


def _message_of(generation: Generation) -> AIMessage:
    if not isinstance(generation, ChatGeneration):
        return AIMessageChunk(content=generation.text)
    message = generation.message
    # If a model answers a stream with a whole message, LangChain makes a plain `BaseMessageChunk` of it.
    return message if isinstance(message, AIMessage) else AIMessage(**message.model_dump())


def _with_parser(model: Runnable[Any, AIMessage], parser: StructuredParser, *, include_raw: bool) -> Runnable[Any, Any]:
    """The model followed by the parser; with `include_raw`, parsing errors are returned as a value."""
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    nothing = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([nothing], exception_key="parsing_error")
