"""The caller's policies for conversations that the gateway would reject."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hatz_client.content import Part, Prompt, Reasoning, Refusal, Text, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.resources.models import canonical
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.common.requests.tool_pairing import orphans, pair_tool_results

_SYSTEM = frozenset({"system", "developer"})


def apply_history_policies(prompt: Prompt, *, paired: bool = True, office: bool = False) -> tuple[Turn, ...]:
    """The prompt's turns after applying its policies `system_messages`, `orphan_tools` and `assistant_prefill`.

    Args:
        prompt: The prompt to send.
        paired: Whether the endpoint requires a result right after each call; native chat, which gets both as text, does not.
        office: Whether the endpoint takes documents other than PDF and text.

    Raises:
        HatzInvalidInputError: if a policy is "raise" and applies; the message names the turn or the calls.
    """
    turns = prompt.turns
    if prompt.system_messages != "inline":
        turns = _hoist_system(turns, prompt.system_messages)
    if prompt.orphan_tools not in {"repair", "pass"}:
        _refuse_orphans(turns, prompt.orphan_tools)
    if paired:
        paired_turns = turns if prompt.orphan_tools == "pass" else pair_tool_results(turns, office=office)
        turns = without_open_thoughts(paired_turns)
    return end_with_user(turns, prompt, frozenset() if paired else _SYSTEM)


def without_open_thoughts(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns without reasoning that nothing follows: the answer was cut off, or the call after it was removed.

    OpenAI rejects it ("reasoning was provided without its required following item"), and so does Anthropic ("the final block
    in an assistant message cannot be thinking"). Reasoning with a `format` of another service (Gemini's signatures, as
    OpenRouter relays them) stays: it comes after its answer.
    """
    for turn in turns:
        if turn.role == "assistant" and not _ends_plainly(turn.parts):
            break
    else:  # nearly every conversation
        return turns
    kept: list[Turn] = []
    followed = False
    for turn in reversed(turns):
        parts = turn.parts
        if turn.role != "assistant":
            followed = False
        elif not followed:
            parts = _without_open_thoughts(turn)
            followed = bool(parts)
        if parts or not turn.parts:
            kept.append(turn if parts is turn.parts else Turn(turn.role, parts))
    kept.reverse()
    return turns if kept == list(turns) else tuple(kept)


def _ends_plainly(parts: tuple[Part, ...]) -> bool:
    """Whether the last part is neither a thought nor an empty text."""
    last = parts[-1] if parts else None
    return bool(last.text) if type(last) is Text else not isinstance(last, Reasoning | Text)


def _without_open_thoughts(turn: Turn) -> tuple[Part, ...]:
    end = len(turn.parts)
    while end and (_is_open_thought(last := turn.parts[end - 1]) or (isinstance(last, Text) and not last.text)):
        end -= 1
    return turn.parts[:end] if any(isinstance(part, Reasoning) for part in turn.parts[end:]) else turn.parts


def _is_open_thought(part: Part) -> bool:
    return isinstance(part, Reasoning) and needs_following_item(part.residue.get("responses", {}))


def needs_following_item(fields: Mapping[str, Any]) -> bool:
    """Whether a Responses reasoning item with these fields must be followed by another item, as OpenAI's own must."""
    return str(fields.get("format") or "openai").startswith("openai")


CONTINUE = "Continue."
_CLAUDE = re.compile(r"claude-(?:[a-z]+-)*(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_NEWEST = frozenset({"opus", "sonnet"})
"""Bare names of Claude models without a version: the newest of the family."""


def refuses_prefill(model: str) -> bool:
    """Whether this Claude model rejects a conversation that ends with an assistant turn, as all do from Claude 4.6 on.

    Their answer is a 400, "This model does not support assistant message prefill. The conversation must end with a user
    message" (source: Anthropic's migration guide to Claude 4.6; public reports for each later family).
    """
    name = canonical(model)
    if found := _CLAUDE.match(name):
        return (int(found[1]), int(found[2] or 0)) >= (4, 6)
    return name in _NEWEST


def end_with_user(turns: tuple[Turn, ...], prompt: Prompt, hoisted: frozenset[str]) -> tuple[Turn, ...]:
    """The turns after applying the prompt's policy `assistant_prefill`; nothing changes for models that accept a prefill.

    Turns with the roles `hoisted` do not count: the endpoint moves them to the start.

    Raises:
        HatzInvalidInputError: if the policy is "raise" and the last turn is the model's own, or if the policy is unknown.
    """
    policy, model = prompt.assistant_prefill, prompt.model
    if policy not in {"continue", "raise", "pass"}:
        raise HatzInvalidInputError(f"assistant_prefill={policy!r} is unknown: use 'continue', 'raise' or 'pass'.")
    if policy == "pass" or not _ends_with_model(turns, hoisted) or not refuses_prefill(model):
        return turns
    if policy == "raise":
        raise HatzInvalidInputError(
            f"The last message is the model's own, and {model} refuses to continue it. End with a user message, or use "
            f"assistant_prefill='continue' to have the user message \"{CONTINUE}\" added."
        )
    warn_once(
        f'{model} refuses to continue its own last message: the user message "{CONTINUE}" is added (assistant_prefill changes this).'
    )
    return (*turns, Turn("user", (Text(CONTINUE),)))


def _ends_with_model(turns: tuple[Turn, ...], hoisted: frozenset[str]) -> bool:
    """Whether the last turn that is sent is the model's own; turns without content are not sent."""
    for turn in reversed(turns):
        if turn.role not in hoisted and any(
            not isinstance(part, Text | Refusal) or part.text.strip() for part in turn.parts
        ):
            return turn.role == "assistant"
    return False


def _hoist_system(turns: tuple[Turn, ...], policy: str) -> tuple[Turn, ...]:
    """The conversation with its late system messages moved behind the first ones, or an error that names a late one."""
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
    warn_once("A late system message is moved to the system prompt, because of system_messages='hoist'.")
    others = (turn for turn in turns[begins:] if turn.role not in _SYSTEM)
    return (*turns[:begins], *(turns[at] for at in late), *others)


def _refuse_orphans(turns: tuple[Turn, ...], policy: str) -> None:
    if policy != "raise":
        raise HatzInvalidInputError(f"orphan_tools={policy!r} is unknown: use 'repair', 'raise' or 'pass'.")
    found = zip(("calls without a result", "results without a call"), orphans(turns), strict=True)
    if problems := "; ".join(f"tool {what}: {', '.join(map(repr, ids))}" for what, ids in found if ids):
        raise HatzInvalidInputError(
            f"The conversation holds {problems}. Complete it, or use orphan_tools='repair' to repair it, or 'pass' to send it unchanged."
        )
