"""What each engine calls for a batch of rows: texts in; answers, errors and tokens out.

The key, the address and the limit come from the environment of the worker: HATZ_API_KEY, HATZ_BASE_URL, HATZ_LIMIT.
"""

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pydantic import BaseModel

Ask: TypeAlias = Callable[[list[str]], list[Any]]
"""A batch of texts in, for each an answer or an exception out."""

SCHEMA = pa.schema(
    {"id": pa.int64(), "answer": pa.string(), "error": pa.string(), "tokens_in": pa.int64(), "tokens_out": pa.int64()}
)


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


def answer_rows(ids: list[int], texts: list[str], ask: Ask = ask_chain) -> pa.Table:
    """The rows of the result: a row that failed has an error and no answer. Used-up credits and a wrong key end the job."""
    answers = ask(texts)
    if stop := next((answer for answer in answers if getattr(answer, "stops_all", False)), None):
        raise stop
    columns = [_columns(answer) for answer in answers]
    return pa.table({"id": ids, **{name: [row[name] for row in columns] for name in SCHEMA.names[1:]}}, schema=SCHEMA)


def write_rows(rows: pa.Table, folder: str) -> int:
    """Write a batch to a file of its own at once, so that a worker that dies later loses nothing that was paid for."""
    unfinished = Path(folder, f".{uuid.uuid4()}")
    pq.write_table(rows, unfinished)
    unfinished.rename(Path(folder, f"{uuid.uuid4()}.parquet"))
    return len(rows)


def _columns(answer: Any) -> dict[str, Any]:
    if isinstance(answer, Exception):
        return {"answer": None, "error": f"{type(answer).__name__}: {answer}", "tokens_in": None, "tokens_out": None}
    if isinstance(answer, dict):  # of the chain
        usage = answer["raw"].usage_metadata or {}
        parsed, error = answer["parsed"], answer["parsing_error"]
        tokens = (usage.get("input_tokens"), usage.get("output_tokens"))
        text = parsed.model_dump_json() if parsed else None
    else:  # of the LLM
        used = answer.additional_kwargs
        text, error, tokens = answer.text, None, (used.get("prompt_tokens"), used.get("completion_tokens"))
    return {"answer": text, "error": str(error) if error else None, "tokens_in": tokens[0], "tokens_out": tokens[1]}


def done_ids(folder: str) -> set[int]:
    """The ids that have an answer: a run that was interrupted, or had errors, asks only for the others."""
    if not any(Path(folder).glob("*.parquet")):
        return set()
    rows = ds.dataset(folder, schema=SCHEMA, exclude_invalid_files=True).to_table(["id", "answer"])
    return {row for row, answer in zip(rows["id"].to_pylist(), rows["answer"].to_pylist(), strict=True) if answer}
