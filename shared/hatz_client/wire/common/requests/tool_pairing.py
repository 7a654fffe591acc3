"""Tool pairing: the gateway requires that every tool call has one result, right after it.

Trimming, interrupts and changes of provider leave histories with results without calls, calls without results, ids that are
missing or used twice, and empty turns. Both wire formats answer them with a 400, when counting tokens too.
`pair_tool_results` repairs them without loss, in linear time.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hatz_client.content import Media, Opaque, Part, Refusal, Role, Text, ToolCall, ToolResult, Turn
from hatz_client.util.json_text import to_json_text
from hatz_client.wire.common.requests.block_fields import ONLY_IN_RESULTS
from hatz_client.wire.common.requests.media import note_in_place_of

NO_RESULT = "(No result of this tool call was recorded.)"
NO_CALL = "(Result of a tool call that is no longer in the conversation.)"

_is_portable = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch


class Position(NamedTuple):
    """The position of a part: the number of its turn, and its number in the turn."""

    turn: int
    part: int


@dataclass(slots=True)
class _Call:
    """A call in the history, and the result that was found for it."""

    turn: int
    original_id: str
    id: str
    """The call's unique id."""
    result: ToolResult | None = None
    result_position: tuple[int, int] = (-1, -1)


def portable_id(call_id: str) -> str:
    """An id that every service accepts: the id itself, or a hash of it, so that call and result still match.

    Anthropic wants `^[a-zA-Z0-9_-]+$`, OpenAI at most 64 characters; other models' ids (`functions.search:0`) violate both.
    """
    if _is_portable(call_id):
        return call_id
    return f"call_{hashlib.sha256(call_id.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def pair_tool_results(turns: tuple[Turn, ...], *, office: bool = False) -> tuple[Turn, ...]:
    """The same conversation with every call paired with its result; `turns` itself if it already is.

    - The results of a turn's calls are in one turn with the role "tool" right after it.
    - A call without a result gets an error result; a result without a call becomes the user's text.
    - Each further use of a repeated id gets its own id; a missing id is generated and its result is found by order. The same
    history always gets the same ids.
    - Empty text and empty turns are dropped.

    Args:
        turns: The conversation.
        office: Whether the endpoint takes documents other than PDF and text.
    """
    return turns if _is_paired(turns) else _repair(turns, office=office)


def orphans(turns: tuple[Turn, ...]) -> tuple[list[str], list[str]]:
    """The ids of the calls that have no result, and of the results that have no call."""
    calls = _find_calls(turns)
    matched = _match_results(turns, calls)
    without_call = [result.call_id for position, result, _ in _results_in(turns) if position not in matched]
    return [call.original_id for call in calls if call.result is None], without_call


def _is_paired(turns: tuple[Turn, ...]) -> bool:
    seen: set[str] = set()
    waiting: set[str] = set()
    for turn in turns:
        if waiting:
            if turn.role != "tool" or len(turn.parts) != len(waiting):
                return False
            for part in turn.parts:
                if not isinstance(part, ToolResult) or part.call_id not in waiting:
                    return False
                waiting.remove(part.call_id)
        elif turn.role == "tool" or not turn.parts:
            return False
        else:
            for part in turn.parts:
                if type(part) is Text and part.text:  # nearly every part
                    continue
                if isinstance(part, ToolCall) and part.id and part.id not in seen:
                    seen.add(part.id)
                    waiting.add(part.id)
                elif isinstance(part, ToolCall | ToolResult) or _is_empty(part):
                    return False
    return not waiting


def _is_empty(part: Part) -> bool:
    return isinstance(part, (Text, Refusal)) and not part.text


def _repair(turns: tuple[Turn, ...], *, office: bool) -> tuple[Turn, ...]:
    calls = _find_calls(turns)
    matched = _match_results(turns, calls)
    calls_of_turn: defaultdict[int, list[_Call]] = defaultdict(list)
    for call in calls:
        calls_of_turn[call.turn].append(call)
    repaired: list[Turn] = []
    for number, turn in enumerate(turns):
        parts = _without_results(number, turn, calls_of_turn[number], matched, office=office)
        if parts:
            # What remains of a turn after its results were moved is the user's.
            role: Role = "user" if turn.role == "tool" else turn.role
            repaired.append(Turn(role, tuple(parts)))
        if calls_of_turn[number]:
            repaired.append(_result_turn(calls_of_turn[number]))
    return tuple(repaired)


