"""The integrations take time in proportion to an answer or a history of any shape."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ThinkingBlock, ToolCallBlock

from hatz_client.content import Citation, Finish, Reasoning, Text, ToolCall
from hatz_client.events import Delta, End, Meta, Start, fold
from langchain_hatz._messages.chunks import Chunks
from langchain_hatz._messages.convert import to_ai_message
from langchain_hatz._messages.convert import to_turns as from_langchain
from langchain_hatz._messages.protocol_events import ProtocolEvents
from llama_index_hatz._messages.answers import to_chat_response
from llama_index_hatz._messages.chunks import Chunks as LlamaIndexChunks
from llama_index_hatz._messages.convert import to_turns as from_llama_index
from llama_index_hatz._tools import FirstCallOnly
from tests.client.growth import assert_linear

CITED = (Citation(url="https://a.example", title="A"),)


def call(at):
    return ToolCall(f"c{at}", "look", "")


def one_after_another(part, text):
    return lambda n: [
        event for at in range(n) for event in (Start(at, part(at)), Delta(at, text), Delta(at, " "), End(at))
    ]


def all_open(part, text, **end):
    return lambda n: [
        *(Start(at, part(at)) for at in range(n)),
        *(Delta(at, text) for at in range(n)),
        *(End(at, **end) for at in reversed(range(n))),
    ]


ANSWERS = {
    "texts": one_after_another(lambda _: Text(""), "x"),
    "thoughts": one_after_another(lambda _: Reasoning(""), "x"),
    "calls": one_after_another(call, '{"a":1}'),
    "one text": lambda n: [Start(0, Text("")), *(Delta(0, "x") for _ in range(n)), End(0)],
    "one call": lambda n: [Start(0, call(0)), *(Delta(0, "[") for _ in range(n)), End(0, invalid=True)],
    "calls that are all open": all_open(call, '{"a":1}'),
    "texts that are all open": all_open(lambda _: Text(""), "x", citations=CITED),
    "thoughts that are all open": all_open(lambda _: Reasoning(""), "x"),
    "all kinds": lambda n: [
        event
        for at in range(n)
        for event in (
            Start(at, (Text(""), Reasoning(""), call(at))[at % 3]),
            Delta(at, ("x", "y", "{}")[at % 3]),
            End(at, CITED if at % 3 == 0 else ()),
        )
    ],
}


class OneCall:
    """LlamaIndex's chunks when only one call is allowed."""

    def __init__(self):
        self._chunks, self._filter = LlamaIndexChunks(), FirstCallOnly()

    def feed(self, event):
        return [self._filter.feed(chunk) for chunk in self._chunks.feed(event)]

    def close(self):
        return [self._filter.feed(chunk) for chunk in self._chunks.close()]


CONVERTERS = {
    "langchain text": lambda: Chunks(model="m"),
    "langchain blocks": lambda: Chunks(model="m", blocks=True),
    "langchain v3": lambda: ProtocolEvents(model="m"),
    "llama_index": LlamaIndexChunks,
    "llama_index, one call": OneCall,
}


@pytest.mark.parametrize("converter", CONVERTERS)
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_stream(converter, answer):
    def run(events):
        converting = CONVERTERS[converter]()
        for event in events:
            for _ in converting.feed(event):
                pass
        for _ in converting.close():
            pass

    assert_linear(
        lambda n: [Meta(endpoint="messages"), *ANSWERS[answer](n), Meta(finish=Finish("stop", "end_turn"))], run
    )


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_whole_answer(answer):
    def reply(n):
        return fold([Meta(endpoint="messages"), *ANSWERS[answer](n)])

    assert_linear(reply, to_chat_response)
    assert_linear(reply, lambda whole: to_ai_message(whole, model="m"))
    assert_linear(reply, lambda whole: to_ai_message(whole, model="m", blocks=True))


def call_of(at, name="look"):
    return {"type": "tool_call", "id": f"c{at}", "name": name, "args": {"a": 1}}


LANGCHAIN = {
    "messages": lambda n: [HumanMessage("x"), AIMessage("y")] * n,
    "calls": lambda n: [AIMessage("", tool_calls=[call_of(at) for at in range(n)]), *(ToolMessage("r", tool_call_id=f"c{at}") for at in range(n))],
    "blocks and calls": lambda n: [
        AIMessage([{"type": "text", "text": "x"}, *(call_of(at) for at in range(n))], tool_calls=[call_of(at) for at in reversed(range(n))])
    ],
    "calls with one id": lambda n: [AIMessage([call_of(0)] * n, tool_calls=[call_of(0)] * n)],
    "calls without ids": lambda n: [AIMessage([{**call_of(0), "id": None}] * n, tool_calls=[{**call_of(0), "id": None}] * n)],
    "blocks": lambda n: [HumanMessage([{"type": "text", "text": "x"}] * n), AIMessage([{"type": "reasoning", "reasoning": "x"}] * n)],
}  # fmt: skip
LLAMA_INDEX = {
    "messages": lambda n: [ChatMessage("x"), ChatMessage("y", role="assistant")] * n,
    "calls": lambda n: [
        ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_call_id=f"c{at}", tool_name="look", tool_kwargs={}) for at in range(n)]),
        *(ChatMessage("r", role="tool", additional_kwargs={"tool_call_id": f"c{at}"}) for at in range(n)),
    ],
    "blocks": lambda n: [ChatMessage(role="assistant", blocks=[block for _ in range(n) for block in (ThinkingBlock(content="x"), TextBlock(text="y"))])],
    "an answer of ours": lambda n: [to_chat_response(fold([Meta(endpoint="messages"), *ANSWERS["all kinds"](n)])).message],
}  # fmt: skip


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
@pytest.mark.parametrize(
    ("convert", "make"),
    [
        *(pytest.param(from_langchain, make, id=f"langchain {name}") for name, make in LANGCHAIN.items()),
        *(pytest.param(from_llama_index, make, id=f"llama_index {name}") for name, make in LLAMA_INDEX.items()),
    ],
)
def test_a_history(convert, make, endpoint):
    assert_linear(make, lambda messages: convert(messages, endpoint))
