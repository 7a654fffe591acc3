"""Response headers, and what streams are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hatz_cli.exchange import Exchange, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import has
from hatz_cli.probe.question import Claim, Question, Verdict, chat, messages, responses

_LIST = Request("/chat/models", method="GET")
_OWN_ID = "hatz-probe-0123456789"


def _request_id(exchanges: Sequence[Exchange]) -> Verdict:
    """Whether the response carries the id that was sent."""
    got = exchanges[-1].headers.get("x-request-id")
    if not got:
        return Verdict("none", "no X-Request-ID in the response")
    return Verdict("same" if got == _OWN_ID else "other", got if got == _OWN_ID else "another id than was sent")


def _limits(exchange: Exchange) -> str:
    names = [name for name in exchange.headers if "ratelimit" in name.replace("-", "") or name == "retry-after"]
    return ", ".join(f"{name}: {exchange.headers[name]}" for name in names)


def _stream_kind(exchanges: Sequence[Exchange]) -> Verdict:
    """The content type of a stream."""
    last = exchanges[-1]
    if last.refused:
        return Verdict("refused", reading.error(last))
    kind = last.headers.get("content-type", "none").split(";")[0].strip()
    known = {
        "application/x-ndjson": "ndjson",
        "text/event-stream": "sse",
        "application/json": "json",
        "text/plain": "text",
    }
    return Verdict(known.get(kind, "other"), last.headers.get("content-type", "none"))


def _event_types(exchange: Exchange) -> str:
    return ", ".join(dict.fromkeys(str(event.get("type")) for event in exchange.events))


_TYPES = {
    "yes": "The types of this stream's events are known.",
    "no": "The stream holds no events of a known form: report it.",
}

QUESTIONS = (
    Question(
        id="request-id-given",
        asks="Does the gateway answer with an X-Request-ID of its own?",
        send=_LIST,
        interpret=has("X-Request-ID", lambda exchange: "x-request-id" if exchange.headers.get("x-request-id") else ""),
        means={"yes": "Every answer has an id for support.", "no": "Only ids you send identify a request."},
        claim=Claim("Responses carry an X-Request-ID", "help page, API Troubleshooting", "documented"),
        tokens=0,
        per_model=False,
    ),
    Question(
        id="request-id-sent",
        asks="Does the gateway take over an X-Request-ID that is sent?",
        send=replace(_LIST, headers={"X-Request-ID": _OWN_ID}),
        interpret=_request_id,
        means={
            "same": "The request id in errors and answers is the one support can find.",
            "other": "The gateway keeps its own id: quote the one of the response.",
            "none": "The gateway gives no id back.",
        },
        claim=Claim("An X-Request-ID that is sent is used", "help page, API Troubleshooting", "documented"),
        tokens=0,
        per_model=False,
    ),
    Question(
        id="rate-headers",
        asks="Does the gateway send rate limits or Retry-After with its answers?",
        send=messages(),
        interpret=has("X-RateLimit-* or Retry-After", _limits),
        means={
            "yes": "The limits can be read from the headers of an answer; report them.",
            "no": "The gateway does not announce its limits: after a 429 the client waits and retries.",
        },
        claim=Claim("There may be no rate headers", "none", "unknown"),
        used_by=("wire/common/answers/error_bodies.py",),
    ),
    Question(
        id="chat-stream-type",
        asks="What content type does a native chat stream have?",
        send=chat(stream=True),
        interpret=_stream_kind,
        means={
            "ndjson": "JSON lines, as the client reads them.",
            "sse": "Server-sent events, which the client reads too.",
            "json": "JSON lines under another name; the client reads them.",
            "text": "JSON lines under another name; the client reads them.",
            "other": "Something else: report it.",
        },
        claim=Claim("The content type of native streams is not known", "none", "unknown"),
        used_by=("chat.framing",),
    ),
    Question(
        id="chat-stream-events",
        asks="Which types of events does a native chat stream have?",
        send=chat(stream=True),
        interpret=has("events", _event_types),
        means=_TYPES,
        claim=Claim(
            'Native streams have lines of type "content"', "Hatz's OpenAPI description of 2024; public clients", "seen"
        ),
    ),
    Question(
        id="responses-stream-events",
        asks="Which types of events does a Responses stream have?",
        send=responses(stream=True),
        interpret=has("events", _event_types),
        means=_TYPES,
        claim=Claim("Responses streams have OpenAI's events", "public clients, 2026-03", "seen"),
        used_by=("responses.framing",),
    ),
    Question(
        id="messages-stream-events",
        asks="Which types of events does a Messages stream have?",
        send=messages(stream=True),
        interpret=has("events", _event_types),
        means=_TYPES,
        claim=Claim("Messages streams have Anthropic's events", "help page, Anthropic Messages Gateway", "documented"),
        used_by=("messages.framing",),
    ),
)
