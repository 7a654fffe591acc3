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
    registry: ItemRegistry, found: Item | None, data: Mapping[str, Any], *, whole: bool
) -> Call | Literal["new"] | None:
    """The call that arguments belong to.

    Args:
        registry: The items of the stream.
        found: The item that the event names, if it is known.
        data: The event.
        whole: Whether the event brings all arguments, not a piece.

    Returns:
        The call; "new" for one that was not announced; None when the arguments are already there in full.
    """
    if isinstance(found, Call) and (whole or found.state is State.OPEN):
        return found
    open_calls = [item for item in registry.open_calls() if isinstance(item, Call)]
    if isinstance(found, Call):
        return _instead_of_done(registry, found, open_calls)
    named = any(data.get(name) is not None for name in ("item_id", "output_index"))
    if len(open_calls) == 1 and (open_calls[0].has_text or found is not None or not named):
        return open_calls[0]
    if found is None and named:  # perhaps a call that was never announced: see `give_lost_arguments`
        return "new"
    if open_calls:
        registry.arguments_lost = True
        return open_calls[0]
    return registry.latest_call or "new"


def _instead_of_done(registry: ItemRegistry, found: Call, open_calls: list[Call]) -> Call | None:
    """The call for arguments that name one that is done: itself, unless its arguments are complete."""
    if not found.is_complete or found.repeats_whole:
        registry.reopen(found)
        return found
    registry.arguments_lost = True
    return open_calls[0] if len(open_calls) == 1 else None


def give_lost_arguments(calls: list[Call], *, lost: bool) -> Generator[Event, None, set[Item]]:
    """Give arguments that came for a call nobody announced to the one call that lacks some.

    Args:
        calls: All calls, at the end of the stream.
        lost: Whether other arguments could not be told to belong to a call.

    Returns:
        The calls that turned out to be none: their arguments were another's.
    """
    strays = [call for call in calls if not call.has_name]
    if not strays and not lost:
        return set()
    lacking = [call for call in calls if call.has_name and not call.is_complete]
    if strays and len(lacking) == 1:
        for stray in strays:
            yield from lacking[0].write_delta("", None, stray.text)
        return set(strays)
    for call in lacking:
        call.arguments_lost = True
    return set()
