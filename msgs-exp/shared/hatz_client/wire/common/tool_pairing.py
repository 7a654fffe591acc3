"""A conversation as the gateways accept it: every tool call has one result, right after it.

What trimming, interrupts and changes of provider do to a history (results without calls, calls without results, ids that
are missing or double, empty turns) is answered with a 400 by both wire formats, when counting tokens too. `repaired` puts it
right and loses nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hatz_client.content import Part, Refusal, Role, Text, ToolCall, ToolResult, Turn

NO_RESULT = "(No result of this tool call was recorded.)"
NO_CALL = "(Result of a tool call that is no longer in the conversation.)"

_is_portable = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch


def portable_id(call_id: str) -> str:
    """The id as every service accepts it: itself, or a hash of it (so that call and result still agree).

    Anthropic wants `^[a-zA-Z0-9_-]+$`, OpenAI at most 64 characters; other models' ids (`functions.search:0`) are neither.
    """
    if _is_portable(call_id):
        return call_id
    return f"call_{hashlib.sha256(call_id.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def repaired(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The same conversation in the order and completeness the gateways ask for; `turns` itself when it has them.

    - The results of a turn's calls come in one turn of the role "tool" right after it.
    - A call without a result gets one that is an error and says so; a result without a call becomes the user's text.
    - An id that occurs twice is told apart, a missing one is made up and its result found by order; the same history
      always gives the same ids.
    - Empty text and empty turns are dropped.
    """
    return turns if _sound(turns) else _repaired(turns)


def _sound(turns: tuple[Turn, ...]) -> bool:
    seen: set[str] = set()
    waiting: set[str] = set()
    for turn in turns:
        if waiting:
            if turn.role != "tool" or not _answers(turn.parts, waiting):
                return False
            waiting = set()
        elif turn.role == "tool" or not turn.parts:
            return False
        else:
            for part in turn.parts:
                if isinstance(part, ToolCall):
                    if not part.id or part.id in seen:
                        return False
                    seen.add(part.id)
                    waiting.add(part.id)
                elif isinstance(part, ToolResult) or _empty(part):
                    return False
    return not waiting


def _answers(parts: Sequence[Part], calls: set[str]) -> bool:
    ids = {part.call_id for part in parts if isinstance(part, ToolResult)}
    return ids == calls and len(parts) == len(calls)


def _empty(part: Part) -> bool:
    return isinstance(part, (Text, Refusal)) and not part.text


@dataclass(slots=True)
class _Call:
    """A call, and the result that was found for it."""

    turn: int
    original: str
    id: str
    result: ToolResult | None = None
    place: int = 0
    """How many results came before its own."""


def orphans(turns: tuple[Turn, ...]) -> tuple[list[str], list[str]]:
    """The ids of the calls that have no result, and of the results that have no call."""
    calls = _calls(turns)
    owned = _owned(turns, calls)
    unasked = [
        part.call_id
        for at, turn in enumerate(turns)
        for where, part in enumerate(turn.parts)
        if isinstance(part, ToolResult) and (at, where) not in owned
    ]
    return [call.original for call in calls if call.result is None], unasked


def _repaired(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    calls = _calls(turns)
    owned = _owned(turns, calls)
    made: dict[int, list[_Call]] = {}
    for call in calls:
        made.setdefault(call.turn, []).append(call)
    result: list[Turn] = []
    for at, turn in enumerate(turns):
        ids = iter(made.get(at, ()))
        parts: list[Part] = []
        for where, part in enumerate(turn.parts):
            if isinstance(part, ToolResult):
                parts += [] if (at, where) in owned else _as_text(part)
            elif isinstance(part, ToolCall):
                parts.append(_named(part, next(ids).id))
            elif not _empty(part):
                parts.append(part)
        if parts:
            result.append(Turn(_role_of_rest(turn), tuple(parts)))
        if at in made:
            result.append(_results(made[at]))
    return tuple(result)


def _calls(turns: tuple[Turn, ...]) -> list[_Call]:
    """All calls in order, with ids of their own. Only what comes before decides on an id: a prompt cache stays valid."""
    calls: list[_Call] = []
    used: set[str] = set()
    for at, turn in enumerate(turns):
        for part in turn.parts:
            if isinstance(part, ToolCall):
                name = wanted = part.id or f"call_{len(calls) + 1}"
                number = 2
                while name in used:
                    name = f"{wanted}_{number}"
                    number += 1
                used.add(name)
                calls.append(_Call(at, part.id, name))
    return calls


def _owned(turns: tuple[Turn, ...], calls: list[_Call]) -> set[tuple[int, int]]:
    """The places (turn, part) of the results that belong to a call: found by id first, then by order."""
    places: list[tuple[int, int, int, ToolResult]] = []
    last_said = -1
    for at, turn in enumerate(turns):
        last_said = at if turn.role == "assistant" else last_said
        for where, part in enumerate(turn.parts):
            if isinstance(part, ToolResult):
                places.append((at, where, last_said, part))
    owned: set[tuple[int, int]] = set()
    for owner_of in (_by_id, _by_order):
        for place, (at, where, said, part) in enumerate(places):
            if (at, where) not in owned and (call := owner_of(part, at, said, calls)):
                call.result, call.place = part, place
                owned.add((at, where))
    return owned


def _by_id(part: ToolResult, at: int, said: int, calls: list[_Call]) -> _Call | None:  # noqa: ARG001 (as `_by_order`)
    """The first call of this id in the latest turn that has one without a result."""
    fitting = [c for c in calls if c.turn <= at and c.result is None and c.original == part.call_id != ""]
    return next((call for call in fitting if call.turn == fitting[-1].turn), None)


def _by_order(part: ToolResult, at: int, said: int, calls: list[_Call]) -> _Call | None:  # noqa: ARG001 (as `_by_id`)
    """The first call of what the model said last that has no result, when it or the result has no id."""
    open_calls = (call for call in calls if call.turn == said and call.result is None)
    return next((call for call in open_calls if not (call.original and part.call_id)), None)


def _results(made: list[_Call]) -> Turn:
    """The results of one turn's calls, in the order they came; then errors for the missing ones."""
    parts = [
        ToolResult(call.id, (Text(NO_RESULT),), is_error=True)
        if call.result is None
        else call.result
        if call.result.call_id == call.id
        else replace(call.result, call_id=call.id)
        for call in sorted(made, key=lambda call: (call.result is None, call.place))
    ]
    return Turn("tool", tuple(parts))


def _named(part: ToolCall, call_id: str) -> ToolCall:
    return part if part.id == call_id else replace(part, id=call_id)


def _as_text(part: ToolResult) -> list[Part]:
    return [Text(NO_CALL), *(piece for piece in part.content if not _empty(piece))]


def _role_of_rest(turn: Turn) -> Role:
    """What is left of a turn of results, now that they are elsewhere, is the user's."""
    return "user" if turn.role == "tool" else turn.role
