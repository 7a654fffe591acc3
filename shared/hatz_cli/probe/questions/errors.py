"""How keys are refused, and what errors look like on each endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hatz_cli.exchange import Exchange, KeyUse, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import shape_of_error
from hatz_cli.probe.question import TITLES, Claim, Question, Verdict, chat, messages, responses

_COUNT = Request(
    "/anthropic/messages/count_tokens", {"model": "haiku", "messages": [{"role": "user", "content": "OK"}]}
)
_FREE = {
    "responses": replace(responses(), body={}),
    "messages": _COUNT,
    "chat": Request("/chat/models", method="GET"),
}
"""On each endpoint a request that generates nothing."""
_SHAPES = {
    "openai": "OpenAI's form: the client reads it.",
    "anthropic": "Anthropic's form: the client reads it.",
    "detail": "FastAPI's form: the client reads it.",
    "detail list": "FastAPI's form with places: the client reads it.",
    "other json": "A form the client does not know: report it.",
    "not json": "The body is not JSON: report it.",
    "accepted": "The gateway did not refuse it.",
}


def _takes_key(exchanges: Sequence[Exchange]) -> Verdict:
    """Whether the key was accepted: any other refusal than 401 and 403 came after it."""
    last = exchanges[-1]
    if last.status in {401, 403}:
        return Verdict("refused", reading.error(last))
    return Verdict("accepted", f"{last.status}")


def _key(endpoint: str, use: KeyUse, claim: Claim) -> Question:
    forms = {"header": "X-API-Key", "bearer": "Authorization: Bearer", "both": "X-API-Key together with Bearer"}
    means = {"accepted": "Programs may send the key this way.", "refused": "Programs may not send the key this way."}
    if use == "header":
        means = {
            "accepted": "The key is accepted as this client sends it.",
            "refused": "Your key may not use this endpoint.",
        }
    return Question(
        id=f"{endpoint}-key-{use}",
        asks=f"Does {TITLES[endpoint]} take the key as {forms[use]}?",
        send=replace(_FREE[endpoint], key=use),
        interpret=_takes_key,
        means=means,
        claim=claim,
        tokens=0,
        per_model=False,
        expects_errors=True,
        used_by=("connection/http/headers.py",),
    )


_BOTH = Claim("X-API-Key works on every endpoint", "API home page", "documented")
_BEARER = Claim("Responses and Messages take the key as Bearer too", "API home page", "documented")
KEYS = (
    *(_key(endpoint, "header", _BOTH) for endpoint in TITLES),
    *(_key(endpoint, "bearer", _BEARER) for endpoint in ("responses", "messages")),
    _key("chat", "bearer", Claim("Native endpoints refuse the key as Bearer with 401", "API home page", "documented")),
    _key("chat", "both", Claim("Where both are sent X-API-Key wins", "public clients", "seen")),
)


def _error(endpoint: str, name: str, asks: str, request: Request, claim: Claim, *, tokens: int = 0) -> Question:
    return Question(
        id=f"{endpoint}-{name}",
        asks=f"What does {TITLES[endpoint]} answer {asks}?",
        send=request,
        interpret=shape_of_error,
        means=_SHAPES,
        claim=claim,
        used_by=("wire/common/answers/error_message.py",),
        tokens=tokens,
        per_model=False,
        expects_errors=True,
    )


_UNKNOWN = Claim(
    "The bodies of errors follow the format each endpoint mirrors", "none; error bodies are not documented", "inferred"
)
_WHOLE = {"responses": responses(), "messages": messages(), "chat": chat()}
_WRONG_FIELD = {
    "chat": Claim("Native chat answers 422 with a list of places", "Hatz's OpenAPI description of 2024", "documented"),
}
_BROKEN = {"responses": responses(input=7), "messages": messages(messages=7), "chat": chat(messages=7)}
BODIES = (
    *(_error(name, "wrong-key", "to a wrong key", replace(_WHOLE[name], key="wrong"), _UNKNOWN) for name in TITLES),
    *(_error(name, "no-key", "without a key", replace(_WHOLE[name], key="none"), _UNKNOWN) for name in TITLES),
    *(
        _error(
            name,
            "unknown-model",
            "to an unknown model",
            replace(_WHOLE[name], body={**(_WHOLE[name].body or {}), "model": "no-such-model"}),
            Claim(
                "An unknown model is an error that says so; its status is not known",
                "help page, Anthropic Messages Gateway",
                "documented",
            ),
        )
        for name in TITLES
    ),
    *(
        _error(
            name,
            "wrong-field",
            "to a field of the wrong type",
            _BROKEN[name],
            _WRONG_FIELD.get(name, _UNKNOWN),
        )
        for name in TITLES
    ),
    _error(
        "chat",
        "unknown-path",
        "to a request for an unknown path",
        Request("/chat/no-such-path", method="GET"),
        _UNKNOWN,
    ),
)
