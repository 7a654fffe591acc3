"""The client and the integrations, each sync and async, behind one shape: a prompt in, what was understood out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, TextBlock, ThinkingBlock, ToolCallBlock

from hatz_client import AsyncClient, Client, Delta, Prompt, Reply, Text, ToolCall, ToolResult, Turn, fold
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM


@dataclass(frozen=True)
class Understood:
    """An answer, in words of no framework."""

    text: str
    calls: tuple[tuple[str, Any], ...] = ()
    """Names and arguments."""
    usage: tuple[int, int] | None = None
    """Tokens of the prompt, tokens of the answer; None when the service did not say."""
    reasoning: str = ""
    finish: str | None = None
    request_id: str | None = None


class Face(Protocol):
    """One way to use this package."""

    async def ask(self, prompt: Prompt) -> Understood: ...

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        """The answer, and how many pieces of text it came in."""
        ...


class OfClient:
    def __init__(self, **connection: Any) -> None:
        self.client = Client(**connection)

    async def ask(self, prompt: Prompt) -> Understood:
        return _of_reply(self.client.ask(prompt))

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        events = list(self.client.stream(prompt))
        return _of_reply(fold(events)), sum(isinstance(event, Delta) for event in events)


class OfAsyncClient:
    def __init__(self, **connection: Any) -> None:
        self.client = AsyncClient(**connection)

    async def ask(self, prompt: Prompt) -> Understood:
        return _of_reply(await self.client.ask(prompt))

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        events = [event async for event in self.client.stream(prompt)]
        return _of_reply(fold(events)), sum(isinstance(event, Delta) for event in events)


def _of_reply(reply: Reply) -> Understood:
    return Understood(
        text=reply.text,
        calls=tuple((call.name, call.arguments) for call in reply.tool_calls),
        usage=(reply.usage.input, reply.usage.output) if reply.usage else None,
        reasoning=reply.reasoning,
        finish=reply.finish.reason if reply.finish else None,
        request_id=reply.request_id,
    )


class OfChatHatz:
    def __init__(self, **connection: Any) -> None:
        self.connection = connection

    def model(self, prompt: Prompt) -> Any:
        settings = {"max_tokens": prompt.max_tokens, "temperature": prompt.temperature}
        model = ChatHatz(model=prompt.model, **settings, **self.connection)
        if not prompt.tools:
            return model
        return model.bind_tools(_functions(prompt.tools), tool_choice=prompt.tool_choice)

    async def ask(self, prompt: Prompt) -> Understood:
        return _of_message(self.model(prompt).invoke(_messages(prompt.turns)))

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        return _of_chunks(list(self.model(prompt).stream(_messages(prompt.turns))))


class OfAsyncChatHatz(OfChatHatz):
    async def ask(self, prompt: Prompt) -> Understood:
        return _of_message(await self.model(prompt).ainvoke(_messages(prompt.turns)))

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        return _of_chunks([chunk async for chunk in self.model(prompt).astream(_messages(prompt.turns))])


def _functions(tools: Iterable[Any]) -> list[dict[str, Any]]:
    fields = ("name", "description", "parameters")
    return [{"type": "function", "function": {name: getattr(tool, name) for name in fields}} for tool in tools]


def _messages(turns: Iterable[Turn]) -> list[BaseMessage]:
    return [message for turn in turns for message in _message(turn)]


def _message(turn: Turn) -> list[BaseMessage]:
    match turn.role:
        case "system":
            return [SystemMessage(_text(turn.parts))]
        case "assistant":
            calls = [part for part in turn.parts if isinstance(part, ToolCall)]
            told = [{"type": "tool_call", "id": call.id, "name": call.name, "args": call.arguments} for call in calls]
            return [AIMessage(_text(turn.parts), tool_calls=told)]
        case "tool":
            results = [part for part in turn.parts if isinstance(part, ToolResult)]
            return [ToolMessage(_text(result.content), tool_call_id=result.call_id) for result in results]
        case _:
            return [HumanMessage(_text(turn.parts))]


def _text(parts: Iterable[Any]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text))


def _of_message(message: AIMessage) -> Understood:
    usage = message.usage_metadata
    return Understood(
        text=str(message.text),
        calls=tuple((call["name"], call["args"]) for call in message.tool_calls),
        usage=(usage["input_tokens"], usage["output_tokens"]) if usage else None,
        reasoning="".join(block.get("reasoning", "") for block in message.content_blocks),
        finish=message.response_metadata.get("finish_reason"),
        request_id=message.response_metadata.get("request_id"),
    )


def _of_chunks(chunks: list[Any]) -> tuple[Understood, int]:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return _of_message(whole), sum(bool(chunk.content_blocks) for chunk in chunks)


class OfHatzLLM:
    def __init__(self, **connection: Any) -> None:
        self.connection = connection

    def asking(self, prompt: Prompt) -> tuple[HatzLLM, dict[str, Any]]:
        settings = {"max_tokens": prompt.max_tokens, "temperature": prompt.temperature}
        llm = HatzLLM(model=prompt.model, **settings, **self.connection)
        tools = {"tools": _functions(prompt.tools), "tool_choice": prompt.tool_choice} if prompt.tools else {}
        return llm, {"messages": [message for turn in prompt.turns for message in _chat_message(turn)], **tools}

    async def ask(self, prompt: Prompt) -> Understood:
        llm, asked = self.asking(prompt)
        return _of_response(llm.chat(**asked))

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        llm, asked = self.asking(prompt)
        return _of_responses(list(llm.stream_chat(**asked)))


class OfAsyncHatzLLM(OfHatzLLM):
    async def ask(self, prompt: Prompt) -> Understood:
        llm, asked = self.asking(prompt)
        return _of_response(await llm.achat(**asked))

    async def stream(self, prompt: Prompt) -> tuple[Understood, int]:
        llm, asked = self.asking(prompt)
        return _of_responses([chunk async for chunk in await llm.astream_chat(**asked)])


def _chat_message(turn: Turn) -> list[ChatMessage]:
    if turn.role == "tool":
        results = [part for part in turn.parts if isinstance(part, ToolResult)]
        return [
            ChatMessage(role="tool", content=_text(one.content), additional_kwargs={"tool_call_id": one.call_id})
            for one in results
        ]
    return [ChatMessage(role=turn.role, blocks=[_block(part) for part in turn.parts])]


def _block(part: Any) -> Any:
    if isinstance(part, ToolCall):
        return ToolCallBlock(tool_call_id=part.id, tool_name=part.name, tool_kwargs=part.arguments)
    return TextBlock(text=part.text)


def _of_response(response: ChatResponse) -> Understood:
    blocks, beside = response.message.blocks, response.additional_kwargs
    return Understood(
        text="".join(block.text for block in blocks if isinstance(block, TextBlock)),
        calls=tuple((block.tool_name, block.tool_kwargs) for block in blocks if isinstance(block, ToolCallBlock)),
        usage=(beside["prompt_tokens"], beside["completion_tokens"]) if "prompt_tokens" in beside else None,
        reasoning="".join(block.content or "" for block in blocks if isinstance(block, ThinkingBlock)),
        finish=beside.get("finish_reason"),
        request_id=beside.get("request_id"),
    )


def _of_responses(chunks: list[ChatResponse]) -> tuple[Understood, int]:
    assert "".join(chunk.delta or "" for chunk in chunks) == (chunks[-1].message.content or "")
    return _of_response(chunks[-1]), sum(
        bool(chunk.delta or chunk.additional_kwargs.get("thinking_delta")) or _calls(chunk) for chunk in chunks
    )


def _calls(chunk: ChatResponse) -> bool:
    return any(isinstance(block, ToolCallBlock) for block in chunk.message.blocks)


FACES: dict[str, type[Any]] = {
    "Client": OfClient,
    "AsyncClient": OfAsyncClient,
    "ChatHatz": OfChatHatz,
    "ChatHatz-async": OfAsyncChatHatz,
    "HatzLLM": OfHatzLLM,
    "HatzLLM-async": OfAsyncHatzLLM,
}
