"""Print an answer as it arrives; its usage and warnings go to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from hatz_cli.output import terminal
from hatz_client import Delta, Event, Fold, Prompt, Refusal, Reply, Start, Text

if TYPE_CHECKING:
    from hatz_client import Client


def stream_answer(client: Client, prompt: Prompt, fold: Fold) -> Reply:
    """Print an answer as it arrives; `fold` has the answer so far, also after an error or Ctrl-C."""
    with closing(client.stream(prompt)) as events:
        print_events(events, fold)
    return fold.reply


def print_events(events: Iterable[Event], fold: Fold) -> None:
    """Print the text of these events, piece by piece, and end with a newline."""
    shown: set[int] = set()
    ended = True
    try:
        for event in events:
            fold.add(event)
            if isinstance(event, Start) and isinstance(event.part, Text | Refusal):
                shown.add(event.index)
                text = event.part.text
            elif isinstance(event, Delta) and event.index in shown:
                text = event.text
            else:
                continue
            sys.stdout.write(text)
            sys.stdout.flush()
            ended = text.endswith("\n") if text else ended
    finally:
        if not ended:
            sys.stdout.write("\n")
            sys.stdout.flush()


def warnings(reply: Reply) -> list[str]:
    """Warnings about an answer that is incomplete or has no text."""
    found = []
    match reply.finish.reason if reply.finish else None:
        case "length":
            found.append("The answer was cut off at the token limit: raise --max-tokens.")
        case "content_filter":
            found.append("The answer was stopped by a content filter.")
        case "refusal":
            found.append("The model refused to answer.")
    if not reply.text and not reply.tool_calls and not reply.refusal:
        found.append("The answer has no text.")
    return found


def describe_usage(reply: Reply, endpoint: str) -> str:
    """One line: model, endpoint, tokens, finish reason and request id."""
    usage = reply.usage
    tokens = f"{usage.input} tokens in, {usage.output} out" if usage else "tokens unknown"
    if usage and usage.cache_read:
        tokens += f" ({usage.cache_read} from the cache)"
    if usage and usage.reasoning:
        tokens += f" ({usage.reasoning} for reasoning)"
    finish = reply.finish.reason if reply.finish else "unknown"
    return f"[{reply.model or 'model not named'}; {endpoint}; {tokens}; finish: {finish}; request {reply.request_id}]"


def as_json(reply: Reply, endpoint: str, content: Any) -> dict[str, Any]:
    """An answer for `--json`; unknown values are null."""
    usage = reply.usage
    return {
        "model": reply.model,
        "endpoint": endpoint,
        "content": content,
        "finish": reply.finish.reason if reply.finish else None,
        "usage": {"input": usage.input, "output": usage.output, "total": usage.total} if usage else None,
        "request_id": reply.request_id,
    }


def note_warnings(reply: Reply) -> None:
    """Print the warnings to stderr."""
    for warning in warnings(reply):
        terminal.note(warning)
