"""Responses streams with one event lost, moved, doubled or changed: for the tests that no call is run that the model did not write."""

TERMINAL = ("response.completed", "response.incomplete")
ARGUMENTS = ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")


def _is_closing(event):
    return event["type"].endswith(".done") and event["type"] != "response.done"


def _before_terminal(events):
    return next((at for at, event in enumerate(events) if event["type"] in TERMINAL), len(events))


def _without(events, at):
    return [*events[:at], *events[at + 1 :]]


def _moved(events, at, to):
    """The event at one position moved to another one of the stream without it."""
    rest = _without(events, at)
    return [*rest[:to], events[at], *rest[to:]]


def _places(events):
    """All that items are told apart by: pairs of id and place, also of one that there is not."""
    known = {
        (event["item_id"], event["output_index"]) for event in events if {"item_id", "output_index"} <= event.keys()
    }
    return [*sorted(known, key=str), ("nobody", 99)]


def argument_mutations(events):
    """Pairs of a name and a stream in which one event of arguments is lost, moved, doubled or put under another index."""
    end = _before_terminal(events)
    for at, event in enumerate(events):
        if event["type"] not in ARGUMENTS:
            continue
        yield f"{at} lost", _without(events, at)
        yield f"{at} doubled", [*events[: at + 1], *events[at:]]
        for to in {1, max(1, at - 1), at + 1, at + 3, (at + end) // 2, end - 1} - {at}:
            if 0 < to < end:
                yield f"{at} moved to {to}", _moved(events, at, to)
        for item_id, place in _places(events):
            yield (
                f"{at} as {item_id}, {place}",
                [*events[:at], {**event, "item_id": item_id, "output_index": place}, *events[at + 1 :]],
            )
            yield (
                f"{at} at {place}",
                [*events[:at], {**event, "item_id": "other", "output_index": place}, *events[at + 1 :]],
            )
        yield f"{at} of nobody", [*events[:at], {key: event[key] for key in ("type", "delta")}, *events[at + 1 :]]


def closing_mutations(events):
    """Pairs of a name and a stream that means the same: one closing event comes early, late, twice, empty or fuller than the deltas."""
    end = _before_terminal(events)
    for at, event in enumerate(events):
        if not _is_closing(event):
            continue
        yield f"{at} doubled", [*events[: at + 1], *events[at:]]
        yield f"{at} doubled at the end", [*events[:end], event, *events[end:]]
        yield f"{at} late", _moved(events, at, end - 1)
        first = _first_of(events, event)
        if first is not None and first + 1 < at:
            yield f"{at} early", _moved(events, at, first + 1)
    for at, event in enumerate(events):  # what is lost at the end of a text is in its closing events
        if event["type"].endswith(".delta") and not _has_delta_after(events, at):
            yield f"{at} lost", _without(events, at)


def _first_of(events, closing):
    """The first delta of the text, or of the item, that this event closes."""
    same = [key for key in ("output_index", "content_index", "summary_index") if key in closing]
    return next(
        (
            at
            for at, event in enumerate(events)
            if event["type"].endswith(".delta") and all(event.get(key) == closing[key] for key in same)
        ),
        None,
    )


def _has_delta_after(events, at):
    same = ("type", "item_id", "output_index", "content_index", "summary_index")
    return any(all(other.get(key) == events[at].get(key) for key in same) for other in events[at + 1 :])


def announcement_mutations(events):
    """Pairs of a name and a stream that means the same: one item is announced twice, late or not at all."""
    for at, event in enumerate(events):
        if event["type"] == "response.output_item.added":
            yield f"{at} twice", [*events[: at + 1], *events[at:]]
            yield f"{at} not announced", _without(events, at)
            if at + 2 < len(events) and events[at + 1]["type"].endswith(".delta"):
                yield f"{at} late", _moved(events, at, at + 1)


# The names of items: places that are wrong, and ids that are missing, the same or always new

ITEM_EVENTS = ("response.output_item.added", "response.output_item.done")


def place_mutations(events):
    """Pairs of a name and a stream that means the same: the places (`output_index`) of one item, or of all, are wrong or missing."""
    count = 1 + max(event.get("output_index", 0) for event in events)
    for number in range(count):
        for place in {*range(count + 1), 7, None}:
            for name, types in (
                ("begin", ITEM_EVENTS[:1]),
                ("end", ITEM_EVENTS[1:]),
                ("both", ITEM_EVENTS),
                ("all", None),
            ):
                yield f"{number} {name} at {place}", [_placed(event, number, place, types) for event in events]
    for name, change in (
        ("from 1", lambda place: place + 1),
        ("all 0", lambda _: 0),
        ("reversed", lambda place: count - 1 - place),
    ):
        yield name, [_with_place(event, change) for event in events]
    yield "no places", [{key: value for key, value in event.items() if key != "output_index"} for event in events]


def _placed(event, number, place, types):
    is_meant = event.get("output_index") == number and (types is None or event["type"] in types)
    return {**event, "output_index": place} if is_meant else event


def _with_place(event, change):
    return {**event, "output_index": change(event["output_index"])} if "output_index" in event else event


def identities(events):
    """Pairs of a name and the stream with other ids of its items, with and without the final object's output."""
    names = {
        "their ids": events,
        "no ids": [_with_id(event, None) for event in events],
        "one id": [_with_id(event, "same") for event in events],
        "new ids": [_with_id(event, f"id_{number}") for number, event in enumerate(events)],
    }
    for name, named in names.items():
        yield name, named
        yield (
            f"{name}, no final output",
            [*named[:-1], {**named[-1], "response": {**named[-1]["response"], "output": []}}],
        )


def _with_id(event, item_id):
    known = {key: event[key] for key in ("item", "item_id") if key in event}
    if "item" in known:
        known["item"] = {key: value for key, value in known["item"].items() if key != "id"}
        known["item"].update({"id": item_id} if item_id else {})
    if "item_id" in known:
        known["item_id"] = item_id
    return {**event, **known}
