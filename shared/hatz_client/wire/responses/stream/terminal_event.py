"""Responses streams: the terminal event. The final object fills gaps, all items end, and the metadata of the answer follow."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from hatz_client.errors import HatzResponseError
from hatz_client.events import Event, Meta
from hatz_client.wire.common.answers.values import string
from hatz_client.wire.responses.decode import (
    facts_of,
    final_body,
    finish_of,
    has_output,
    is_incomplete,
    output_items,
    raise_failure,
    usage_of,
)
from hatz_client.wire.responses.items import is_incomplete_item, written_text
from hatz_client.wire.responses.stream.calls import Call
from hatz_client.wire.responses.stream.items import Item
from hatz_client.wire.responses.stream.message import Message
from hatz_client.wire.responses.stream.registry import ItemRegistry


def last_events(registry: ItemRegistry, data: Mapping[str, Any]) -> Iterator[Event]:
    """The events of a terminal event. Its response can be missing, or have no output or usage (the gateway's often has neither).

    Raises:
        HatzStatusError: the response failed.
        HatzResponseError: there is no answer.
    """
    body = final_body(data)
    raise_failure({"object": "response", **body})
    if not registry.items and not has_output({"output": [], **body}) and body.get("output", []) is not None:
        raise HatzResponseError(f"The Responses endpoint answered with something else: {body!r:.200}", body=body)
    yield from _fill_gaps(registry, body)
    items = yield from _without_strays(registry)
    finish = finish_of(
        body,
        calls=any(isinstance(item, Call) for item in items),
        cut_item=any(is_incomplete_item(item.fields) for item in items),
    )
    for item in items:
        yield from item.close(cut_off=is_incomplete(body))
    usage = usage_of(
        body.get("usage"),
        answered=any(item.is_started for item in items),
        written=any(item.has_text or isinstance(item, Call) for item in items),
    )
    yield Meta(**facts_of(body, finish, usage))


def _fill_gaps(registry: ItemRegistry, body: Mapping[str, Any]) -> Iterator[Event]:
    """What the items of the final object add to the streamed ones."""
    if not body.get("output") and sum(item.kind == "message" for item in registry.items) > 1:
        return  # its `output_text` joins the text of all messages
    final = output_items(body)
    found = _match_items(registry, final)
    joined = _JoinedText(registry, final) if None in found else None
    for place, (fields, streamed) in enumerate(zip(final, found, strict=True)):
        item = streamed
        if joined and joined.holds(item, fields):
            continue
        if item is None:
            item = yield from registry.add(
                fields, place if registry.indices.was_skipped(place) else None, is_whole=True
            )
            yield from item.begin()
        yield from item.complete(fields)


def _without_strays(registry: ItemRegistry) -> Generator[Event, None, list[Item]]:
    """The items. Arguments under an unknown id go to the only call that has none; if there are several, these calls are invalid.

    First those are left out that repeat a call whose deltas never came, only its whole arguments.
    """
    calls = [item for item in registry.items if isinstance(item, Call)]
    only_whole = {call.text: call for call in calls if call.has_name and call.repeats_whole}
    repeated = {call for call in calls if not call.has_name and only_whole.pop(call.text, None) is not None}
    strays = [call for call in calls if not call.has_name and call not in repeated]
    items = [item for item in registry.items if item not in repeated]
    if not strays and not registry.arguments_lost:
        return items
    incomplete = [call for call in calls if call.has_name and not call.is_complete]
    if strays and len(incomplete) == 1 and not incomplete[0].had_none:
        for stray in strays:
            yield from incomplete[0].write_delta("", None, stray.text)
    else:
        for call in incomplete:
            call.arguments_lost = True
        if len(strays) != 1 or not any(strays[0].text in call.text for call in calls if call is not strays[0]):
            return items  # they become calls without a name, which are invalid
    dropped = set(strays)
    return [item for item in items if item not in dropped]


class _JoinedText:
    """Finds messages of the final object that were streamed as one message: their text must not be written again."""

    def __init__(self, registry: ItemRegistry, final: list[Mapping[str, Any]]) -> None:
        self._text, self._position = "", 0
        streamed = "".join(item.text for item in registry.items if isinstance(item, Message))
        self._all_streamed = streamed == "".join(
            written_text(fields) for fields in final if fields.get("type") == "message"
        )

    def holds(self, item: Item | None, fields: Mapping[str, Any]) -> bool:
        """Whether no streamed item is this message, because its text was streamed as the rest of the message before it."""
        if fields.get("type") != "message":
            return False
        text = written_text(fields)
        if isinstance(item, Message):
            self._text, self._position = item.text, 0
        if item is None and text and self._all_streamed:
            return True
        if not text or not self._text.startswith(text, self._position):
            self._text, self._position = "", 0
            return False
        self._position += len(text)
        return item is None


def _match_items(registry: ItemRegistry, final: list[Mapping[str, Any]]) -> list[Item | None]:
    """The streamed item for each one of the final object: by text, then id, then call id, then place, then kind."""
    left = set(registry.items)
    by_text: defaultdict[str, deque[Item]] = defaultdict(deque)
    by_call_id: defaultdict[Any, deque[Item]] = defaultdict(deque)
    by_kind: defaultdict[Any, deque[Item]] = defaultdict(deque)
    for item in registry.items:
        if isinstance(item, Message):
            by_text[item.text].append(item)
        by_call_id[string(item.get("call_id"))].append(item)
        by_kind[item.kind].append(item)

    def first_of(items: deque[Item]) -> Item | None:
        while items and items[0] not in left:
            items.popleft()
        return items[0] if items else None

    finders: tuple[Callable[[Mapping[str, Any], int], Item | None], ...] = (
        lambda fields, _: (
            first_of(by_text[text]) if len(by_kind["message"]) > 1 and (text := written_text(fields)) else None
        ),
        lambda fields, _: registry.by_id.get(string(fields.get("id")) or ""),
        lambda fields, _: first_of(by_call_id[call_id]) if (call_id := string(fields.get("call_id"))) else None,
        lambda _, place: registry.by_place.get(place),
        lambda fields, _: first_of(by_kind[string(fields.get("type"))]),
    )
    result: list[Item | None] = [None] * len(final)
    for find in finders:
        for place, fields in enumerate(final):
            found = find(fields, place) if result[place] is None else None
            if found is not None and found in left and found.kind == string(fields.get("type")):
                result[place] = found
                left.remove(found)
    return result
