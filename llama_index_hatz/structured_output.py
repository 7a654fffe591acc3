"""Objects instead of text: the four structured calls, through the LLM's own chat.

The model is made to call one tool, whose arguments are the object; or the endpoint enforces a schema; or the prompt asks
for JSON. Going through `chat` keeps everything that holds for a chat: events, usage, retries, settings, system prompt,
keyword arguments.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, Literal

from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock
from llama_index.core.instrumentation.events.llm import (
    LLMStructuredPredictEndEvent,
    LLMStructuredPredictStartEvent,
)
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import PydanticProgramMode
from llama_index_instrumentation import get_dispatcher
from pydantic import BaseModel

from hatz_client.content import asks_to_think
from hatz_client.errors import HatzInvalidInputError
from hatz_client.wire.common.strict_schema import strict
from hatz_client.wire.endpoints import endpoint_spec
from llama_index_hatz._objects import Draft, Drafts, Model, parsed
from llama_index_hatz._tools import rooted
from llama_index_hatz.tool_calling import chat_with_tools_arguments

if TYPE_CHECKING:
    from llama_index_hatz.base import HatzLLM

Strategy = Literal["native", "tool", "prompt"]

_dispatcher = get_dispatcher(__name__)


def strategy(llm: HatzLLM, llm_kwargs: Mapping[str, Any] | None) -> Strategy | None:
    """How the object is asked for in this call; None where a program of another package was chosen to do it."""
    match llm.pydantic_program_mode:
        case PydanticProgramMode.LLM:
            return "prompt"
        case PydanticProgramMode.FUNCTION:
            return "tool"
        case PydanticProgramMode.DEFAULT if llm.structured_output_strategy != "auto":
            return llm.structured_output_strategy
        case PydanticProgramMode.DEFAULT:
            forced = llm.metadata.is_function_calling_model and not _cannot_force(llm, llm_kwargs or {})
            return "tool" if forced else "prompt"
        case _:
            return None


def _cannot_force(llm: HatzLLM, given: Mapping[str, Any]) -> bool:
    """Whether Anthropic's thinking is on, with which its models cannot be forced to call a tool."""
    fields = {**(llm.extra_body or {}), **given, **(given.get("extra_body") or {})}
    thinking = fields.get("thinking") or llm.thinking
    return asks_to_think(thinking) and not endpoint_spec(llm.default_endpoint).forced_tool_with_thinking


def predict(llm: HatzLLM, how: Strategy, output_cls: type[Model], *asked: Any) -> Model:
    """The object, asked for in this way; `asked` is the template, the keyword arguments of the call and those of the template.

    Raises:
        ValueError: when the model gave none that fits; the message says why and holds its words.
    """
    _began(output_cls, *asked)
    result = parsed(output_cls, llm.chat(**_chat_arguments(llm, how, output_cls, *asked)))
    _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
    return result


async def apredict(llm: HatzLLM, how: Strategy, output_cls: type[Model], *asked: Any) -> Model:
    """The same as `predict`."""
    _began(output_cls, *asked)
    result = parsed(output_cls, await llm.achat(**_chat_arguments(llm, how, output_cls, *asked)))
    _dispatcher.event(LLMStructuredPredictEndEvent(output=result))
    return result


def _began(
    output_cls: type[BaseModel], prompt: BasePromptTemplate, _llm_kwargs: Any, prompt_args: dict[str, Any]
) -> None:
    _dispatcher.event(LLMStructuredPredictStartEvent(output_cls=output_cls, template=prompt, template_args=prompt_args))


def stream_objects(
    llm: HatzLLM, how: Strategy, output_cls: type[BaseModel], *asked: Any
) -> Generator[Draft, None, None]:
    """The object as far as it is written, again and again; the last is complete."""
    drafts = Drafts(output_cls)
    with closing(llm.stream_chat(**_chat_arguments(llm, how, output_cls, *asked))) as chunks:
        for chunk in chunks:
            if (draft := drafts.add(chunk)) is not None:
                yield draft
    yield drafts.final()


async def astream_objects(
    llm: HatzLLM, how: Strategy, output_cls: type[BaseModel], *asked: Any
) -> AsyncGenerator[Draft, None]:
    """The same as `stream_objects`."""
    drafts = Drafts(output_cls)
    async with aclosing(await llm.astream_chat(**_chat_arguments(llm, how, output_cls, *asked))) as chunks:
        async for chunk in chunks:
            if (draft := drafts.add(chunk)) is not None:
                yield draft
    yield drafts.final()


def _chat_arguments(
    llm: HatzLLM,
    how: Strategy,
    output_cls: type[BaseModel],
    prompt: BasePromptTemplate,
    llm_kwargs: Mapping[str, Any] | None,
    prompt_args: dict[str, Any],
) -> dict[str, Any]:
    """The arguments of the chat that gives the object."""
    messages = llm._extend_messages(prompt.format_messages(llm=llm, **prompt_args))  # noqa: SLF001 (LlamaIndex's way)
    given = {
        name: value
        for name, value in (llm_kwargs or {}).items()
        if name not in {"tool_choice", "tool_required", "allow_parallel_tool_calls"}
    }
    if how == "prompt":
        return {"messages": _asked_for_json(messages, output_cls), **given}
    tool = get_function_tool(output_cls)
    name = tool.metadata.get_name()
    if how == "native":
        schema, wanted = rooted(output_cls.model_json_schema()), given.pop("strict", llm.strict)
        form = {"name": name, "schema": schema, "strict": _can_be_strict(schema) if wanted is None else wanted}
        return {"messages": messages, **given, "response_format": {"type": "json_schema", "json_schema": form}}
    return chat_with_tools_arguments([tool], chat_history=messages, tool_choice=name, **given)


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
