"""Objects instead of text: the four structured calls, through the LLM's own chat.

The model is made to call one tool, whose arguments are the object; or the endpoint enforces a schema; or the prompt asks
for JSON. Going through `chat` keeps everything that holds for a chat: events, usage, retries, settings, system prompt,
keyword arguments.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel, Field

from hatz_client.content import asks_to_think
from hatz_client.errors import HatzInvalidInputError
from hatz_client.wire.common.strict_schema import strict
from llama_index_hatz._discovery import Discovery
from llama_index_hatz._objects import Draft, Drafts, Model, parsed
from llama_index_hatz._tools import rooted

Strategy = Literal["native", "tool", "prompt"]

_dispatcher = get_dispatcher(__name__)


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
        return asks_to_think(thinking) and self._dialect == "messages"

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
