"""Tool calling for LlamaIndex's agents, programs and selectors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseAsyncGen, ChatResponseGen
from llama_index.core.tools.types import BaseTool

from hatz_client.util.async_generators import closable
from llama_index_hatz import _tools


def chat_with_tools_arguments(
    tools: Sequence[BaseTool],
    user_msg: str | ChatMessage | None = None,
    chat_history: Sequence[ChatMessage] | None = None,
    verbose: bool = False,  # noqa: ARG001 (the order is that of LlamaIndex's `_prepare_chat_with_tools`)
    allow_parallel_tool_calls: bool = False,
    *,
    tool_required: bool = False,
    tool_choice: Any = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """The arguments of a chat in which the model may call these tools."""
    messages = list(chat_history or ())
    if user_msg is not None:
        messages.append(user_msg if isinstance(user_msg, ChatMessage) else ChatMessage(content=user_msg))
    chosen = tool_choice or ("required" if tool_required else None)
    return {
        "messages": messages,
        "tools": [_tools.spec(tool) for tool in tools if not isinstance(tool, _tools.InvalidCallTool)],
        **({"tool_choice": chosen} if chosen else {}),
        **({} if allow_parallel_tool_calls else {"parallel_tool_calls": False}),
        **kwargs,
    }


def first_calls_only(chunks: ChatResponseGen) -> Generator[ChatResponse, None, None]:
    """The chunks of an answer, with only the first call."""
    only = _tools.FirstCallOnly()
    with closing(chunks):
        for chunk in chunks:
            yield only.feed(chunk)


async def afirst_calls_only(chunks: ChatResponseAsyncGen) -> AsyncGenerator[ChatResponse, None]:
    """Async version of `first_calls_only`."""
    only = _tools.FirstCallOnly()
    async with aclosing(closable(chunks)) as inner:
        async for chunk in inner:
            yield only.feed(chunk)


def predict_and_call_arguments(
    args: tuple[Any, ...], kwargs: dict[str, Any], *, calls_tools: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of `predict_and_call`, with tools for invalid calls, or for a model without tool calling."""
    if not calls_tools:
        return args, _react_arguments(kwargs)
    if args:
        return (_tools.with_invalid_calls(args[0]), *args[1:]), kwargs
    return args, {**kwargs, "tools": _tools.with_invalid_calls(kwargs["tools"])}


def _react_arguments(kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments that LlamaIndex's ReAct step needs (0.14.25 passes None, but requires a value for each)."""
    from llama_index.core.agent.react import ReActChatFormatter, ReActOutputParser  # noqa: PLC0415 (seldom needed)

    return {
        "react_chat_formatter": ReActChatFormatter.from_defaults(),
        "output_parser": ReActOutputParser(),
        **{name: value for name, value in kwargs.items() if name not in {"tool_choice", "tool_required"}},
    }
