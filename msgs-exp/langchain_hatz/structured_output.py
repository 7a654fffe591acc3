"""`with_structured_output`: what reads the object out of an answer, and says why when there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers.transform import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.json import parse_partial_json
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import SkipValidation

from langchain_hatz._structured import json_in
from langchain_hatz.errors import HatzRefusalError


class StructuredParser(BaseCumulativeTransformOutputParser[Any]):
    """Reads an object out of an answer: the arguments of a tool, or JSON text. In a stream, as much of it as has come."""

    target: SkipValidation[Any] = None
    """The pydantic class to build; else the object is a dict."""
    tool: str | None = None
    """The tool whose arguments are the object; None: it is the text."""
    others: bool = False
    """Whether the model may call another tool in place of an answer: then there is no object, and no error."""

    @property
    def _type(self) -> str:
        return "hatz-structured"

    def parse(self, text: str) -> Any:
        """The object in a text."""
        return self.parse_result([Generation(text=text)])

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """The object in an answer.

        Raises:
            OutputParserException: when there is none, or not all of it; the message says why.
            HatzRefusalError: when the model refused.
            pydantic.ValidationError: when it does not satisfy the class.
        """
        generation = result[0]
        message = generation.message if isinstance(generation, ChatGeneration) else AIMessage(content=generation.text)
        found = self._object(message, partial=partial)
        if found is None:
            if partial or (self.others and getattr(message, "tool_calls", None)):
                return None
            raise _reason(message)
        if self.target is None:
            return found
        try:
            return self.target(**found)
        except ValueError as error:
            if partial:
                return None
            if _cut_off(message):
                raise _reason(message) from error
            raise

    def _object(self, message: BaseMessage, *, partial: bool) -> dict[str, Any] | None:
        for call in getattr(message, "tool_calls", ()) if self.tool else ():
            if call["name"] == self.tool:
                arguments: dict[str, Any] = call["args"]
                return arguments
        text = message.text
        if not partial:
            return json_in(text)
        if self.tool or not text.lstrip().startswith("{"):
            return None
        try:
            value = parse_partial_json(text)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:  # noqa: A002 (LangChain's name)
        seen: list[Any] = []
        found = None
        for found in super()._transform(_kept(input, seen)):
            yield found
        if (last := self._last(seen, found)) is not found:
            yield last

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:  # noqa: A002
        seen: list[Any] = []
        found = None
        async for found in super()._atransform(_akept(input, seen)):
            yield found
        if (last := self._last(seen, found)) is not found:
            yield last

    def _last(self, seen: list[Any], found: Any) -> Any:
        """The object of the whole answer: LangChain's parsers never look whether it came at all, or is complete."""
        if not seen:
            return found
        whole = AIMessage(content="".join(seen)) if isinstance(seen[0], str) else seen[0]
        if len(seen) > 1 and whole is seen[0]:
            whole = whole + seen[1:]
        last = self.parse_result([ChatGeneration(message=whole)])
        return found if last == found else last


def _kept(chunks: Iterator[Any], seen: list[Any]) -> Iterator[Any]:
    for chunk in chunks:
        seen.append(chunk)
        yield chunk


async def _akept(chunks: AsyncIterator[Any], seen: list[Any]) -> AsyncIterator[Any]:
    async for chunk in chunks:
        seen.append(chunk)
        yield chunk


def _cut_off(message: BaseMessage) -> bool:
    return message.response_metadata.get("finish_reason") == "length"


def _reason(message: BaseMessage) -> Exception:
    """Why there is no object in this answer."""
    output = str(message.text)
    if refusal := message.additional_kwargs.get("refusal"):
        return HatzRefusalError(str(refusal))
    if message.response_metadata.get("finish_reason") in {"refusal", "content_filter"}:
        return HatzRefusalError(output or "The model refused to answer.")
    if _cut_off(message):
        return OutputParserException(
            "The answer was cut off before its JSON was complete: raise max_tokens, or ask for less.", llm_output=output
        )
    did = f"said {output!r:.200}"
    if called := getattr(message, "tool_calls", None):
        did = f"called {', '.join(call['name'] for call in called)}"
    if broken := getattr(message, "invalid_tool_calls", None):
        did = f"wrote broken arguments: {broken[0]['args']!r:.200}"
    return OutputParserException(f"The model gave no JSON object that could be read; it {did}.", llm_output=output)


def structured(model: Runnable[Any, AIMessage], parser: StructuredParser, *, include_raw: bool) -> Runnable[Any, Any]:
    """The model, followed by the parser; with `include_raw`, errors of the latter are a value."""
    if not include_raw:
        return model | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    nothing = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([nothing], exception_key="parsing_error")


def target_of(schema: Any) -> Any:
    """The class to build from the object, when the schema is one that checks it."""
    return schema if isinstance(schema, type) and is_basemodel_subclass(schema) else None
