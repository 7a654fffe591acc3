"""Thinking and reasoning: whether it can be asked for, is shown, and can be sent back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hatz_cli.exchange import Exchange, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import accepted, has, works
from hatz_cli.probe.question import Claim, Question, messages, responses

_ASK = "Which is larger, 9.11 or 9.9? Think first."
_USER = [{"role": "user", "content": _ASK}]
_THINKING = {"type": "enabled", "budget_tokens": 1024}


def _thoughts(exchange: Exchange) -> list[dict[str, Any]]:
    return [block for block in reading.blocks(exchange) if block.get("type") in {"thinking", "redacted_thinking"}]


def _thinks(exchange: Exchange) -> bool:
    return bool(_thoughts(exchange))


def _visible_reasoning(exchange: Exchange) -> str:
    signed = any(block.get("signature") for block in _thoughts(exchange))
    return f"{len(_thoughts(exchange))} thinking blocks{', signed' if signed else ''}"


def _go_on(exchanges: Sequence[Exchange]) -> Request | None:
    """The thoughts sent back with a further question; nothing when there were none."""
    body = exchanges[-1].body
    if exchanges[-1].refused or not isinstance(body, dict) or not _thinks(exchanges[-1]):
        return None
    turns = [*_USER, {"role": "assistant", "content": body["content"]}, {"role": "user", "content": "And 9.12?"}]
    return messages(messages=turns, max_tokens=2048, thinking=_THINKING)


def _went_back(exchange: Exchange) -> bool:
    return len((exchange.request.body or {}).get("messages") or ()) > 1


QUESTIONS = (
    Question(
        id="messages-thinking",
        asks="Does Messages think when asked with a budget?",
        send=messages(messages=_USER, max_tokens=2048, thinking=_THINKING),
        interpret=works(_thinks, _visible_reasoning),
        means={
            "works": "thinking with a budget works for this model.",
            "ignored": "This model shows no thoughts on Messages.",
            "refused": "Leave thinking unset for this model.",
        },
        claim=Claim("Messages passes thinking through", "not on the list of the help page", "unknown"),
        tokens=900,
        used_by=("messages.thinking", "wire/messages/thinking.py"),
    ),
    Question(
        id="messages-thinking-adaptive",
        asks="Does Messages take adaptive thinking?",
        send=messages(messages=_USER, max_tokens=2048, thinking={"type": "adaptive"}),
        interpret=accepted,
        means={"accepted": "Adaptive thinking may be set.", "refused": "Leave adaptive thinking unset for this model."},
        claim=Claim("Messages takes adaptive thinking", "none", "unknown"),
        tokens=900,
    ),
    Question(
        id="messages-thinking-back",
        asks="Does Messages take its own thoughts back, with their signatures?",
        send=(messages(messages=_USER, max_tokens=2048, thinking=_THINKING), _go_on),
        interpret=works(_went_back, _visible_reasoning),
        means={
            "works": "Conversations with thinking go on.",
            "ignored": "There were no thoughts to send back.",
            "refused": "Leave thinking unset in conversations.",
        },
        claim=Claim("Messages takes thoughts back unchanged", "the format it mirrors", "inferred"),
        tokens=1800,
    ),
    Question(
        id="messages-thinking-streamed",
        asks="Does a Messages stream carry signed thoughts?",
        send=messages(messages=_USER, max_tokens=2048, thinking=_THINKING, stream=True),
        interpret=has("signature", lambda exchange: "signature_delta" if "signature_delta" in exchange.text else ""),
        means={
            "yes": "Thoughts may be streamed.",
            "no": "Do not stream conversations with thinking.",
            "refused": "Leave thinking unset for this model.",
        },
        claim=Claim("Messages streams thoughts with their signatures", "the format it mirrors", "inferred"),
        tokens=900,
    ),
    Question(
        id="responses-reasoning",
        asks="What does Responses do with reasoning.effort?",
        send=responses(input=_ASK, reasoning={"effort": "low", "summary": "auto"}),
        interpret=works(
            lambda exchange: any(block.get("type") == "reasoning" for block in reading.blocks(exchange)),
            lambda exchange: ", ".join(str(block.get("type")) for block in reading.blocks(exchange)),
        ),
        means={
            "works": "reasoning_effort has an effect on Responses.",
            "ignored": "reasoning_effort has no visible effect on Responses.",
            "refused": "Leave reasoning_effort unset on Responses.",
        },
        claim=Claim(
            "Responses accepts `reasoning` and ignores it",
            "API reference; one client had to leave it out",
            "documented",
        ),
        tokens=500,
        used_by=("responses.reasoning", "responses.reasoning_effort"),
    ),
    Question(
        id="responses-reasoning-encrypted",
        asks="Does Responses give reasoning in encrypted form?",
        send=responses(input=_ASK, include=["reasoning.encrypted_content"], store=False),
        interpret=has(
            "encrypted content",
            lambda exchange: next(
                ("encrypted_content" for block in reading.blocks(exchange) if block.get("encrypted_content")), ""
            ),
        ),
        means={
            "yes": "extra_body={'store': False} keeps the reasoning between turns.",
            "no": "The reasoning of a turn is not kept for the next.",
            "refused": "Leave include and store unset on Responses.",
        },
        claim=Claim("Responses accepts `include` and ignores it", "API reference, Create Response", "documented"),
        tokens=500,
    ),
)
