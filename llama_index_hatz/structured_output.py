"""Structured output: the four structured methods, implemented with the LLM's chat.

The model is forced to call one tool, whose arguments are the object; or the endpoint enforces a schema; or the prompt
requests JSON. Using `chat` keeps all features of a chat: events, usage, retries, settings, system prompt, keyword arguments.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole, TextBlock
from llama_index.core.instrumentation.events.llm import LLMStructuredPredictEndEvent, LLMStructuredPredictStartEvent
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel

from hatz_client.content import Prompt
from hatz_client.integration.structured.output_schema import OutputSchema, to_response_format
from hatz_client.integration.structured.prompted_json import correction, instruction
from hatz_client.integration.structured.request import Strategy, can_force_tool
from hatz_client.integration.tools import to_openai_tool
from hatz_client.util.async_generators import closable
from hatz_client.wire.endpoints import endpoint_spec
from llama_index_hatz.partial_objects import Draft, Model, PartialObjects, answer_of, object_schema_of, parse_object
from llama_index_hatz.tool_calling import chat_with_tools_arguments

if TYPE_CHECKING:
    from llama_index_hatz.base import HatzLLM

_dispatcher = get_dispatcher(__name__)


def strategy(llm: HatzLLM, llm_kwargs: Mapping[str, Any] | None) -> Strategy | None:
    """How the object is requested in this call; None if the user chose a program of another package."""
    match llm.pydantic_program_mode:
        case PydanticProgramMode.LLM:
            return "prompt"
        case PydanticProgramMode.FUNCTION:
            return "tool"
        case PydanticProgramMode.DEFAULT if llm.structured_output_strategy != "auto":
            return llm.structured_output_strategy
        case PydanticProgramMode.DEFAULT:
            forced = llm.metadata.is_function_calling_model and _can_force(llm, llm_kwargs or {})
            return "tool" if forced else "prompt"
        case _:
            return None


def _can_force(llm: HatzLLM, given: Mapping[str, Any]) -> bool:
    """Whether the model can be forced to call a tool: not on Messages with Anthropic's thinking on."""
    fields = {**(llm.extra_body or {}), **given, **(given.get("extra_body") or {})}
    prompt = Prompt(llm.model, (), extra={"thinking": fields.get("thinking") or llm.thinking})
    return can_force_tool(prompt, endpoint_spec(llm.default_endpoint))


def predict(llm: HatzLLM, how: Strategy, output_cls: type[Model], *inputs: Any) -> Model:
    """The object, requested in this way; `inputs` are the template, the keyword arguments of the call and those of the template.

    Raises:
        ValueError: if the model gave no valid object; the message says why and contains the model's text.
    """
    _report_start(output_cls, *inputs)
    arguments = _chat_arguments(llm, how, output_cls, *inputs)
    response = llm.chat(**arguments)
    if how == "prompt" and (again := _repair(arguments, output_cls, response)):
        response = llm.chat(**again)
    result = parse_object(output_cls, response)
    _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
    return result


async def apredict(llm: HatzLLM, how: Strategy, output_cls: type[Model], *inputs: Any) -> Model:
    """Async version of `predict`."""
    _report_start(output_cls, *inputs)
    arguments = _chat_arguments(llm, how, output_cls, *inputs)
    response = await llm.achat(**arguments)
    if how == "prompt" and (again := _repair(arguments, output_cls, response)):
        response = await llm.achat(**again)
    result = parse_object(output_cls, response)
    _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
    return result


def _report_start(
    output_cls: type[BaseModel], prompt: BasePromptTemplate, _llm_kwargs: Any, prompt_args: dict[str, Any]
) -> None:
    _dispatcher.event(LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args))


def stream_objects(
    llm: HatzLLM, how: Strategy, output_cls: type[BaseModel], *inputs: Any
) -> Generator[Draft, None, None]:
    """Stream partial objects; the last one is complete."""
    objects, arguments = PartialObjects(output_cls), _chat_arguments(llm, how, output_cls, *inputs)
    with closing(llm.stream_chat(**arguments)) as chunks:
        for chunk in chunks:
            if (draft := objects.add(chunk)) is not None:
                yield draft
    if how == "prompt" and objects.last and (again := _repair(arguments, output_cls, objects.last)):
        objects.last = llm.chat(**again)
    yield objects.final()


async def astream_objects(
    llm: HatzLLM, how: Strategy, output_cls: type[BaseModel], *inputs: Any
) -> AsyncGenerator[Draft, None]:
    """Async version of `stream_objects`."""
    objects, arguments = PartialObjects(output_cls), _chat_arguments(llm, how, output_cls, *inputs)
    async with aclosing(closable(await llm.astream_chat(**arguments))) as chunks:
        async for chunk in chunks:
            if (draft := objects.add(chunk)) is not None:
                yield draft
    if how == "prompt" and objects.last and (again := _repair(arguments, output_cls, objects.last)):
        objects.last = await llm.achat(**again)
    yield objects.final()


def _chat_arguments(
    llm: HatzLLM,
    how: Strategy,
    output_cls: type[BaseModel],
    prompt: BasePromptTemplate,
    llm_kwargs: Mapping[str, Any] | None,
    prompt_args: dict[str, Any],
) -> dict[str, Any]:
    """The arguments of the chat that requests the object."""
    messages = llm._extend_messages(prompt.format_messages(llm=llm, **prompt_args))  # noqa: SLF001 (LlamaIndex's way)
    given = {
        name: value
        for name, value in (llm_kwargs or {}).items()
        if name not in {"tool_choice", "tool_required", "allow_parallel_tool_calls"}
    }
    wanted = object_schema_of(output_cls)
    if how == "prompt":
        return {"messages": _with_instruction(messages, wanted), **given}
    if how == "native":
        strict = given.pop("strict", llm.strict)
        return {"messages": messages, **given, "response_format": to_response_format(replace(wanted, strict=strict))}
    tool: Any = to_openai_tool(wanted.tool) if wanted.wrapped else get_function_tool(output_cls)
    return chat_with_tools_arguments([tool], chat_history=messages, tool_choice=wanted.name, **given)


def _with_instruction(messages: list[ChatMessage], wanted: OutputSchema) -> list[ChatMessage]:
    """The conversation with the instruction for JSON at its end."""
    words = TextBlock(text=instruction(wanted))
    last = messages[-1] if messages else None
    if last is None or last.role != MessageRole.USER:
        return [*messages, ChatMessage(blocks=[words])]
    return [*messages[:-1], last.model_copy(update={"blocks": [*last.blocks, words]})]


def _repair(arguments: dict[str, Any], output_cls: type[BaseModel], response: ChatResponse) -> dict[str, Any] | None:
    """The arguments of the chat for a second attempt; None if the answer is valid or a second attempt is useless."""
    answer = answer_of(response)
    if answer.is_cut_off or answer.is_refusal or answer.arguments is not None:
        return None
    words = correction(object_schema_of(output_cls), answer.text)
    if words is None:
        return None
    first = [ChatMessage(role=MessageRole.ASSISTANT, content=answer.text)] if answer.text.strip() else []
    return {**arguments, "messages": [*arguments["messages"], *first, ChatMessage(content=words)]}
