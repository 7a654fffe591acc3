"""Each further message of a history, and each further part or call of an answer, costs the same from 10 to 4,000."""

import timeit

import pytest

from hatz_client.content import Finish, Reply, Text, ToolCall
from hatz_client.integration.structured.find_json import partial_object
from hatz_client.util.json_text import to_json
from hatz_client.wire.endpoints import codec
from langchain_hatz import ChatHatz
from langchain_hatz._messages.convert import to_ai_message
from langchain_hatz.request import request_for as langchain_request
from llama_index_hatz import HatzLLM
from llama_index_hatz._messages.answers import to_chat_response
from llama_index_hatz.request import request_for as llama_index_request
from tests.harness.counting import per_item
from tests.harness.long_histories import langchain_history, llama_index_history

MODELS = {"responses": "gpt-5.2", "messages": "claude-haiku-4-5"}


HISTORIES = {
    "langchain": (ChatHatz, langchain_request, langchain_history),
    "llama_index": (HatzLLM, llama_index_request, llama_index_history),
}
SIZES = (12, 100, 1000, 4000)


def assert_constant(run):
    few, some, many, most = SIZES
    assert per_item(run, many, most) == pytest.approx(per_item(run, few, some), rel=0.1)


@pytest.mark.parametrize("endpoint", MODELS)
@pytest.mark.parametrize("framework", HISTORIES)
def test_a_message_of_a_history(framework, endpoint):
    """From the framework's messages to the bytes of the request."""
    make, request_for, history = HISTORIES[framework]
    model = make(MODELS[endpoint], api_key="key")
    said = {count: history(count) for count in SIZES}

    def send(count):
        to_json(codec(endpoint).encode(request_for(model, said[count], {}).prompt))

    assert_constant(send)


ANSWERS = {
    "calls": lambda count: tuple(ToolCall(f"call_{at}", "f", {"a": at}) for at in range(count)),
    "texts": lambda count: tuple(Text(f"{at} ") for at in range(count)),
}
CONVERTERS = {"langchain": lambda reply: to_ai_message(reply, model="m"), "llama_index": to_chat_response}


@pytest.mark.parametrize("parts", ANSWERS)
@pytest.mark.parametrize("framework", CONVERTERS)
def test_a_part_of_an_answer(framework, parts):
    replies = {count: Reply(ANSWERS[parts](count), Finish("stop", "stop"), id="i") for count in SIZES}
    assert_constant(lambda count: CONVERTERS[framework](replies[count]))


def test_a_partial_object_without_raw_line_breaks_is_not_escaped():
    """Agents of LlamaIndex ask for the calls of each chunk, so the arguments are read from the beginning for each piece of them."""
    plain = '{"text": "' + "word " * 8000
    broken = plain + "\n"
    assert partial_object(plain)["text"] == partial_object(broken)["text"].rstrip("\n")
    fast, slow = (
        min(timeit.repeat(lambda text=text: partial_object(text), number=3, repeat=5)) for text in (plain, broken)
    )
    assert fast * 4 < slow
