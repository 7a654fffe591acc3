"""An answer on the terminal: printed as it comes, with its usage and what is odd about it on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any

from hatz_cli import terminal
from hatz_client import Delta, Event, Fold, Prompt, Refusal, Reply, Start, Text

if TYPE_CHECKING:
    from hatz_client import Client


def stream_answer(client: Client, prompt: Prompt, fold: Fold) -> Reply:
    """Print an answer as it is written; `fold` holds what has come, also after an error or Ctrl-C."""
    with closing(client.stream(prompt)) as events:
        print_events(events, fold)
    return fold.reply


def print_events(events: Iterable[Event], fold: Fold) -> None:
    """Print the texts of these events, flushing each piece, and end with a newline."""
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
    """What the user has to know about an answer that is not complete or has no text."""
    said = []
    match reply.finish.reason if reply.finish else None:
        case "length":
            said.append("The answer was cut off at the token limit: raise --max-tokens.")
        case "content_filter":
            said.append("The answer was stopped by a content filter.")
        case "refusal":
            said.append("The model refused to answer.")
    if not reply.text and not reply.tool_calls and not reply.refusal:
        said.append("The answer holds no text.")
    return said


def describe_usage(reply: Reply, endpoint: str) -> str:
    """One line: the model that answered, the tokens, why the answer ended, and the request id."""
    usage = reply.usage
    tokens = f"{usage.input} tokens in, {usage.output} out" if usage else "tokens unknown"
    if usage and usage.cache_read:
        tokens += f" ({usage.cache_read} from the cache)"
    if usage and usage.reasoning:
        tokens += f" ({usage.reasoning} for reasoning)"
    finish = reply.finish.reason if reply.finish else "unknown"
    return f"[{reply.model or 'model not named'}; {endpoint}; {tokens}; finish: {finish}; request {reply.request_id}]"


def as_json(reply: Reply, endpoint: str, content: Any) -> dict[str, Any]:
    """An answer for `--json`; what the gateway did not say is null."""
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