def _without_results(
    number: int, turn: Turn, calls: list[_Call], matched: set[Position], *, office: bool
) -> list[Part]:
    """The parts of a turn that stay in it: results that belong to a call are moved, others become text."""
    ids = iter(calls)
    parts: list[Part] = []
    for place, part in enumerate(turn.parts):
        if isinstance(part, ToolResult):
            if Position(number, place) not in matched:
                parts += [Text(NO_CALL), *_as_users(part.content, office=office)]
        elif isinstance(part, ToolCall):
            parts.append(part.replace(id=next(ids).id))
        elif not _is_empty(part):
            parts.append(part)
    return parts


def _as_users(content: tuple[Part, ...], *, office: bool) -> Iterator[Part]:
    """The content of a result as parts of a user's turn; what the service would reject there becomes text, as in a result."""
    for part in content:
        if isinstance(part, Media) and (note := note_in_place_of(part, office=office)):
            yield Text(note)
        elif isinstance(part, Opaque) and part.block.get("type") in ONLY_IN_RESULTS:
            yield Text(to_json_text(dict(part.block)))
        elif not _is_empty(part):
            yield part


def _find_calls(turns: tuple[Turn, ...]) -> list[_Call]:
    """All calls in order, with unique ids. An id depends only on preceding turns, so that a prompt cache stays valid."""
    calls: list[_Call] = []
    used: set[str] = set()
    next_number: defaultdict[str, int] = defaultdict(lambda: 2)
    for number, turn in enumerate(turns):
        for part in turn.parts:
            if isinstance(part, ToolCall):
                call_id = wanted = part.id or f"call_{len(calls) + 1}"
                while call_id in used:
                    call_id = f"{wanted}_{next_number[wanted]}"
                    next_number[wanted] += 1
                used.add(call_id)
                calls.append(_Call(number, part.id, call_id))
    return calls


def _match_results(turns: tuple[Turn, ...], calls: list[_Call]) -> set[Position]:
    """Assign results to calls, first by id, then by order. Returns the positions of the assigned results."""
    return _match_by_id(turns, calls) | _match_by_order(turns, calls)


def _match_by_id(turns: tuple[Turn, ...], calls: list[_Call]) -> set[Position]:
    """A result belongs to the first call with its id that has no result yet, in the latest such turn before it."""
    matched: set[Position] = set()
    waiting: defaultdict[str, list[deque[_Call]]] = defaultdict(list)  # the calls of each turn, by id
    coming = deque(calls)
    for position, result, _ in _results_in(turns):
        while coming and coming[0].turn <= position.turn:
            call = coming.popleft()
            groups = waiting[call.original_id]
            if not groups or groups[-1][-1].turn != call.turn:
                groups.append(deque())
            groups[-1].append(call)
        groups = waiting[result.call_id] if result.call_id else []
        if groups:
            call = groups[-1].popleft()
            call.result, call.result_position = result, position
            matched.add(position)
            if not groups[-1]:
                groups.pop()
    return matched


def _match_by_order(turns: tuple[Turn, ...], calls: list[_Call]) -> set[Position]:
    """If the result or the call has no id, the result belongs to the first call without a result in the model's last turn."""
    matched: set[Position] = set()
    owned = {call.result_position for call in calls}
    open_calls: defaultdict[int, deque[_Call]] = defaultdict(deque)
    open_without_id: defaultdict[int, deque[_Call]] = defaultdict(deque)
    for call in calls:
        open_calls[call.turn].append(call)
        if not call.original_id:
            open_without_id[call.turn].append(call)
    for position, result, last_answer in _results_in(turns):
        if position in owned:
            continue
        candidates = (open_without_id if result.call_id else open_calls)[last_answer]
        while candidates and candidates[0].result is not None:
            candidates.popleft()
        if candidates:
            call = candidates.popleft()
            call.result, call.result_position = result, position
            matched.add(position)
    return matched


def _results_in(turns: tuple[Turn, ...]) -> Iterator[tuple[Position, ToolResult, int]]:
    """Each result with its position and the number of the model's last turn, -1 if there is none."""
    last_answer = -1
    for number, turn in enumerate(turns):
        if turn.role == "assistant":
            last_answer = number
        for place, part in enumerate(turn.parts):
            if isinstance(part, ToolResult):
                yield Position(number, place), part, last_answer


def _result_turn(calls: list[_Call]) -> Turn:
    """The results of one turn's calls in their original order, then errors for the missing ones."""
    parts = [
        ToolResult(call.id, (Text(NO_RESULT),), is_error=True)
        if call.result is None
        else call.result.replace(call_id=call.id)
        for call in sorted(calls, key=lambda call: (call.result is None, call.result_position))
    ]
    return Turn("tool", tuple(parts))
