"""A LangChain chain: a prompt, a model of Hatz, a parser; the answer is streamed."""

import os

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from langchain_hatz import ChatHatz

NOTES = """\
The library moved to Harbor Street in May. It opens at nine on weekdays and at ten on Saturdays; on Sundays it is closed.
A card costs nothing and is valid for three years. Up to twelve books can be borrowed at a time, for four weeks each.
Members can reserve the reading room by telephone, at most two weeks ahead.
"""

prompt = ChatPromptTemplate.from_messages(
    [
        ("system", "Answer in one or two sentences, from this context only.\n\nContext:\n{notes}"),
        ("user", "{question}"),
    ]
)
model = ChatHatz(os.environ.get("HATZ_MODEL", "gpt-5.2"))
chain = prompt | model | StrOutputParser()

for question in ("How many books can be borrowed at a time?", "When does the library open on Saturdays?"):
    print(f"\n> {question}")
    for text in chain.stream({"notes": NOTES, "question": question}):
        print(text, end="", flush=True)
    print()
