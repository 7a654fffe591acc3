"""Temperature and the like, which some models refuse."""

from __future__ import annotations

from typing import Any

from hatz_cli.exchange import Request
from hatz_cli.probe.judges import accepted
from hatz_cli.probe.question import TITLES, Claim, Question, chat, messages, responses

_MAKE = {"responses": responses, "messages": messages, "chat": chat}


def _field(endpoint: str, setting: str, claim: Claim, request: Request) -> Question:
    return Question(
        id=f"{endpoint}-{setting.replace('_', '-')}",
        asks=f"Does {TITLES[endpoint]} take {setting}?",
        send=request,
        judge=accepted,
        means={
            "accepted": f"{setting} may be set for this model.",
            "refused": f"Leave {setting} unset for this model.",
        },
        claim=claim,
        used_by=(f"{endpoint}.{setting}",),
    )


def _plain(endpoint: str, setting: str, claim: Claim, value: Any) -> Question:
    return _field(endpoint, setting, claim, _MAKE[endpoint](**{setting: value}))


_MIRRORS = "the format it mirrors; not on the list of the help page"

QUESTIONS = (
    _plain(
        "responses",
        "temperature",
        Claim("Responses takes temperature", "API reference, Create Response", "documented"),
        1,
    ),
    _plain(
        "responses",
        "top_p",
        Claim("Responses takes top_p", "API reference, Create Response (an example)", "documented"),
        0.9,
    ),
    _plain("responses", "seed", Claim("Responses ignores seed", "a public client sends it", "seen"), 7),
    _plain("messages", "temperature", Claim("Messages takes temperature", "a public client", "seen"), 1),
    _plain("messages", "top_p", Claim("Messages takes top_p", _MIRRORS, "inferred"), 0.9),
    _field(
        "messages",
        "reasoning_effort",
        Claim("Messages takes an effort (output_config.effort)", _MIRRORS, "unknown"),
        messages(output_config={"effort": "low"}),
    ),
    _plain("chat", "seed", Claim("Native chat tolerates seed", "unknown fields are tolerated", "inferred"), 7),
)
