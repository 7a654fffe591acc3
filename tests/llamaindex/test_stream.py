"""Chunks, event by event: each says what folding the events so far says."""

import math
import random
import sys

import pytest
from llama_index.core.base.llms.types import ChatMessage

from hatz_client.content import Citation, Finish, Opaque, Reasoning, Refusal, Text, ToolCall, Usage
from hatz_client.events import Delta, End, Fold, Meta, Start
from llama_index_hatz._messages.answers import to_chat_message, to_chat_response
from llama_index_hatz._messages.chunks import Chunks

BEGINNINGS = [
    Text(""),
    Text("Begun "),
    Reasoning("", {"messages": {"signature": "S"}}),
    Refusal(""),
    ToolCall("id", "Box[int]", ""),
    Opaque("messages", {"type": "server_tool_use"}),
]


def writings(seed):
    """The events of some answer: parts of every kind, one after the other or side by side."""
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    queues = []
    for index in range(chance.randint(1, 6)):
        part = chance.choice(BEGINNINGS)
        pieces = ['{"value"', ": 1", "}"] if isinstance(part, ToolCall) else ["one ", "two", "\n", " three"]
        deltas = [] if isinstance(part, Opaque) else [Delta(index, piece) for piece in pieces[: chance.randint(0, 4)]]
        sources = (Citation(title="A"),) if isinstance(part, Text) and chance.random() < 0.3 else ()
        block = Opaque("messages", {"type": "server_tool_use", "input": {}}) if isinstance(part, Opaque) else None
        queues.append([Start(index, part), *deltas, End(index, sources, block=block)])
    if chance.random() < 0.6:
        yield from (event for queue in queues for event in queue)
    else:
        started = [queue.pop(0) for queue in queues]
        yield from started
        while queues := [queue for queue in queues if queue]:
            yield chance.choice(queues).pop(0)
    yield Meta(finish=Finish("stop", "end_turn"), usage=Usage(1, 2, 3))


@pytest.mark.parametrize("seed", range(150))
def test_chunks_are_the_answer_so_far(seed):
    chunks, fold = Chunks(), Fold()
    kept = []
    for event in writings(seed):
        fold.add(event)
        for chunk in chunks.feed(event):
            assert chunk.message.blocks == to_chat_message(fold.reply, complete=False).blocks
            assert chunk.message == ChatMessage(**dict(chunk.message))  # as LlamaIndex would make it
            kept.append((chunk, chunk.model_copy(deep=True)))
    assert all(chunk == copy for chunk, copy in kept)
    (last,) = chunks.close()
    whole = to_chat_response(fold.reply)
    assert (last.message, last.raw, last.additional_kwargs) == (whole.message, whole.raw, whole.additional_kwargs)


@pytest.mark.parametrize("seed", range(150))
def test_parts_one_after_the_other_add_up(seed):
    events = sorted(writings(seed), key=lambda event: getattr(event, "index", 99))
    chunks = Chunks()
    given = [chunk for event in events for chunk in chunks.feed(event)]
    (last,) = chunks.close()
    assert "".join(chunk.delta for chunk in given) + last.delta == (last.message.content or "")
    thoughts = "".join(chunk.additional_kwargs.get("thinking_delta", "") for chunk in given)
    assert thoughts == "".join(block.content or "" for block in last.message.blocks if block.block_type == "thinking")


def test_a_line_break_between_two_blocks_is_new_text_too():
    chunks = Chunks()
    events = [
        Start(0, Text("")),
        Delta(0, "one"),
        End(0),
        Start(1, ToolCall("id", "add", "")),
        End(1),
        Start(2, Text("")),
        Delta(2, "two"),
    ]
    given = [chunk for event in events for chunk in chunks.feed(event)]
    assert [chunk.delta for chunk in given] == ["one", "", "\ntwo"]
    assert given[-1].message.content == "one\ntwo"


def test_calls_in_a_stream_are_where_llamaindexs_programs_look():
    chunks = Chunks()
    list(chunks.feed(Start(0, ToolCall("id", "Box[int]", ""))))
    (chunk,) = chunks.feed(Delta(0, '{"value"'))
    assert chunk.message.additional_kwargs["tool_calls"] == [
        {"id": "id", "type": "function", "function": {"name": "Box[int]", "arguments": '{"value"'}}
    ]
    assert "tool_calls" not in next(chunks.close()).message.additional_kwargs


def many_calls(count):
    for index in range(count):
        yield from (Start(index, ToolCall(f"id{index}", "add", "")), Delta(index, '{"a": 1}'), End(index))


def many_texts(count):
    source = Citation(title="A")
    for index in range(count):
        yield from (Start(index, Text("")), Delta(index, "x"), End(index, (source,)))


def many_thoughts(count):
    for index in range(0, count, 2):
        yield from (
            Start(index, Reasoning("")),
            Delta(index, "x"),
            End(index, residue={"messages": {"signature": "S"}}),
        )
        yield from (Start(index + 1, Text("")), Delta(index + 1, "x"), End(index + 1))


def interleaved_calls(count):
    yield from (Start(index, ToolCall(f"id{index}", "add", "")) for index in range(count))
    yield from (Delta(index, '{"a": 1}') for index in range(count))
    yield from (End(index) for index in range(count))


@pytest.mark.parametrize("events", [many_calls, many_texts, many_thoughts, interleaved_calls])
def test_many_blocks_cost_each_event_no_more_than_few(events):
    """Counted, not timed: the Python and C functions called grow with the events, not with their square."""

    def calls(count):
        written = list(events(count))
        total = 0

        def one(*_):
            nonlocal total
            total += 1

        chunks = Chunks()
        sys.setprofile(one)
        try:
            for event in written:
                list(chunks.feed(event))
            list(chunks.close())
        finally:
            sys.setprofile(None)
        return total

    few, many = calls(50), calls(800)
    assert math.log(many / few, 16) < 1.1


def test_chunks_of_an_invalid_call_keep_its_arguments_as_text():
    chunks = Chunks()
    events = [Start(0, ToolCall("id", "add", "")), Delta(0, '{"a": 1}'), End(0, invalid=True)]
    given = [chunk for event in [*events, Meta(finish=Finish("length", "max_tokens"))] for chunk in chunks.feed(event)]
    (last,) = chunks.close()
    assert given[-1].message.blocks[0].tool_kwargs == last.message.blocks[0].tool_kwargs == '{"a": 1}'
    assert last.additional_kwargs["finish_reason"] == "length"
    assert last.raw["stop_reason"] == "max_tokens"
