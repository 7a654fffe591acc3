"""Fields that are documented as ignored or unsupported, and fields that nobody documents."""

from __future__ import annotations

from typing import Any

from hatz_cli.exchange import Request
from hatz_cli.probe.interpret import accepted
from hatz_cli.probe.question import TITLES, Claim, Question, chat, messages, responses

_IGNORED = Claim("Responses accepts `{}` and ignores it", "API reference, Create Response", "documented")


def _field(
    name: str, value: Any, claim: Claim, *, request: Request | None = None, endpoint: str = "responses"
) -> Question:
    """The question whether a field is accepted."""
    return Question(
        id=f"{endpoint}-{name.replace('_', '-')}",
        asks=f"Does {TITLES[endpoint]} accept `{name}`?",
        send=request or responses(**{name: value}),
        interpret=accepted,
        means={
            "accepted": f"extra_body={{'{name}': …}} does no harm; whether it has an effect is not known.",
            "refused": f"Never send `{name}` to this endpoint.",
        },
        claim=Claim(claim.says.format(name), claim.source, claim.sure),
    )


QUESTIONS = (
    _field("store", False, _IGNORED),
    _field("include", ["reasoning.encrypted_content"], _IGNORED),
    _field(
        "prompt_cache_key",
        "probe",
        Claim("Responses ignores `{}`", "API docs; one client had to leave it out", "documented"),
    ),
    _field(
        "metadata",
        {"purpose": "probe"},
        Claim("`{}` is unsupported on Responses", "API docs, OpenAI Responses", "documented"),
    ),
    _field(
        "previous_response_id",
        "resp_0123456789abcdef",
        Claim("`{}` is unsupported on Responses", "API docs, OpenAI Responses", "documented"),
    ),
    _field(
        "no_such_field",
        1,
        Claim("Responses ignores fields it does not know", "API docs, OpenAI Responses", "documented"),
    ),
    _field("service_tier", "auto", Claim("Responses ignores `{}`", "API docs: unknown fields are ignored", "inferred")),
    _field("truncation", "auto", Claim("Responses ignores `{}`", "API docs: unknown fields are ignored", "inferred")),
    _field(
        "metadata",
        None,
        Claim("Messages takes `{}`", "the format it mirrors; not on the list of the help page", "inferred"),
        request=messages(metadata={"user_id": "probe"}),
        endpoint="messages",
    ),
    _field(
        "no_such_field",
        None,
        Claim("Messages refuses fields it does not know", "the format it mirrors", "inferred"),
        request=messages(no_such_field=1),
        endpoint="messages",
    ),
    _field(
        "anthropic_beta",
        None,
        Claim(
            "Messages tolerates the headers anthropic-version and anthropic-beta",
            "Anthropic's SDK always sends the first",
            "inferred",
        ),
        request=Request(
            messages().path,
            messages().body,
            headers={"anthropic-version": "2023-06-01", "anthropic-beta": "interleaved-thinking-2025-05-14"},
        ),
        endpoint="messages",
    ),
    _field(
        "no_such_field",
        None,
        Claim("Native chat tolerates fields it does not know", "a public client", "seen"),
        request=chat(no_such_field=1),
        endpoint="chat",
    ),
)
