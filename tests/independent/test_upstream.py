"""The sandbox in front of servers nobody here wrote: aimock from npm, and llama.cpp with a small real model.

`make independent LLAMA_SERVER=http://127.0.0.1:8101` runs the second half too. What a small model says is often nonsense: only the form
is looked at.
"""

import json
import os

import anthropic
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from hatz_client import Client, HatzError, Prompt, Text, Turn
from hatz_sandbox import Sandbox, Upstream
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.independent.aimock import aimock

LLAMA = os.environ.get("LLAMA_SERVER", "")
MODELS = {"responses": "gpt-5.2", "messages": "anthropic.claude-haiku-4-5"}
everywhere = pytest.mark.parametrize("wire", MODELS)
real = pytest.mark.skipif(not LLAMA, reason="LLAMA_SERVER is not set: the address of a running llama-server")


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"18 degrees and sunny in {city}"


@pytest.fixture(scope="module")
def mocked():
    with aimock() as address, Sandbox(upstream=Upstream(address, model="gpt-4o-mini")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def llama():
    with Sandbox(upstream=LLAMA, quirks=frozenset()) as sandbox:
        yield sandbox


def chat(sandbox, wire, **more):
    return ChatHatz(MODELS[wire], base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0, **more)


@everywhere
def test_aimock_text_and_stream(mocked, wire):
    model = chat(mocked, wire)
    answer = model.invoke("Hello")
    assert answer.text == "Hello from aimock."
    assert answer.response_metadata["model_name"] == MODELS[wire]
    pieces = [piece.text for piece in model.stream("Hello") if piece.text]
    assert ("".join(pieces), len(pieces) > 1) == ("Hello from aimock.", True)


@everywhere
def test_aimock_tools_and_their_results(mocked, wire):
    model = chat(mocked, wire).bind_tools([get_weather])
    whole, streamed = model.invoke("weather in Zurich?"), None
    for piece in model.stream("weather in Zurich?"):
        streamed = piece if streamed is None else streamed + piece
    for answer in (whole, streamed):
        assert [(call["name"], call["args"]) for call in answer.tool_calls] == [("get_weather", {"city": "Zürich"})]
    both = model.invoke("What is it in both cities?")
    assert [call["args"]["city"] for call in both.tool_calls] == ["Paris", "Rome"]
    result = {"role": "tool", "tool_call_id": whole.tool_calls[0]["id"], "content": "18 degrees"}
    assert model.invoke([("user", "weather in Zurich?"), whole, result]).text == "It is 18 degrees and sunny."


@everywhere
def test_aimock_reasoning_comes_before_the_text(mocked, wire):
    client = Client(base_url=mocked.base_url, api_key=mocked.api_key, max_retries=0)
    with client:
        reply = client.ask(Prompt(MODELS[wire], (Turn("user", (Text("Think of six times seven."),)),)))
    assert reply.text == "It is 42."
    assert "Six times seven is forty-two." in repr(reply.parts)


@everywhere
@pytest.mark.parametrize(("words", "said"), [("error 429", "Too many requests"), ("error 503", "Service unavailable"), ("error 404", "no-such-model")])  # fmt: skip
def test_aimock_refusals_are_told_in_its_words(mocked, wire, words, said):
    with pytest.raises(HatzError, match=said):
        chat(mocked, wire).invoke(words)


@everywhere
@pytest.mark.parametrize("words", ["Please be cut off.", "Please hang up."])
def test_aimock_streams_that_break_are_errors(mocked, wire, words):
    got = []
    with pytest.raises(HatzError):
        got.extend(piece.text for piece in chat(mocked, wire).stream(words))
    assert "".join(got).startswith("These words")


@everywhere
def test_aimock_length(mocked, wire):
    assert chat(mocked, wire).invoke("A text that is cut short").text == "This answer ends in the mid"


@real
@everywhere
@pytest.mark.timeout(300)
def test_llama_text_stream_and_usage(llama, wire):
    model = chat(llama, wire, max_tokens=20)
    answer, pieces = model.invoke("Say hello."), list(model.stream("Say hello."))
    assert answer.text
    assert answer.usage_metadata["output_tokens"] <= 20
    assert answer.usage_metadata["input_tokens"] > 0
    assert len([piece for piece in pieces if piece.text]) > 1
    assert "".join(piece.text for piece in pieces)


def shown():
    """A conversation that shows four times how the tool is called: a model of 135 million parameters needs it."""
    for city in ("Oslo", "Rome", "Bern", "Cairo"):
        call = {"name": "get_weather", "args": {"city": city}, "id": f"call_{city}"}
        yield HumanMessage(f"What is the weather in {city}?")
        yield AIMessage("", tool_calls=[call])
        yield ToolMessage("sunny", tool_call_id=call["id"])
        yield AIMessage(f"It is sunny in {city}.")


@real
@everywhere
@pytest.mark.timeout(300)
def test_llama_tools_and_their_results(llama, wire):
    model = chat(llama, wire, max_tokens=100, temperature=0).bind_tools([get_weather])
    asked, streamed = [*shown(), HumanMessage("What is the weather in Paris?")], None
    for piece in model.stream(asked):
        streamed = piece if streamed is None else streamed + piece
    for answer in (model.invoke(asked), streamed):
        (call,) = answer.tool_calls
        assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})
        assert answer.response_metadata["finish_reason"] == "tool_calls"
    assert model.invoke([*asked, answer, ToolMessage("rain", tool_call_id=call["id"])]).text
    llm = HatzLLM(MODELS[wire], base_url=llama.base_url, api_key=llama.api_key, max_tokens=20)
    assert llm.complete("Say hello.").text


@real
@pytest.mark.timeout(300)
def test_llama_through_the_official_sdks(llama):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    with openai.OpenAI(base_url=f"{llama.base_url}/openai", api_key=llama.api_key, max_retries=0) as client:
        told = {"format": {"type": "json_schema", "name": "number", "schema": schema, "strict": True}}
        answer = client.responses.create(model="gpt-5.2", input="Give a number.", text=told, max_output_tokens=60)
        assert isinstance(json.loads(answer.output_text)["n"], int)
    with anthropic.Anthropic(base_url=f"{llama.base_url}/anthropic", api_key=llama.api_key, max_retries=0) as client:
        said = [{"role": "user", "content": "Count: one, two,"}]
        with client.messages.stream(model="claude-haiku-4-5", max_tokens=12, messages=said) as stream:
            assert "".join(stream.text_stream) == stream.get_final_message().content[0].text
        assert stream.get_final_message().usage.output_tokens <= 12
