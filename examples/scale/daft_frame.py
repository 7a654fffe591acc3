"""Daft: `python daft_frame.py tickets.parquet answers/`. Run it again to ask for the rows that have no answer yet."""

import sys
from pathlib import Path

import daft
from ask import Ask, ask_llm
from daft import DataType, Series
from rows import answer_rows, done_ids, write_rows


def run(source: str, target: str, ask: Ask = ask_llm) -> None:
    """Ask for each row of the source that has no answer yet."""
    Path(target).mkdir(exist_ok=True)

    @daft.func.batch(return_dtype=DataType.int64(), batch_size=100, use_process=True)
    def answer(ids: Series, texts: Series) -> Series:
        rows = answer_rows(ids.to_pylist(), texts.to_pylist(), ask)
        return Series.from_pylist([write_rows(rows, target)] * len(rows))

    tickets = daft.read_parquet(source)
    if done := done_ids(target):
        tickets = tickets.join(daft.from_pydict({"id": list(done)}), on="id", how="anti")
    tickets.select(answer(daft.col("id"), daft.col("text"))).collect()


if __name__ == "__main__":
    run(*sys.argv[1:3])
