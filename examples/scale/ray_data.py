"""Ray Data: `python ray_data.py tickets.parquet answers/`. Run it again to ask for the rows that have no answer yet."""

import sys

import pyarrow as pa
import ray
from ask import Ask, ask_chain
from rows import answer_rows, done_ids


def run(source: str, target: str, ask: Ask = ask_chain) -> None:
    """Ask for each row of the source that has no answer yet; each batch becomes a file in the target."""
    done = ray.put(done_ids(target))

    def answer(batch: pa.Table) -> pa.Table:
        rows = [row for row in batch.to_pylist() if row["id"] not in ray.get(done)]
        return answer_rows([row["id"] for row in rows], [row["text"] for row in rows], ask)

    tickets = ray.data.read_parquet(source).repartition(target_num_rows_per_block=100)
    answers = tickets.map_batches(answer, batch_format="pyarrow", batch_size=100)
    answers.write_parquet(target, mode="append")


if __name__ == "__main__":
    run(*sys.argv[1:3])
