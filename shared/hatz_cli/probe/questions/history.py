"""Which conversations are accepted: their ends, their roles, their tool calls."""

from __future__ import annotations

from typing import Any

from hatz_cli.exchange import Request
from hatz_cli.probe.interpret import accepted
from hatz_cli.probe.question import Claim, Question, chat, messages, responses

_BEGUN = [{"role": "user", "content": "Say: one two three."}, {"role": "assistant", "content": "one two"}]
_CALL = {"type": "tool_use", "id": "toolu_01", "name": "add", "input": {"a": 2, "b": 3}}
_RESULT = {"type": "tool_result", "tool_use_id": "toolu_01", "content": "5"}
_CALLED = [{"role": "user", "content": "Add 2 and 3."}, {"role": "assistant", "content": [_CALL]}]
_ITEMS = [
    {"role": "user", "content": "Add 2 and 3."},
    {"type": "function_call", "call_id": "call_01", "name": "add", "arguments": '{"a": 2, "b": 3}'},
]
_OUTPUT = {"type": "function_call_output", "call_id": "call_01", "output": "5"}


def _history(
    name: str, asks: str, request: Request, claim: Claim, refused: str, used_by: tuple[str, ...] = ()
) -> Question:
    """The question whether a conversation is accepted; `refused` says what to do when it is not."""
    return Question(
        id=name,
        asks=asks,
        send=request,
        interpret=accepted,
        means={"accepted": "Such conversations may be sent as they are.", "refused": refused},
        claim=claim,
        tokens=80,
        used_by=used_by,
    )


def _mirrors(says: str) -> Claim:
    return Claim(says, "the format it mirrors", "inferred")


def _chat(*turns: dict[str, Any]) -> Request:
    return chat(messages=list(turns))


_USER = {"role": "user", "content": "Reply with the one word OK."}

QUESTIONS = (
    _history(
        "messages-ends-with-assistant",
        "Does Messages go on from the model's own turn?",
        messages(messages=_BEGUN),
        _mirrors("Messages goes on from a last turn of the model (prefill); newer Claude models refuse it"),
        "End every conversation with a turn of the user.",
    ),
    _history(
        "responses-ends-with-assistant",
        "Does Responses take a conversation that ends with the model's turn?",
        responses(input=_BEGUN),
        _mirrors("Responses takes such a conversation"),
        "End every conversation with a turn of the user.",
    ),
    _history(
        "chat-ends-with-assistant",
        "Does native chat take a conversation that ends with the model's turn?",
        _chat(*_BEGUN),
        Claim("Native chat takes such a conversation", "none", "unknown"),
        "End every conversation with a turn of the user.",
    ),
    _history(
        "messages-calls-without-tools",
        "Does Messages take calls in a history without `tools`?",
        messages(messages=[*_CALLED, {"role": "user", "content": [_RESULT]}]),
        Claim("Messages takes tool blocks in a history without tools", "none; some providers refuse them", "unknown"),
        "Nothing to do: after a refusal the client offers the tools that were called.",
    ),
    _history(
        "responses-calls-without-tools",
        "Does Responses take calls in a history without `tools`?",
        responses(input=[*_ITEMS, _OUTPUT]),
        Claim("Responses takes calls in a history without tools", "none; some providers refuse them", "unknown"),
        "Nothing to do: after a refusal the client offers the tools that were called.",
    ),
    _history(
        "messages-call-without-result",
        "Does Messages take a call without a result?",
        messages(messages=[*_CALLED, {"role": "user", "content": "Never mind. Say OK."}]),
        _mirrors("Messages refuses a call without a result"),
        'Keep orphan_tools="repair", the default.',
    ),
    _history(
        "responses-call-without-result",
        "Does Responses take a call without a result?",
        responses(input=[*_ITEMS, {"role": "user", "content": "Never mind. Say OK."}]),
        _mirrors("Responses refuses a call without a result"),
        'Keep orphan_tools="repair", the default.',
    ),
    _history(
        "responses-developer-role",
        "Does Responses take the role `developer`?",
        responses(input=[{"role": "developer", "content": "Be brief."}, _USER]),
        Claim("Responses takes the role developer", "a public client's types", "inferred"),
        "Use the role system.",
    ),
    _history(
        "responses-late-system",
        "Does Responses take a system message in the middle?",
        responses(
            input=[_USER, {"role": "assistant", "content": "OK"}, {"role": "system", "content": "Be brief."}, _USER]
        ),
        _mirrors("Responses takes system messages anywhere"),
        'Set system_messages="hoist".',
    ),
    _history(
        "messages-system-role",
        "Does Messages take the role `system` within the messages?",
        messages(messages=[{"role": "system", "content": "Be brief."}, _USER]),
        Claim(
            "Messages has `system` beside the messages and not within",
            "the format it mirrors; one client sends it within",
            "inferred",
        ),
        "Nothing to do: the client puts it beside them.",
    ),
    _history(
        "chat-two-systems",
        "Does native chat take two system messages?",
        _chat({"role": "system", "content": "Be brief."}, {"role": "system", "content": "Be kind."}, _USER),
        Claim("Native chat takes one system message", "API docs, Chat Completions (older version)", "documented"),
        "Nothing to do: the client joins them.",
    ),
    _history(
        "messages-same-role-twice",
        "Does Messages take two turns of the user in a row?",
        messages(messages=[{"role": "user", "content": "Hello."}, _USER]),
        _mirrors("Messages joins turns of one role"),
        "Nothing to do: the client joins them.",
    ),
)
