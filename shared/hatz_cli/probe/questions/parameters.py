"""Parameters of a request: token limits, stop sequences, temperature and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hatz_cli.exchange import Exchange, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import accepted, works
from hatz_cli.probe.question import TITLES, Claim, Question, Verdict, chat, messages, responses

_COUNT = "Count in words, one after the other: one two three four five six seven eight nine ten. Only the words."
_USER = [{"role": "user", "content": _COUNT}]
_STOP = {
    "works": "The gateway ends the answer at a stop sequence.",
    "ignored": "The gateway ignores stop sequences: the client has to truncate the answer.",
    "refused": "The gateway refuses stop sequences: the client has to truncate the answer.",
}


def _was_stopped(exchange: Exchange) -> bool:
    answer = reading.text(exchange).lower()
    return "four" in answer and "five" not in answer


def _is_short(exchange: Exchange) -> bool:
    return len(reading.text(exchange).split()) < 300


def _cut_off(exchanges: Sequence[Exchange]) -> Verdict:
    """Whether a small limit is obeyed, and the finish reason says so."""
    last = exchanges[-1]
    if last.refused:
        return Verdict("refused", reading.error(last))
    answer, reason = reading.text(last), reading.finish(last)
    obeyed = reason in {"max_output_tokens", "max_tokens"}
    return Verdict(
        "works" if obeyed else "ignored", f"finish: {reason or 'not said'}, {len(answer)} characters", answer[:80]
    )


LIMITS = (
    Question(
        id="responses-small-limit",
        asks="Does Responses take a small max_output_tokens?",
        send=responses(input="Write 200 words about the sea.", max_output_tokens=64),
        interpret=_cut_off,
        means={
            "works": "max_tokens of any size may be set on Responses.",
            "ignored": "max_tokens does not bound answers on Responses.",
            "refused": "Leave max_tokens unset on Responses, or at 4096 and more.",
        },
        claim=Claim(
            "max_output_tokens below 4096 is an error", "a public client, 2026-03; the reference shows 1", "unknown"
        ),
        tokens=120,
        used_by=("responses.max_tokens",),
    ),
    Question(
        id="messages-small-limit",
        asks="Does Messages obey a small max_tokens, and say so?",
        send=messages(messages=[{"role": "user", "content": "Write 200 words about the sea."}], max_tokens=32),
        interpret=_cut_off,
        means={
            "works": "max_tokens works on Messages, and a truncated answer says so.",
            "ignored": "max_tokens does not bound answers on Messages.",
            "refused": "Use a larger max_tokens on Messages.",
        },
        claim=Claim(
            "Messages obeys max_tokens, and ends with stop_reason max_tokens", "the format it mirrors", "inferred"
        ),
        tokens=80,
    ),
    Question(
        id="messages-without-limit",
        asks="Does Messages need max_tokens?",
        send=messages(max_tokens=None),
        interpret=accepted,
        means={
            "accepted": "max_tokens could be left out; the client still sends one.",
            "refused": "Messages needs max_tokens; the client always sends one.",
        },
        claim=Claim("Messages needs max_tokens", "the format it mirrors; every client sends it", "inferred"),
        tokens=40,
        used_by=("messages.max_tokens",),
    ),
    Question(
        id="chat-small-limit",
        asks="Does native chat obey max_tokens?",
        send=chat(messages=[{"role": "user", "content": "Write 1000 words about the sea."}], max_tokens=64),
        interpret=works(_is_short, lambda exchange: f"{len(reading.text(exchange))} characters"),
        means={
            "works": "max_tokens bounds answers on native chat.",
            "ignored": "max_tokens does not bound answers on native chat.",
            "refused": "Leave max_tokens unset on native chat.",
        },
        claim=Claim("Native chat takes max_tokens", "public clients send it; its effect is not known", "seen"),
        tokens=800,
        used_by=("chat.max_tokens",),
    ),
    Question(
        id="messages-stop",
        asks="Does Messages obey stop_sequences?",
        send=messages(messages=_USER, stop_sequences=["five"]),
        interpret=works(_was_stopped),
        means=_STOP,
        claim=Claim(
            "Messages obeys stop_sequences", "the format it mirrors; not on the list of the help page", "inferred"
        ),
        tokens=100,
        used_by=("messages.stop_sequences", "messages.stop"),
    ),
    Question(
        id="responses-stop",
        asks="Does Responses obey `stop`?",
        send=responses(input=_COUNT, stop=["five"]),
        interpret=works(_was_stopped),
        means=_STOP,
        claim=Claim(
            "Responses has no stop sequences", "OpenAI's format has none; unknown fields are ignored", "inferred"
        ),
        tokens=100,
        used_by=("responses.stop_sequences", "responses.stop"),
    ),
    Question(
        id="chat-stop",
        asks="Does native chat obey `stop`?",
        send=chat(messages=_USER, stop=["five"]),
        interpret=works(_was_stopped),
        means=_STOP,
        claim=Claim("Native chat has no stop sequences", "none documented", "inferred"),
        tokens=120,
        used_by=("chat.stop_sequences", "chat.stop"),
    ),
    Question(
        id="messages-top-k",
        asks="Does Messages take top_k?",
        send=messages(top_k=1),
        interpret=accepted,
        means={"accepted": "top_k may be set on Messages.", "refused": "Leave top_k unset for this model."},
        claim=Claim("Messages takes top_k", "the format it mirrors; not on the list of the help page", "inferred"),
        used_by=("messages.top_k",),
    ),
    Question(
        id="chat-temperature",
        asks="Does native chat take temperature?",
        send=chat(temperature=0),
        interpret=accepted,
        means={
            "accepted": "temperature may be set on native chat.",
            "refused": "Leave temperature unset for this model.",
        },
        claim=Claim("Native chat takes temperature", "public clients", "seen"),
        used_by=("chat.temperature",),
    ),
)


_MAKE = {"responses": responses, "messages": messages, "chat": chat}


def _field(endpoint: str, setting: str, claim: Claim, request: Request) -> Question:
    return Question(
        id=f"{endpoint}-{setting.replace('_', '-')}",
        asks=f"Does {TITLES[endpoint]} take {setting}?",
        send=request,
        interpret=accepted,
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

SAMPLING = (
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
