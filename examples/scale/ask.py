"""What a worker of each engine asks for a batch of texts.

The key, the address and the limit come from the environment of the worker: HATZ_API_KEY, HATZ_BASE_URL, HATZ_LIMIT.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from pydantic import BaseModel

Ask: TypeAlias = Callable[[list[str]], list[Any]]
"""A batch of texts in, for each an answer or an exception out."""


class Ticket(BaseModel):
    """What a ticket is about."""

    number: int
    topic: str


def ask_chain(texts: list[str]) -> list[Any]:
    """LangChain: any Runnable has `abatch`; this one is a chain with structured output."""
    from langchain_core.prompts import ChatPromptTemplate  # noqa: PLC0415 (a worker imports only what it uses)

    from langchain_hatz import ChatHatz  # noqa: PLC0415

    model = ChatHatz("gpt-5.2", patience=120)
    chain = ChatPromptTemplate.from_template("Sort this ticket.\n\n{text}") | model.with_structured_output(
        Ticket, include_raw=True
    )
    return asyncio.run(chain.abatch([{"text": text} for text in texts], return_exceptions=True))


def ask_llm(texts: list[str]) -> list[Any]:
    """LlamaIndex: `HatzLLM`."""
    from llama_index_hatz import HatzLLM  # noqa: PLC0415

    llm = HatzLLM("gpt-5.2", patience=120)

    async def ask_all() -> list[Any]:
        return await asyncio.gather(*(llm.acomplete(text) for text in texts), return_exceptions=True)

    return asyncio.run(ask_all())
