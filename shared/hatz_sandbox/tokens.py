"""Token counts: an estimate that is the same on every machine, the token limit, usage, and the counts of prompt caching."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hatz_sandbox.neutral import Answer, Json, Question, Usage

_TOKEN = re.compile(r"\s*(?:[A-Za-z0-9]{1,6}|\S)|\s+")
_PROMPT = ("instructions", "system", "input", "inputs", "messages", "tools")


def count(text: str) -> int:
    """The number of tokens of a text."""
    return len(_TOKEN.findall(text))


def count_json(value: Any) -> int:
    """The number of tokens of a JSON value; long strings, such as images, are estimated from their length."""
    if isinstance(value, str):
        return count(value) if len(value) < 20_000 else len(value) // 4
    if isinstance(value, dict | list):
        return sum(1 + count_json(item) for item in (value.values() if isinstance(value, dict) else value))
    return count(json.dumps(value))


def count_prompt(body: Json) -> int:
    """The number of tokens of the messages and tools of a request."""
    return count_json({name: body[name] for name in _PROMPT if name in body})


def count_usage(answer: Answer, prompt_tokens: int) -> Usage:
    """The usage of an answer: its own, or counted."""
    reasoning = count(answer.reasoning or "")
    texts = (answer.text, answer.refusal or "", *(call.name + call.arguments for call in answer.calls))
    return answer.usage or Usage(prompt_tokens, max(1, reasoning + sum(map(count, texts))), reasoning=reasoning)


def apply_limits(answer: Answer, question: Question) -> Answer:
    """The answer, truncated at a stop sequence and the token limit; an answer with a `finish` is not changed."""
    if answer.finish is not None:
        return answer
    found = [(answer.text.find(stop), stop) for stop in question.stop if stop and stop in answer.text]
    if found:
        at, stop = min(found)
        cut: Json = {"text": answer.text[:at], "chunks": None, "calls": (), "citations": ()}
        answer = replace(answer, finish="stop_sequence", stop_sequence=stop, **cut)
    return answer if question.max_tokens is None else _truncate(answer, question.max_tokens)


def _truncate(answer: Answer, left: int) -> Answer:
    texts: Json = {}
    for name in ("reasoning", "text", "refusal"):
        text = getattr(answer, name)
        texts[name] = text and _first(text, left)
        left -= count(text or "")
    calls = []
    for call in answer.calls:
        if left > 0:
            calls.append(replace(call, arguments=_first(call.arguments, left)))
        left -= count(call.arguments)
    return answer if left >= 0 else replace(answer, **texts, calls=tuple(calls), chunks=None, finish="length")


def _first(text: str, tokens: int) -> str:
    return "".join(_TOKEN.findall(text)[: max(tokens, 0)])


def with_cache_counts(body: Json, usage: Usage, known_prefixes: set[str]) -> Usage:
    """The usage with the cache counts of Messages: the first request with a marked prefix writes it, later ones read it."""
    prefixes = _marked_prefixes(body)
    if not prefixes:
        return usage
    sizes = {json.dumps(prefix, sort_keys=True): min(count_json(prefix), usage.input) for prefix in prefixes}
    read = max((size for prefix, size in sizes.items() if prefix in known_prefixes), default=0)
    known_prefixes.update(sizes)
    return replace(usage, cache_read=read, cache_write=max(sizes.values()) - read)


def _marked_prefixes(body: Json) -> list[list[Any]]:
    """Every prefix that ends at a `cache_control`, in the service's order: tools, system, messages."""
    contents = [body.get("tools") or [], body.get("system"), *(message["content"] for message in body["messages"])]
    seen: list[Any] = [body.get("model")]
    marked = []
    for content in contents:
        for block in content if isinstance(content, list) else [{"text": content}]:
            seen.append({key: value for key, value in block.items() if key != "cache_control"})
            if block.get("cache_control"):
                marked.append(list(seen))
    return marked
