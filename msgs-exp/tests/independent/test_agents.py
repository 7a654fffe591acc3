"""Agents of both frameworks, live: call a tool, give its result back, answer; and an answer with all its parts as history."""

import json

import pytest
from langchain.agents import create_agent
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage

from hatz_client import Client, Prompt, Text, Turn, fold
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.cassettes.cases import MODELS, asked

everywhere = pytest.mark.parametrize("wire", MODELS)
QUESTION = "What is the weather in Zürich?"
ANSWER = "It is 18 degrees and sunny."


@pytest.fixture
def get_weather():
    def get_weather(city: str) -> str:
        """The weather in a city."""
        get_weather.asked.append(city)
        return "18 degrees, sunny"

    get_weather.asked = []
    return get_weather


@everywhere
@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
async def test_an_agent_of_langchain(connection, wire, get_weather, way):
    agent = create_agent(ChatHatz(MODELS[wire], max_tokens=200, **connection), [get_weather])
    question = {"messages": [("user", QUESTION)]}
    if way == "invoke":
        said = agent.invoke(question)["messages"][-1].text
    elif way == "ainvoke":
        said = (await agent.ainvoke(question))["messages"][-1].text
    else:
        pieces = [
            chunk for chunk, _ in agent.stream(question, stream_mode="messages") if chunk.type == "AIMessageChunk"
        ]
        said = "".join(chunk.text for chunk in pieces)
    assert (said, get_weather.asked) == (ANSWER, ["Zürich"])


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")  # LlamaIndex's own
@everywhere
@pytest.mark.parametrize("streaming", [True, False])
async def test_an_agent_of_llama_index(connection, wire, get_weather, streaming):
    llm = HatzLLM(MODELS[wire], max_tokens=200, **connection)
    agent = FunctionAgent(tools=[get_weather], llm=llm, streaming=streaming)
    assert (str(await agent.run(QUESTION)), get_weather.asked) == (ANSWER, ["Zürich"])


@everywhere
@pytest.mark.parametrize("words", ["Think: what is six times seven?", "Search the web for it.", "Hello!"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_taken_back_as_history(connection, front, wire, words, stream):
    """The same from the client and both integrations."""
    model, settings = MODELS[wire], {**connection, "max_tokens": 200}
    turns = asked(words)

    client = Client(**connection)
    first = Prompt(model, turns, max_tokens=200)
    reply = fold(client.stream(first)) if stream else client.ask(first)
    again = (*turns, Turn("assistant", reply.parts), Turn("user", (Text("Hello!"),)))
    assert client.ask(Prompt(model, again, max_tokens=200)).text == "Hello from aimock."
    bodies = [json.loads(front.requests[-1]["body"])]

    chat = ChatHatz(model, **settings)
    if stream:
        pieces = list(chat.stream(words))
        said = sum(pieces[1:], pieces[0])
    else:
        said = chat.invoke(words)
    assert chat.invoke([("user", words), said, ("user", "Hello!")]).text == "Hello from aimock."
    bodies.append(json.loads(front.requests[-1]["body"]))

    llm = HatzLLM(model, **settings)
    question = ChatMessage(role="user", content=words)
    response = list(llm.stream_chat([question]))[-1] if stream else llm.chat([question])
    follow_up = [question, response.message, ChatMessage(role="user", content="Hello!")]
    assert llm.chat(follow_up).message.content == "Hello from aimock."
    bodies.append(json.loads(front.requests[-1]["body"]))

    sent = [[_shape(item) for item in body.get("input") or body["messages"]] for body in bodies]
    assert sent[0] == sent[1] == sent[2]


def _shape(item):
    """A message without what the server made up for it: ids, and the form of a text that is all there is."""
    match item:
        case {"type": "message", "content": [{"type": "output_text", "text": text}]}:
            return {"type": "message", "role": "assistant", "content": text}
        case dict():
            return {key: _shape(value) for key, value in item.items() if key != "id"}
        case list():
            return [_shape(one) for one in item]
        case _:
            return item
