"""Spark: `python spark.py tickets.parquet answers/`. Run it again to ask for the rows that have no answer yet."""

import os
import sys
from collections.abc import Iterator

import pyarrow as pa
from ask import Ask, ask_chain
from pyspark.sql import SparkSession
from rows import answer_rows, done_ids


def run(source: str, target: str, ask: Ask = ask_chain) -> None:
    """Ask for each row of the source that has no answer yet; each task commits its own file."""

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from answer_rows(batch["id"].to_pylist(), batch["text"].to_pylist(), ask).to_batches()

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers' Python
    spark = (
        SparkSession.builder.master("local[2,4]")  # two workers; a task may fail four times
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 100)
        .config("spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version", 2)  # what a task wrote stays
        .config("spark.ui.enabled", False)
        .getOrCreate()
    )
    tickets = spark.read.parquet(source)
    if done := done_ids(target):
        tickets = tickets.join(spark.createDataFrame([(row,) for row in done], "id long"), "id", "left_anti")
    batches = max(1, tickets.count() // 100)
    answers = tickets.repartition(batches).mapInArrow(
        answer, "id long, answer string, error string, tokens_in long, tokens_out long"
    )
    answers.write.mode("append").parquet(target)


if __name__ == "__main__":
    run(*sys.argv[1:3])
