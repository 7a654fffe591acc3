"""Recorded objects, asked for the way each framework's users do."""

import pytest
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.cassettes.cases import BIG, MODELS, SERVERS, STRUCTURED
from tests.cassettes.wire import said

WORDS = "Who was Ada Lovelace? She died at the age of 36."


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@pytest.fixture(params=[(server, wire) for server in SERVERS if server in BIG for wire in MODELS], ids="-".join)
def asked(request, deck):
    def meant(face):
        [exchange] = deck.exchanges(server, f"{wire}/{STRUCTURED}-{face}")
        return [Person(**arguments) for _, arguments in said(exchange["response"])["calls"]]

    server, wire = request.param
    return (
        MODELS[wire],
        lambda face: deck.playing(server, f"{wire}/{STRUCTURED}-{face}"),
        meant,
    )


async def test_langchain(asked):
    model, playing, meant = asked
    for way in ("invoke", "ainvoke"):
        with playing("langchain") as connection:
            chat = ChatHatz(model, max_tokens=100, max_retries=0, **connection).with_structured_output(Person)
            found = chat.invoke(WORDS) if way == "invoke" else await chat.ainvoke(WORDS)
        assert meant("langchain") == [found]


async def test_llama_index(asked):
    model, playing, meant = asked
    prompt = PromptTemplate(WORDS)
    for way in ("predict", "apredict"):
        with playing("llamaindex") as connection:
            llm = HatzLLM(model, max_tokens=100, max_retries=0, **connection)
            if way == "predict":
                found = llm.structured_predict(Person, prompt)
            else:
                found = await llm.astructured_predict(Person, prompt)
        assert meant("llamaindex") == [found]
