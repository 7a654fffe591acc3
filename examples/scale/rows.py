"""The rows of a job: what was asked before, and the file of a batch with its answers, errors and tokens."""

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from ask import Ask, ask_chain

SCHEMA = pa.schema(
    {"id": pa.int64(), "answer": pa.string(), "error": pa.string(), "tokens_in": pa.int64(), "tokens_out": pa.int64()}
)


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
