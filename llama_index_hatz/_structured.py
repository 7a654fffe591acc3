"""Objects instead of text: the four structured calls, through the LLM's own chat.

The model is made to call one tool, whose arguments are the object; or the endpoint enforces a schema; or the prompt asks
for JSON. Going through `chat` keeps everything that holds for a chat: events, usage, retries, settings, system prompt,
keyword arguments.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from functools import reduce
from typing import Any, Literal, TypeVar

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, TextBlock, ToolCallBlock
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from hatz_client.errors import HatzInvalidInputError
from hatz_client.plain import to_json
from hatz_client.wire.schema import strict
from llama_index_hatz._discovery import Discovery
from llama_index_hatz._tools import rooted, so_far

Model = TypeVar("Model", bound=BaseModel)
Draft = BaseModel | FlexibleModel
Strategy = Literal["native", "tool", "prompt"]

_dispatcher = get_dispatcher(__name__)
_DECODER = json.JSONDecoder()


class StructuredPrediction(Discovery):
    """The part of `HatzLLM` that answers with objects."""

    structured_output_strategy: Literal["auto", "native", "tool", "prompt"] = Field(
        default="auto",
        description="How an object is asked for: by a forced tool call, the endpoint's own JSON schema field, or the prompt; "
        "auto is the tool where the model can be made to call one, else the prompt.",
    )

    def structured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """An object of `output_cls` that answers the prompt.

        Raises:
            ValueError: when the model gave none that fits; the message says why and holds its words.
        """
        if (strategy := self._strategy(llm_kwargs)) is None:
            made: Model = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return made
        _dispatcher.event(
            LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args)
        )
        result = parsed(output_cls, self.chat(**self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args)))
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """An object of `output_cls` that answers the prompt.

        Raises:
            ValueError: when the model gave none that fits; the message says why and holds its words.
        """
        if (strategy := self._strategy(llm_kwargs)) is None:
            made: Model = await super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return made
        _dispatcher.event(
            LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args)
        )
        result = parsed(
            output_cls, await self.achat(**self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args))
        )
        _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
        return result

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        if (strategy := self._strategy(llm_kwargs)) is None:
            return super()._structured_stream_call(output_cls, prompt, llm_kwargs, **prompt_args)  # type: ignore[arg-type]
        return self._drafts(output_cls, self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args))

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        if (strategy := self._strategy(llm_kwargs)) is None:
            return await super()._structured_astream_call(output_cls, prompt, llm_kwargs, **prompt_args)  # type: ignore[arg-type]
        return self._adrafts(output_cls, self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args))

    def _drafts(self, output_cls: type[BaseModel], asking: dict[str, Any]) -> Generator[Draft, None, None]:
        drafts = Drafts(output_cls)
        with closing(self.stream_chat(**asking)) as chunks:
            for chunk in chunks:
                if (draft := drafts.add(chunk)) is not None:
                    yield draft
        yield drafts.final()

    async def _adrafts(self, output_cls: type[BaseModel], asking: dict[str, Any]) -> AsyncGenerator[Draft, None]:
        drafts = Drafts(output_cls)
        async with aclosing(await self.astream_chat(**asking)) as chunks:
            async for chunk in chunks:
                if (draft := drafts.add(chunk)) is not None:
                    yield draft
        yield drafts.final()

    def _strategy(self, given: Mapping[str, Any] | None) -> Strategy | None:
        """How the object is asked for here; None where a program of another package's was chosen to do it."""
        match self.pydantic_program_mode:
            case PydanticProgramMode.LLM:
                return "prompt"
            case PydanticProgramMode.FUNCTION:
                return "tool"
            case PydanticProgramMode.DEFAULT if self.structured_output_strategy != "auto":
                return self.structured_output_strategy
            case PydanticProgramMode.DEFAULT:
                return "tool" if self.metadata.is_function_calling_model and not self._thinks(given or {}) else "prompt"
            case _:
                return None

    def _thinks(self, given: Mapping[str, Any]) -> bool:
        """Whether Anthropic's thinking is on, with which its models cannot be made to call a tool."""
        fields = {**self.extra_body, **given, **(given.get("extra_body") or {})}
        thinking = fields.get("thinking") or self.thinking
        return isinstance(thinking, Mapping) and thinking.get("type") != "disabled" and self._dialect == "messages"

    def _asking(
        self,
        strategy: Strategy,
        output_cls: type[BaseModel],
        prompt: BasePromptTemplate,
        llm_kwargs: Mapping[str, Any] | None,
        prompt_args: dict[str, Any],
    ) -> dict[str, Any]:
        """The arguments of the chat that gives the object."""
        messages = self._extend_messages(prompt.format_messages(llm=self, **prompt_args))
        given = {
            name: value
            for name, value in (llm_kwargs or {}).items()
            if name not in {"tool_choice", "tool_required", "allow_parallel_tool_calls"}
        }
        if strategy == "prompt":
            return {"messages": _asked_for_json(messages, output_cls), **given}
        tool = get_function_tool(output_cls)
        name = tool.metadata.get_name()
        if strategy == "native":
            schema, wanted = rooted(output_cls.model_json_schema()), given.pop("strict", self.strict)
            form = {"name": name, "schema": schema, "strict": _can_be_strict(schema) if wanted is None else wanted}
            return {"messages": messages, **given, "response_format": {"type": "json_schema", "json_schema": form}}
        return self._prepare_chat_with_tools([tool], chat_history=messages, tool_choice=name, **given)


