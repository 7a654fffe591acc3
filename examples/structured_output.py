"""Structured output with both frameworks: the same class, any model."""

import os

from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel, Field

from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

LETTER = "I am Ada Lovelace and would like 3 copies of the table, sent to ada@example.com by 2027-05-01."


class Order(BaseModel):
    """An order found in a letter."""

    name: str = Field(description="Who orders")
    email: str
    copies: int = Field(description="How many copies")
    date: str = Field(description="When they are due, as YYYY-MM-DD")


task = "Take the order from this letter:\n\n{letter}"
print(f"\n> {task.format(letter=LETTER)}\n")

model = ChatHatz(os.environ.get("HATZ_MODEL", "anthropic.claude-sonnet-4-5"))
order = model.with_structured_output(Order).invoke(task.format(letter=LETTER))
print(f"LangChain:  {order!r}")

llm = HatzLLM(os.environ.get("HATZ_MODEL", "gpt-5.2"))
order = llm.structured_predict(Order, PromptTemplate(task), letter=LETTER)
print(f"LlamaIndex: {order!r}")
