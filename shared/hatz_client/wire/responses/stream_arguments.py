"""Responses streams: which call the arguments belong to when an event names another one, or none.

A call is what the model wrote, or it is invalid: arguments under a wrong index are given to the call that they must belong
to. Where that cannot be told, the calls that they may belong to are invalid.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Literal

from hatz_client.events import Event
from hatz_client.wire.responses.stream_calls import Call
from hatz_client.wire.responses.stream_items import Item, State
from hatz_client.wire.responses.stream_registry import ItemRegistry


def target_of_arguments(
    registry: ItemRegistry, found: Item | None, data: Mapping[str, Any], whole: str | None
) -> Call | Literal["new"] | None:
    """The call that arguments belong to.

    Args:
        registry: The items of the stream.
        found: The item that the event names, if it is known.
        data: The event.
        whole: All arguments, if the event brings them and not a piece.

    Returns:
        The call; "new" for one that was not announced; None when they can be nobody's.
    """
    if isinstance(found, Call) and (whole is not None or found.state is State.OPEN):
        return found
    open_calls = registry.open_calls()
    only = open_calls[0] if len(open_calls) == 1 else None
    if isinstance(found, Call):
        return _instead_of_done(registry, found, only)
    is_named = any(data.get(name) is not None for name in ("item_id", "output_index"))
    if only and (only.has_text or found or not is_named) and (whole is None or only.may_be(whole)):
        return only
    if found is None and is_named:  # perhaps a call that was never announced: see `give_lost_arguments`
        return "new"
    if open_calls:
        registry.arguments_lost = True
        return None if whole is not None else open_calls[0]
    return registry.latest_call or "new"


def _instead_of_done(registry: ItemRegistry, found: Call, only: Call | None) -> Call | None:
    """The call for arguments that name one that is done: itself, unless its arguments are complete."""
    if found.repeats_whole or not found.is_complete:
        registry.reopen(found)
        return found
    registry.arguments_lost = True
    return only


def give_lost_arguments(calls: list[Call], *, lost: bool) -> Generator[Event, None, set[Item]]:
    """Give arguments that came for a call nobody announced to the one call that lacks some.

    Args:
        calls: All calls, at the end of the stream.
        lost: Whether other arguments could not be told to belong to a call.

    Returns:
        The calls that turned out to be none: their arguments were another's.
    """
    strays = [call for call in calls if not call.has_name and not call.visible]
    if not strays and not lost:
        return set()
    lacking = [call for call in calls if call.has_name and not call.is_complete]
    if strays and len(lacking) == 1:
        for stray in strays:
            yield from lacking[0].write_delta("", None, stray.text)
        return set(strays)
    for call in lacking:
        call.arguments_lost = True
    if len(strays) == 1 and any(strays[0].text in call.text for call in calls if call is not strays[0]):
        return set(strays)  # said twice
    return set()