def _can_be_strict(schema: Mapping[str, Any]) -> bool:
    try:
        strict(schema)
    except HatzInvalidInputError:
        return False
    return True


def _asked_for_json(messages: list[ChatMessage], output_cls: type[BaseModel]) -> list[ChatMessage]:
    """The conversation, with what to answer with at its end."""
    schema = json.dumps(output_cls.model_json_schema(), ensure_ascii=False)
    words = TextBlock(
        text=f"Answer with one JSON object that satisfies this JSON schema, and with nothing else:\n{schema}"
    )
    last = messages[-1] if messages else None
    if last is None or last.role != MessageRole.USER:
        return [*messages, ChatMessage(blocks=[words])]
    return [*messages[:-1], last.model_copy(update={"blocks": [*last.blocks, words]})]


class Drafts:
    """The object while it is being written."""

    def __init__(self, output_cls: type[BaseModel]) -> None:
        self._output_cls = output_cls
        self._loose = create_flexible_model(output_cls)
        self._draft: Draft | None = None
        self._last: ChatResponse | None = None

    def add(self, chunk: ChatResponse) -> Draft | None:
        """The object as far as it goes, or None when there is nothing new of it."""
        self._last = chunk
        given = _given(chunk)
        value = so_far(_object_in(given)) if isinstance(given, str) else given
        if not value:
            return None
        before, self._draft = self._draft, self._drafted(value)
        return None if self._draft == before else self._draft

    def _drafted(self, value: dict[str, Any]) -> Draft:
        try:
            return self._output_cls.model_validate(value)
        except ValidationError:
            return self._loose.model_validate(value)

    def final(self) -> BaseModel:
        """The object.

        Raises:
            ValueError: when the model gave none that fits; the message says why and holds its words.
        """
        if self._last is None:
            raise ValueError(f"The model gave no {self._output_cls.__name__}: its answer was empty.")
        return parsed(self._output_cls, self._last)


def parsed(output_cls: type[Model], response: ChatResponse) -> Model:
    """The object in an answer: the arguments of its first call, else its text.

    Raises:
        ValueError: when there is none that fits; the message says why and holds the model's words.
    """
    given = _given(response)
    try:
        return _validated(output_cls, _object_in(given) if isinstance(given, str) else to_json(given).decode())
    except ValidationError as error:
        words = given if isinstance(given, str) else to_json(given).decode()
        raise ValueError(
            f"The model gave no {output_cls.__name__}: {_cause(response, error)}. Its words: {words!r:.2000}"
        ) from error


def _validated(output_cls: type[Model], text: str) -> Model:
    """The object; a null where none is allowed counts as not given: strict mode has the model state every property."""
    try:
        return output_cls.model_validate_json(text)
    except ValidationError as error:
        places = [one["loc"] for one in error.errors(include_url=False) if one["input"] is None and one["loc"]]
        if not places:
            raise
        value = from_json(text)
        for *path, last in places:
            holder = reduce(lambda inner, key: inner[key], path, value)
            if isinstance(holder, dict):
                holder.pop(last, None)
        return output_cls.model_validate_json(to_json(value))


def _given(response: ChatResponse) -> str | dict[str, Any]:
    calls = (block for block in response.message.blocks if isinstance(block, ToolCallBlock))
    call = next(calls, None)
    return call.tool_kwargs if call else response.message.content or ""


def _object_in(text: str) -> str:
    """The JSON object in a text without the words and the Markdown around it; of one that is not whole, what there is."""
    begun = re.search(r'\{\s*"', text) or re.search(r"\{", text)
    if begun is None:
        return text
    start = begun.start()
    try:
        return text[start : _DECODER.raw_decode(text, start)[1]]
    except (ValueError, RecursionError):
        return text[start:]


def _cause(response: ChatResponse, error: ValidationError) -> str:
    beside = response.additional_kwargs
    if beside.get("refusal") or beside.get("finish_reason") == "refusal":
        return "it refused"
    if beside.get("finish_reason") == "length":
        return "the answer was cut off at the most tokens it may have (max_tokens)"
    if beside.get("finish_reason") == "content_filter":
        return "the answer was filtered"
    if not isinstance(_given(response), dict) and "{" not in (response.message.content or "{"):
        return "it answered in words"
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'the whole'}: {problem['msg']}" for problem in problems[:5]
    )
