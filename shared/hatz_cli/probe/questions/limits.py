"""Token limits, stop sequences and sampling."""

from __future__ import annotations

from collections.abc import Sequence

from hatz_cli.exchange import Exchange
from hatz_cli.probe import reading
from hatz_cli.probe.judges import accepted, works
from hatz_cli.probe.question import Claim, Question, Verdict, chat, messages, responses

_COUNT = "Count in words, one after the other: one two three four five six seven eight nine ten. Only the words."
_USER = [{"role": "user", "content": _COUNT}]
_STOP = {
    "works": "stop is cut by the gateway here.",
    "ignored": "The gateway does not stop: the client has to cut.",
    "refused": "The gateway refuses stop sequences: the client has to cut.",
}


def _stopped(exchange: Exchange) -> bool:
    said = reading.text(exchange).lower()
    return "four" in said and "five" not in said


def _is_short(exchange: Exchange) -> bool:
    return len(reading.text(exchange).split()) < 300


def _cut_off(exchanges: Sequence[Exchange]) -> Verdict:
    """Whether a small limit is obeyed, and said."""
    last = exchanges[-1]
    if last.refused:
        return Verdict("refused", reading.error(last))
    said, reason = reading.text(last), reading.finish(last)
    obeyed = reason in {"max_output_tokens", "max_tokens"}
    return Verdict(
        "works" if obeyed else "ignored", f"finish: {reason or 'not said'}, {len(said)} characters", said[:80]
    )


QUESTIONS = (
    Question(
        id="responses-small-limit",
        asks="Does Responses take a small max_output_tokens?",
        send=responses(input="Write 200 words about the sea.", max_output_tokens=64),
        judge=_cut_off,
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
        judge=_cut_off,
        means={
            "works": "max_tokens works on Messages, and a cut answer says so.",
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
        judge=accepted,
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
        judge=works(_is_short, lambda exchange: f"{len(reading.text(exchange))} characters"),
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
        judge=works(_stopped),
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
        judge=works(_stopped),
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
        judge=works(_stopped),
        means=_STOP,
        claim=Claim("Native chat has no stop sequences", "none documented", "inferred"),
        tokens=120,
        used_by=("chat.stop_sequences", "chat.stop"),
    ),
    Question(
        id="messages-top-k",
        asks="Does Messages take top_k?",
        send=messages(top_k=1),
        judge=accepted,
        means={"accepted": "top_k may be set on Messages.", "refused": "Leave top_k unset for this model."},
        claim=Claim("Messages takes top_k", "the format it mirrors; not on the list of the help page", "inferred"),
        used_by=("messages.top_k",),
    ),
    Question(
        id="chat-temperature",
        asks="Does native chat take temperature?",
        send=chat(temperature=0),
        judge=accepted,
        means={
            "accepted": "temperature may be set on native chat.",
            "refused": "Leave temperature unset for this model.",
        },
        claim=Claim("Native chat takes temperature", "public clients", "seen"),
        used_by=("chat.temperature",),
    ),
)
