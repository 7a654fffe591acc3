"""Asking a LangChain chat model in each way."""

from typing import Any

from langchain_core.messages import BaseMessage


async def answer(chat: Any, how: str, messages: Any = "Hi", **kwargs: Any) -> BaseMessage:
    """The whole answer, however it comes."""
    match how:
        case "invoke":
            return chat.invoke(messages, **kwargs)
        case "ainvoke":
            return await chat.ainvoke(messages, **kwargs)
        case "stream":
            chunks = list(chat.stream(messages, **kwargs))
        case _:
            chunks = [chunk async for chunk in chat.astream(messages, **kwargs)]
    return sum(chunks[1:], chunks[0])
