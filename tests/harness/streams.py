"""Answers as a service writes them: the client's events, for the tests of what is made of a stream."""

import json
from typing import Any

from hypothesis import strategies as st

from hatz_client.content import Finish, Opaque, Reasoning, Reply, Text, ToolCall, Usage
from hatz_client.events import Delta, End, Event, Meta, Start, fold

DIALECT = "messages"


def stream(*parts: list[Event], **meta: Any) -> list[Event]:
    head = Meta(request_id="req_1", id="msg_1", model="answered", endpoint=meta.pop("endpoint", DIALECT))
    end = Meta(**{"finish": Finish("stop", "end_turn"), "usage": Usage(10, 5, 15, cache_read=4), **meta})
    return [head, *(event for part in parts for event in part), end]


def text(index: int, *pieces: str, **end: Any) -> list[Event]:
    return [Start(index, Text("")), *(Delta(index, piece) for piece in pieces), End(index, **end)]


def call(index: int, *pieces: str, name: str = "look", **end: Any) -> list[Event]:
    return [
        Start(index, ToolCall(f"call_{index}", name, "")),
        *(Delta(index, piece) for piece in pieces),
        End(index, **end),
    ]


def thought(index: int, *pieces: str, signature: str = "") -> list[Event]:
    residue = {DIALECT: {"signature": signature}} if signature else {}
    return [Start(index, Reasoning("")), *(Delta(index, piece) for piece in pieces), End(index, residue=residue)]


words = st.text(alphabet="abc ä🙂\n", max_size=6)
objects = st.dictionaries(st.sampled_from("abc"), st.one_of(st.integers(), st.none(), words), max_size=3)


@st.composite
def replies(draw: Any, *, mixed: bool) -> tuple[Reply, list[Event]]:
    """An answer, and events that write it: pieces of any size, its parts one after the other or (mixed) at the same time."""
    lanes: list[list[Event]] = []
    for index, kind in enumerate(draw(st.lists(st.sampled_from(["text", "call", "thought", "opaque"]), max_size=5))):
        if kind == "opaque":
            part = Opaque(DIALECT, {"type": "odd", "value": draw(words)})
            lanes.append([Start(index, part), End(index)])
            continue
        whole = json.dumps(draw(objects), ensure_ascii=False) if kind == "call" else draw(words) + "."
        cuts = sorted(draw(st.sets(st.integers(0, len(whole)), max_size=4)))
        pieces = [whole[one:two] for one, two in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
        make: Any = {"text": text, "call": call, "thought": thought}[kind]
        lanes.append(make(index, *pieces, **({"signature": draw(words)} if kind == "thought" else {})))
    if not mixed:
        events = [event for lane in lanes for event in lane]
    else:  # each part begins in order; what follows is mixed
        events = []
        rest = [lane[:] for lane in lanes]
        started = 0
        while any(rest):
            at = draw(st.integers(0, min(started, len(rest) - 1)))
            if rest[at]:
                events.append(rest[at].pop(0))
            started = max(started, at + 1)
    all_events = stream(events)
    return fold(all_events), all_events
