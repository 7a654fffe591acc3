"""Requests from LangChain's messages, tools and response formats, and answers in LangChain's form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from hatz_client.content import Reply, Tool
from hatz_client.integration.chat_request import ChatRequest, Framework, chat_request
from hatz_client.integration.settings.arguments import call_names
from langchain_hatz._messages.chunks import Chunks
from langchain_hatz._messages.convert import to_ai_message, to_turns
from langchain_hatz._tools import tool_json

if TYPE_CHECKING:
    from langchain_hatz.chat_models import ChatHatz


def request_for(
    model: ChatHatz, messages: Sequence[BaseMessage], kwargs: Mapping[str, Any], stop: Sequence[str] | None = None
) -> ChatRequest:
    """Build the request for these messages and keyword arguments.

    Raises:
        HatzInvalidInputError: if it cannot be built.
    """
    given = {**model.model_kwargs, **kwargs}
    if stop is not None:
        given = {**call_names(given), "stop": stop}
    return chat_request(model, messages, given, _FRAMEWORK)


_FRAMEWORK = Framework(to_turns, tool_json)


def chunks_for(model: ChatHatz, request: ChatRequest, messages: Sequence[BaseMessage]) -> Chunks:
    """The converter from the answer's events to message chunks."""
    return Chunks(
        model=request.prompt.model,
        blocks=_as_blocks(model, request),
        usage=request.call["stream_usage"],
        headers=bool(request.call["include_response_headers"]),
        history=messages,
    )


def chat_result(model: ChatHatz, request: ChatRequest, messages: Sequence[BaseMessage], reply: Reply) -> ChatResult:
    """The complete answer in the form that `_generate` returns."""
    answer = to_ai_message(
        reply,
        model=request.prompt.model,
        blocks=_as_blocks(model, request),
        headers=bool(request.call["include_response_headers"]),
        history=messages,
    )
    output = {"model_name": answer.response_metadata["model_name"], "token_usage": answer.usage_metadata}
    return ChatResult(generations=[ChatGeneration(message=answer)], llm_output=output)


def _as_blocks(model: ChatHatz, request: ChatRequest) -> bool:
    """Whether content is always a list of blocks: on request, or because server tools are offered."""
    return model.output_version == "v1" or not all(isinstance(tool, Tool) for tool in request.prompt.tools)
