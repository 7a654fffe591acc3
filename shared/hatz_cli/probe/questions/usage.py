"""Usage in answers and streams, the prompt cache, and token counts."""

from __future__ import annotations

from collections.abc import Sequence

from hatz_cli.exchange import MODEL, Exchange, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import has
from hatz_cli.probe.question import Claim, Question, Verdict, chat, messages, responses

_LONG = "The tide rises and falls twice a day because the moon pulls the sea. " * 150
"""Long enough for every provider's prompt cache (1,024 tokens at least)."""
_CACHED = messages(system=[{"type": "text", "text": _LONG, "cache_control": {"type": "ephemeral"}}])
_COUNT = Request(
    "/anthropic/messages/count_tokens",
    {"model": MODEL, "messages": [{"role": "user", "content": "Reply with the one word OK."}]},
)


def _describe_counts(exchange: Exchange) -> str:
    return str(reading.usage(exchange)) if reading.tokens(exchange) else ""


def _final_output(exchange: Exchange) -> str:
    """How many items the last event of a Responses stream holds; empty if it holds none."""
    for event in reversed(exchange.events):
        match event:
            case {"type": "response.completed" | "response.incomplete", "response": {"output": list(items)}}:
                return f"{len(items)} items" if items else ""
    return ""


def _from_cache(exchange: Exchange) -> str:
    counted = reading.usage(exchange)
    details = counted.get("input_tokens_details") or {}
    read = counted.get("cache_read_input_tokens") or details.get("cached_tokens")
    return f"{read} tokens read from the cache" if read else ""


def _fields_of_cache(exchanges: Sequence[Exchange]) -> Verdict:
    last = exchanges[-1]
    if last.refused:
        return Verdict("refused", reading.error(last))
    if found := _from_cache(last):
        return Verdict("works", found)
    named = [name for name in reading.usage(last) if "cache" in name]
    return Verdict("fields only" if named else "ignored", ", ".join(named) or "no field of the cache in usage")


def _same_count(exchanges: Sequence[Exchange]) -> Verdict:
    """Whether the token count of a prompt equals the input tokens that its answer reports."""
    counted, answered = exchanges
    if counted.refused or answered.refused:
        return Verdict("refused", reading.error(counted if counted.refused else answered))
    body = counted.body if isinstance(counted.body, dict) else {}
    number, used = body.get("input_tokens"), reading.usage(answered).get("input_tokens")
    if not isinstance(number, int):
        return Verdict("other body", counted.text[:100])
    return Verdict("same" if number == used else "differs", f"counted {number}, used {used}")


QUESTIONS = (
    Question(
        id="responses-usage",
        asks="Does a whole answer on Responses report its usage?",
        send=responses(),
        interpret=has("usage", _describe_counts),
        means={"yes": "Usage is known.", "no": "Usage is not known on Responses."},
        claim=Claim("Whole answers on Responses report their usage", "API reference, Create Response", "documented"),
        used_by=("wire/responses/decode.py", "wire/responses/items.py"),
    ),
    Question(
        id="responses-stream-usage",
        asks="Does a stream on Responses report its usage?",
        send=responses(stream=True),
        interpret=has("usage but zeros", _describe_counts),
        means={
            "yes": "Usage is known in streams too.",
            "no": "Usage of streams on Responses is not known: disable_streaming where you count tokens.",
        },
        claim=Claim("The usage of Responses streams is often all zeros", "a public client, 2026-03", "seen"),
        used_by=("wire/responses/stream/items.py",),
    ),
    Question(
        id="responses-stream-final",
        asks="Does the last event of a Responses stream hold the answer?",
        send=responses(stream=True),
        interpret=has("output in the last event", _final_output),
        means={
            "yes": "OpenAI's own SDK reads whole answers from streams.",
            "no": "OpenAI's own SDK gets empty final answers from streams; this client adds the pieces up itself.",
        },
        claim=Claim("The last event of a Responses stream can have no output", "a public client", "seen"),
    ),
    Question(
        id="messages-stream-usage",
        asks="Does a stream on Messages report its usage?",
        send=messages(stream=True),
        interpret=has("usage", _describe_counts),
        means={"yes": "Usage is known in streams.", "no": "Usage of streams on Messages is not known."},
        claim=Claim("Messages streams report their usage", "the format it mirrors", "inferred"),
    ),
    Question(
        id="chat-usage",
        asks="Does a whole answer on native chat report its usage?",
        send=chat(),
        interpret=has("usage", _describe_counts),
        means={"yes": "Usage is known.", "no": "Usage is not known on native chat."},
        claim=Claim("Whole answers on native chat report their usage", "API docs, Chat Completions", "documented"),
    ),
    Question(
        id="chat-stream-usage",
        asks="Does a stream on native chat report its usage?",
        send=chat(stream=True),
        interpret=has("usage", _describe_counts),
        means={
            "yes": "Native chat streams report their usage; report this, because the client does not read it.",
            "no": "Usage of streams on native chat is not known: disable_streaming where you count tokens.",
        },
        claim=Claim("Native chat streams report no usage", "public clients", "seen"),
        used_by=("wire/chat/__init__.py", "wire/chat/decode.py"),
    ),
    Question(
        id="messages-cache",
        asks="Does cache_control on Messages work, and does usage say so?",
        send=(_CACHED, _CACHED),
        interpret=_fields_of_cache,
        means={
            "works": "Prompt caching pays for this model.",
            "fields only": "The fields are there; this model did not cache.",
            "ignored": "Prompt caching has no visible effect for this model.",
            "refused": "Leave cache marks out for this model.",
        },
        claim=Claim(
            "Messages passes cache_control through where the provider supports it",
            "help page, Anthropic Messages Gateway",
            "documented",
        ),
        tokens=5400,
        used_by=("messages.cache_marks", "messages.cache_control"),
    ),
    Question(
        id="responses-cache",
        asks="Does Responses cache long prompts by itself, and does usage say so?",
        send=(responses(instructions=_LONG), responses(instructions=_LONG)),
        interpret=_fields_of_cache,
        means={
            "works": "Long prompts are cached, and usage says how much.",
            "fields only": "The fields are there; this model did not cache.",
            "ignored": "Caching is not visible on Responses.",
            "refused": "See the error.",
        },
        claim=Claim(
            "The usage of Responses has no details of the cache", "API reference, Create Response", "documented"
        ),
        tokens=5400,
        used_by=("responses.cache_marks",),
    ),
    Question(
        id="messages-count",
        asks="What does count_tokens answer, and is it what an answer then uses?",
        send=(_COUNT, messages()),
        interpret=_same_count,
        means={
            "same": "Token counts are exact for this model.",
            "differs": "Token counts are estimates for this model: leave room.",
            "other body": "Token counts are not readable; report it.",
            "refused": "Tokens cannot be counted for this model.",
        },
        claim=Claim(
            'count_tokens answers {"input_tokens": n}', "the format it mirrors; the body is not shown", "inferred"
        ),
    ),
)
