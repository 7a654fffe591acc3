"""Structured output by the endpoints' own fields."""

from __future__ import annotations

import json

from hatz_cli.exchange import Exchange
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import works
from hatz_cli.probe.question import Claim, Question, chat, messages, responses

_NAMES = ["colour_of_the_sky", "is_blue"]
_SCHEMA = {
    "type": "object",
    "properties": {"colour_of_the_sky": {"type": "string"}, "is_blue": {"type": "boolean"}},
    "required": _NAMES,
    "additionalProperties": False,
}
_ASK = "What colour is the clear sky at noon? Answer in a sentence."
_ASK_JSON = "What colour is the clear sky at noon? Answer as JSON."
_NATIVE = {
    "works": 'structured_output_strategy="native" may be set for this endpoint.',
    "ignored": "Leave structured_output_strategy unset: a forced tool makes the answer fit.",
    "refused": "Leave structured_output_strategy unset: a forced tool makes the answer fit.",
}


def _fits(exchange: Exchange) -> bool:
    """Whether the text is JSON of the schema, whose names the question does not tell."""
    try:
        return set(json.loads(reading.text(exchange))) == set(_NAMES)
    except (ValueError, TypeError):
        return False


def _is_json(exchange: Exchange) -> bool:
    try:
        return isinstance(json.loads(reading.text(exchange)), dict)
    except ValueError:
        return False


QUESTIONS = (
    Question(
        id="responses-json-schema",
        asks="Does Responses honour text.format json_schema?",
        send=responses(input=_ASK, text={"format": {"type": "json_schema", "name": "sky", "schema": _SCHEMA}}),
        interpret=works(_fits),
        means=_NATIVE,
        claim=Claim("Responses honours text.format json_schema", "none; only the format `text` is shown", "unknown"),
        tokens=150,
        used_by=("responses.response_format", "wire/common/tools/strict_schema.py"),
    ),
    Question(
        id="responses-json-schema-strict",
        asks="Does Responses honour text.format json_schema with strict?",
        send=responses(
            input=_ASK, text={"format": {"type": "json_schema", "name": "sky", "schema": _SCHEMA, "strict": True}}
        ),
        interpret=works(_fits),
        means=_NATIVE,
        claim=Claim("Responses honours text.format json_schema with strict", "none", "unknown"),
        tokens=150,
    ),
    Question(
        id="responses-json-object",
        asks="Does Responses honour text.format json_object?",
        send=responses(input=_ASK_JSON, text={"format": {"type": "json_object"}}),
        interpret=works(_is_json),
        means={
            "works": "extra_body={'text': {'format': {'type': 'json_object'}}} gives JSON.",
            "ignored": "Ask for JSON by a schema instead.",
            "refused": "Ask for JSON by a schema instead.",
        },
        claim=Claim("Responses honours text.format json_object", "none", "unknown"),
        tokens=100,
    ),
    Question(
        id="messages-output-format",
        asks="Does Messages honour output_config.format json_schema?",
        send=messages(
            messages=[{"role": "user", "content": _ASK}],
            output_config={"format": {"type": "json_schema", "schema": _SCHEMA}},
        ),
        interpret=works(_fits),
        means=_NATIVE,
        claim=Claim(
            "Messages honours output_config.format",
            "none; structured output is not on the list of the help page",
            "unknown",
        ),
        tokens=150,
        used_by=("messages.response_format",),
    ),
    Question(
        id="chat-response-format",
        asks="Does native chat honour response_format json_schema?",
        send=chat(
            messages=[{"role": "user", "content": _ASK}],
            response_format={"type": "json_schema", "json_schema": {"name": "sky", "schema": _SCHEMA}},
        ),
        interpret=works(_fits),
        means={
            "works": "extra_body={'response_format': …} gives JSON on native chat; report it.",
            "ignored": "On native chat JSON is asked for in words.",
            "refused": "On native chat JSON is asked for in words.",
        },
        claim=Claim("Native chat ignores response_format", "public clients: unknown fields are tolerated", "inferred"),
        tokens=120,
    ),
)
