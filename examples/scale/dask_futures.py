"""Dask: `python dask_futures.py tickets.parquet answers/`. Run it again to ask for the rows that have no answer yet."""

import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from ask import Ask, ask_chain
from dask.distributed import Client, as_completed
from rows import answer_rows, done_ids, write_rows


def answer_batch(rows: list[dict[str, Any]], target: str, ask: Ask) -> int:
    """Ask for one batch and write it."""
    return write_rows(answer_rows([row["id"] for row in rows], [row["text"] for row in rows], ask), target)


def run(source: str, target: str, ask: Ask = ask_chain) -> None:
    """Ask for each row of the source that has no answer yet."""
    Path(target).mkdir(exist_ok=True)
    done = done_ids(target)
    rows = [row for row in pq.read_table(source).to_pylist() if row["id"] not in done]
    batches = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    with Client(n_workers=2, threads_per_worker=1) as client:
        for batch in as_completed([client.submit(answer_batch, rows, target, ask, pure=False) for rows in batches]):
            batch.result()  # an error that stops all is raised here


if __name__ == "__main__":
    run(*sys.argv[1:3])
