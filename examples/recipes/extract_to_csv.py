"""Structured extraction to CSV: one row for each letter, several at a time; a letter that fails does not stop the others.

python extract_to_csv.py letter1.txt letter2.txt > orders.csv
"""

import csv
import os
import sys
from pathlib import Path

from pydantic import BaseModel, Field

from langchain_hatz import ChatHatz

LETTERS = {
    "ada.txt": "I am Ada Lovelace and would like 3 copies, sent to ada@example.com by 2027-05-01.",
    "mary.txt": "This is Mary Shelley. I need 12 copies by 2027-06-15; please write to mary@example.com.",
}


class Order(BaseModel):
    """An order found in a letter."""

    name: str = Field(description="Who orders")
    email: str
    copies: int = Field(description="How many copies")
    date: str = Field(description="When they are due, as YYYY-MM-DD")


letters = {path: Path(path).read_text("utf-8") for path in sys.argv[1:]} or LETTERS
extractor = ChatHatz(os.environ.get("HATZ_MODEL", "gpt-5.2")).with_structured_output(Order)
orders = extractor.batch(
    [f"What is ordered in this letter?\n\n{letter}" for letter in letters.values()],
    {"max_concurrency": 4},
    return_exceptions=True,
)

table = csv.DictWriter(sys.stdout, ["file", *Order.model_fields, "error"])
table.writeheader()
for file, order in zip(letters, orders, strict=True):
    # A refusal, an answer without the object, or a request that failed after its retries.
    table.writerow({"file": file, **({"error": order} if isinstance(order, Exception) else order.model_dump())})
