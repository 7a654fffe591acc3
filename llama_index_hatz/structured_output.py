"""Objects instead of text: the four structured calls, through the LLM's own chat.

The model is made to call one tool, whose arguments are the object; or the endpoint enforces a schema; or the prompt asks
for JSON. Going through `chat` keeps everything that holds for a chat: events, usage, retries, settings, system prompt,
keyword arguments.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, TextBlock
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel, Field

from hatz_client.content import Prompt
from hatz_client.integration.structured.output_schema import OutputSchema, to_response_format
from hatz_client.integration.structured.prompted import correction, instruction
from hatz_client.integration.structured.request import Strategy, can_force_tool
from hatz_client.wire.endpoints import endpoint_spec
from llama_index_hatz._discovery import Discovery
from llama_index_hatz.partial_objects import Draft, Model, PartialObjects, answer_of, parsed, wanted_of

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
            ValueError: the model gave none that fits; the message says why and holds its words.
        """
        if (strategy := self._strategy(llm_kwargs)) is None:
            made: Model = super().structured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return made
        _started(output_cls, prompt, prompt_args)
        asking = self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args)
        response = self.chat(**asking)
        if strategy == "prompt" and (again := _corrected(asking, output_cls, response)):
            response = self.chat(**again)
        return _ended(parsed(output_cls, response))

    async def astructured_predict(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Model:
        """An object of `output_cls` that answers the prompt.

        Raises:
            ValueError: the model gave none that fits; the message says why and holds its words.
        """
        if (strategy := self._strategy(llm_kwargs)) is None:
            made: Model = await super().astructured_predict(output_cls, prompt, llm_kwargs, **prompt_args)
            return made
        _started(output_cls, prompt, prompt_args)
        asking = self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args)
        response = await self.achat(**asking)
        if strategy == "prompt" and (again := _corrected(asking, output_cls, response)):
            response = await self.achat(**again)
        return _ended(parsed(output_cls, response))

    def _structured_stream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> Generator[Any, None, None]:
        if (strategy := self._strategy(llm_kwargs)) is None:
            return super()._structured_stream_call(output_cls, prompt, llm_kwargs, **prompt_args)  # type: ignore[arg-type]
        asking = self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args)
        return self._partial_objects(output_cls, asking, corrects=strategy == "prompt")

    async def _structured_astream_call(
        self,
        output_cls: type[Model],
        prompt: BasePromptTemplate,
        llm_kwargs: dict[str, Any] | None = None,
        **prompt_args: Any,
    ) -> AsyncGenerator[Any, None]:
        if (strategy := self._strategy(llm_kwargs)) is None:
            return await super()._structured_astream_call(output_cls, prompt, llm_kwargs, **prompt_args)  # type: ignore[arg-type]
        asking = self._asking(strategy, output_cls, prompt, llm_kwargs, prompt_args)
        return self._apartial_objects(output_cls, asking, corrects=strategy == "prompt")

    def _partial_objects(
        self, output_cls: type[BaseModel], asking: dict[str, Any], *, corrects: bool
    ) -> Generator[Draft, None, None]:
        objects = PartialObjects(output_cls)
        with closing(self.stream_chat(**asking)) as chunks:
            for chunk in chunks:
                if (draft := objects.add(chunk)) is not None:
                    yield draft
        if corrects and objects.last and (again := _corrected(asking, output_cls, objects.last)):
            objects.last = self.chat(**again)
        yield objects.final()

    async def _apartial_objects(
        self, output_cls: type[BaseModel], asking: dict[str, Any], *, corrects: bool
    ) -> AsyncGenerator[Draft, None]:
        objects = PartialObjects(output_cls)
        async with aclosing(await self.astream_chat(**asking)) as chunks:
            async for chunk in chunks:
                if (draft := objects.add(chunk)) is not None:
                    yield draft
        if corrects and objects.last and (again := _corrected(asking, output_cls, objects.last)):
            objects.last = await self.achat(**again)
        yield objects.final()

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
                return "tool" if self.metadata.is_function_calling_model and self._can_force_tool(given or {}) else "prompt"
            case _:
                return None

    def _can_force_tool(self, given: Mapping[str, Any]) -> bool:
        """Whether the model can be made to call a tool: with Anthropic's thinking on, Messages cannot."""
        fields = {**self.extra_body, **given, **(given.get("extra_body") or {})}
        prompt = Prompt(self.model, (), extra={"thinking": fields.get("thinking") or self.thinking})
        return can_force_tool(prompt, endpoint_spec(self._dialect))

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
        wanted = wanted_of(output_cls)
        if strategy == "prompt":
            return {"messages": _with_instruction(messages, wanted), **given}
        if strategy == "native":
            strict = given.pop("strict", self.strict)
            return {"messages": messages, **given, "response_format": to_response_format(replace(wanted, strict=strict))}
        tool: Any = _tool_of(wanted) if wanted.wrapped else get_function_tool(output_cls)
        return self._prepare_chat_with_tools([tool], chat_history=messages, tool_choice=wanted.name, **given)


def _started(output_cls: type[BaseModel], prompt: BasePromptTemplate, prompt_args: dict[str, Any]) -> None:
    _dispatcher.event(LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args))


def _ended(result: Model) -> Model:
    _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
    return result


def _tool_of(wanted: OutputSchema) -> dict[str, Any]:
    tool = wanted.tool
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _with_instruction(messages: list[ChatMessage], wanted: OutputSchema) -> list[ChatMessage]:
    """The conversation, with what to answer with at its end."""
    words = TextBlock(text=instruction(wanted))
    last = messages[-1] if messages else None
    if last is None or last.role != MessageRole.USER:
        return [*messages, ChatMessage(blocks=[words])]
    return [*messages[:-1], last.model_copy(update={"blocks": [*last.blocks, words]})]


def _corrected(
    asking: dict[str, Any], output_cls: type[BaseModel], response: ChatResponse
) -> dict[str, Any] | None:
    """The arguments of the chat that asks once more; None when the answer is an object, or asking again is of no use."""
    answer = answer_of(response)
    if answer.is_cut_off or answer.is_refusal or answer.arguments is not None:
        return None
    words = correction(wanted_of(output_cls), answer.text)
    if words is None:
        return None
    said = [ChatMessage(role=MessageRole.ASSISTANT, content=answer.text)] if answer.text.strip() else []
    return {**asking, "messages": [*asking["messages"], *said, ChatMessage(content=words)]}
