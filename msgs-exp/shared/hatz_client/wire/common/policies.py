"""What is to become of a conversation that no gateway takes as it is: the caller decides."""

from __future__ import annotations

from hatz_client.content import Prompt, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.warn_once import say_once
from hatz_client.wire.common.tool_pairing import orphans, repaired

_SYSTEM = frozenset({"system", "developer"})


def arranged(prompt: Prompt, *, paired: bool = True) -> tuple[Turn, ...]:
    """The prompt's turns as its `system_messages` and `orphan_tools` want them.

    Args:
        prompt: What is to be sent.
        paired: Whether the endpoint wants a result right after each call; native chat, to which both are text, does not.

    Raises:
        HatzInvalidInputError: what they want raised, naming the turn or the calls.
    """
    turns = prompt.turns
    if prompt.system_messages != "inline":
        turns = _placed(turns, prompt.system_messages)
    if prompt.orphan_tools != "repair":
        if prompt.orphan_tools == "pass":
            return turns
        _refuse_orphans(turns, prompt.orphan_tools)
    return repaired(turns) if paired else turns


def _placed(turns: tuple[Turn, ...], policy: str) -> tuple[Turn, ...]:
    """The conversation with its late system messages behind the first ones, or an error that names a late one."""
    if policy not in {"hoist", "raise"}:
        raise HatzInvalidInputError(f"system_messages={policy!r} is unknown: use 'inline', 'hoist' or 'raise'.")
    begins = next((at for at, turn in enumerate(turns) if turn.role not in _SYSTEM), len(turns))
    late = [at for at in range(begins, len(turns)) if turns[at].role in _SYSTEM]
    if not late:
        return turns
    if policy == "raise":
        raise HatzInvalidInputError(
            f"turns[{late[0]}] is a {turns[late[0]].role} message that comes after the conversation has begun. Put it first, or use "
            "system_messages='hoist' to have it moved there, or 'inline' to leave it in its place."
        )
    say_once("A system message that comes late is moved to the system prompt, as system_messages='hoist' asks for.")
    others = (turn for turn in turns[begins:] if turn.role not in _SYSTEM)
    return (*turns[:begins], *(turns[at] for at in late), *others)


def _refuse_orphans(turns: tuple[Turn, ...], policy: str) -> None:
    if policy != "raise":
        raise HatzInvalidInputError(f"orphan_tools={policy!r} is unknown: use 'repair', 'raise' or 'pass'.")
    found = zip(("calls without a result", "results without a call"), orphans(turns), strict=True)
    if said := "; ".join(f"tool {what}: {', '.join(map(repr, ids))}" for what, ids in found if ids):
        raise HatzInvalidInputError(
            f"The conversation holds {said}. Complete it, or use orphan_tools='repair' to have it put right, or 'pass' to send it as it is."
        )
