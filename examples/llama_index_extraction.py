"""Structured extraction with LlamaIndex: objects from text, one of them streamed as partial objects."""

import os

from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel, Field

from llama_index_hatz import HatzLLM


class Order(BaseModel):
    """What somebody orders."""

    name: str = Field(description="Who orders")
    email: str = Field(description="Where to answer")
    copies: int = Field(description="How many copies")
    date: str = Field(description="When they are needed, as YYYY-MM-DD")


LETTERS = (
    "Hello, this is Ada Lovelace (ada@example.com). Please send 3 copies, I need them on 2027-05-01.",
    "This is Mary Shelley. I would like 12 copies by 2027-06-15, please write to mary@example.com.",
)
PROMPT = PromptTemplate("What is ordered in this letter?\n\n{letter}")

llm = HatzLLM(os.environ.get("HATZ_MODEL", "gpt-5.2"))

for letter in LETTERS:
    print(f"\n> {letter}")
    print(repr(llm.structured_predict(Order, PROMPT, letter=letter)))

print("\nWhile it is being written:")
for draft in llm.stream_structured_predict(Order, PROMPT, letter=LETTERS[0]):
    print(f"  {draft.model_dump(exclude_none=True)}")
