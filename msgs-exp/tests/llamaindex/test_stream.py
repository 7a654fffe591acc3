"""Chunks, event by event: each says what folding the events so far says."""

import random

import pytest

from hatz_client.content import Citation, Finish, Opaque, Reasoning, Refusal, Text, ToolCall, Usage
from hatz_client.events import Delta, End, Fold, Meta, Start
from llama_index_hatz._messages.chunks import Chunks
from llama_index_hatz._messages.convert import message, response
from llama_index_hatz._tools import Names

NAMES = Names(["Box[int]"])
BEGINNINGS = [
    Text(""),
    Text("Begun "),
    Reasoning("", {"messages": {"signature": "S"}}),
    Refusal(""),
    ToolCall("id", "Box_int_", ""),
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
    chunks, fold = Chunks(NAMES), Fold()
    kept = []
    for event in writings(seed):
        fold.add(event)
        chunk = chunks.add(event)
        if chunk is None:
            continue
        assert chunk.message.blocks == message(fold.reply, NAMES, complete=False).blocks
        kept.append((chunk, chunk.model_copy(deep=True)))
    assert all(chunk == copy for chunk, copy in kept)
    last = chunks.last()
    whole = response(fold.reply, NAMES)
    assert (last.message, last.raw, last.additional_kwargs) == (whole.message, whole.raw, whole.additional_kwargs)


@pytest.mark.parametrize("seed", range(150))
def test_parts_one_after_the_other_add_up(seed):
    events = sorted(writings(seed), key=lambda event: getattr(event, "index", 99))
    chunks = Chunks(NAMES)
    given = [chunk for event in events if (chunk := chunks.add(event))]
    last = chunks.last()
    assert "".join(chunk.delta for chunk in given) + last.delta == (last.message.content or "")
    thoughts = "".join(chunk.additional_kwargs.get("thinking_delta", "") for chunk in given)
    assert thoughts == "".join(block.content or "" for block in last.message.blocks if block.block_type == "thinking")


def test_a_line_break_between_two_blocks_is_new_text_too():
    chunks = Chunks(NAMES)
    events = [
        Start(0, Text("")),
        Delta(0, "one"),
        End(0),
        Start(1, ToolCall("id", "add", "")),
        End(1),
        Start(2, Text("")),
        Delta(2, "two"),
    ]
    given = [chunk for event in events if (chunk := chunks.add(event))]
    assert [chunk.delta for chunk in given] == ["one", "", "\ntwo"]
    assert given[-1].message.content == "one\ntwo"


def test_calls_in_a_stream_are_where_llamaindexs_programs_look():
    chunks = Chunks(NAMES)
    chunks.add(Start(0, ToolCall("id", "Box_int_", "")))
    chunk = chunks.add(Delta(0, '{"value"'))
    assert chunk.message.additional_kwargs["tool_calls"] == [
        {"id": "id", "type": "function", "function": {"name": "Box[int]", "arguments": '{"value"'}}
    ]
    assert "tool_calls" not in chunks.last().message.additional_kwargs
