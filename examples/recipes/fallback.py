"""Fallback between models: if one vendor's model is overloaded or slow, another one's answers.

Each model is retried first. Errors that another model does not mend, such as a wrong key, are raised at once.
"""

import os

from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from langchain_hatz import ChatHatz, HatzConnectionError, HatzContextOverflowError, HatzRateLimitError, HatzServerError

NAMES = os.environ.get("HATZ_MODELS", "anthropic.claude-sonnet-4-5,gpt-5.2,anthropic.claude-haiku-4-5").split(",")
ANOTHER_MAY_ANSWER = (HatzConnectionError, HatzContextOverflowError, HatzRateLimitError, HatzServerError)


def tell_who(message: AIMessage) -> AIMessage:
    """Print which model answered."""
    print(f"({message.response_metadata['model_name']} answers)")
    return message


first, *others = [ChatHatz(name, max_retries=1, deadline=60) for name in NAMES]
model = first.with_fallbacks(others, exceptions_to_handle=ANOTHER_MAY_ANSWER)
prompt = ChatPromptTemplate.from_messages(
    [
        ("system", "Answer from this context only.\n\nContext:\nBooks can be borrowed for four weeks each."),
        ("user", "{question}"),
    ]
)
chain = prompt | model | RunnableLambda(tell_who) | StrOutputParser()

question = "For how long can books be borrowed?"
print(f"\n> {question}")
print(chain.invoke({"question": question}))
