"""Tools in the ways LlamaIndex's agents, programs and selectors ask for them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseAsyncGen, ChatResponseGen
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool

from llama_index_hatz import _tools
from llama_index_hatz.instrumentation import with_one_span
from llama_index_hatz.structured_output import StructuredPrediction


class ToolCalling(StructuredPrediction):
    """The part of `HatzLLM` that offers tools and finds their calls in the answer."""

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,  # noqa: ARG002 (LlamaIndex's signature)
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: Any = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        messages = list(chat_history or ())
        if user_msg is not None:
            messages.append(user_msg if isinstance(user_msg, ChatMessage) else ChatMessage(content=user_msg))
        if not tools:
            return {"messages": messages, **kwargs}
        chosen = tool_choice or ("required" if tool_required else None)
        return {
            "messages": messages,
            "tools": [_tools.spec(tool) for tool in tools],
            **({"tool_choice": chosen} if chosen else {}),
            **({} if allow_parallel_tool_calls else {"parallel_tool_calls": False}),
            **kwargs,
        }

    def _validate_chat_with_tools_response(
        self,
        response: ChatResponse,
        tools: Sequence[BaseTool],  # noqa: ARG002 (LlamaIndex's signature)
        allow_parallel_tool_calls: bool = False,
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResponse:
        return response if allow_parallel_tool_calls else _tools.first_call_only(response)

    def stream_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> ChatResponseGen:
        """The answer while it is being written; where only one call is allowed, it has no second one."""
        chunks = super().stream_chat_with_tools(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            tool_required=tool_required,
            **kwargs,
        )
        return chunks if allow_parallel_tool_calls else _first_calls_only(chunks)

    async def astream_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> ChatResponseAsyncGen:
        """The answer while it is being written; where only one call is allowed, it has no second one."""
        chunks = await super().astream_chat_with_tools(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            tool_required=tool_required,
            **kwargs,
        )
        return chunks if allow_parallel_tool_calls else _afirst_calls_only(chunks)

    def get_tool_calls_from_response(
        self,
        response: ChatResponse,
        error_on_no_tool_call: bool = True,
        **kwargs: Any,  # noqa: ARG002 (LlamaIndex's signature)
    ) -> list[ToolSelection]:
        """The calls in an answer, or in a chunk of one.

        Raises:
            ValueError: when there is none and `error_on_no_tool_call` is set.
        """
        calls = _tools.selections(response)
        if not calls and error_on_no_tool_call:
            raise ValueError(
                f"Expected at least one tool call, but got none. The answer was: {response.message.content!r:.500}"
            )
        return calls

    @with_one_span
    def predict_and_call(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool = True,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """The results of the tools that the model calls; a model that calls none itself is asked by ReAct."""
        answer: AgentChatResponse = super().predict_and_call(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            error_on_no_tool_call=error_on_no_tool_call,
            error_on_tool_error=error_on_tool_error,
            **(kwargs if self._calls_tools else _by_react(kwargs)),
        )
        return answer

    @with_one_span
    async def apredict_and_call(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        error_on_no_tool_call: bool = True,
        error_on_tool_error: bool = False,
        **kwargs: Any,
    ) -> AgentChatResponse:
        """The results of the tools that the model calls; a model that calls none itself is asked by ReAct."""
        answer: AgentChatResponse = await super().apredict_and_call(
            tools,
            user_msg=user_msg,
            chat_history=chat_history,
            verbose=verbose,
            allow_parallel_tool_calls=allow_parallel_tool_calls,
            error_on_no_tool_call=error_on_no_tool_call,
            error_on_tool_error=error_on_tool_error,
            **(kwargs if self._calls_tools else _by_react(kwargs)),
        )
        return answer


def _first_calls_only(chunks: ChatResponseGen) -> Generator[ChatResponse, None, None]:
    with closing(chunks):
        for chunk in chunks:
            yield _tools.first_call_only(chunk)


async def _afirst_calls_only(chunks: ChatResponseAsyncGen) -> AsyncGenerator[ChatResponse, None]:
    async with aclosing(chunks):
        async for chunk in chunks:
            yield _tools.first_call_only(chunk)


def _by_react(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What LlamaIndex's own ReAct step needs to be given (0.14.25 passes None where it wants one of each)."""
    from llama_index.core.agent.react import ReActChatFormatter, ReActOutputParser  # noqa: PLC0415 (seldom needed)

    return {
        "react_chat_formatter": ReActChatFormatter.from_defaults(),
        "output_parser": ReActOutputParser(),
        **{name: value for name, value in kwargs.items() if name not in {"tool_choice", "tool_required"}},
    }
