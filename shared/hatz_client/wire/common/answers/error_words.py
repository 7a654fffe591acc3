"""The words and names in the body of an error, whatever its shape.

The bodies of the gateway's own errors are undocumented, and services, relays and proxies behind it each have shapes of
their own. So the words are looked for by the usual names of such fields, at any depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# In the order in which they are asked; of a mapping the first that holds words is taken.
_WORDS = (
    "message",
    "msg",
    "error_message",
    "error_description",
    "detail",
    "error",
    "errors",
    "response",
    "details",
    "title",
)
_LAST_WORDS = ("description", "reason", "content", "text", "data", "status_message")
_NAMES = ("code", "type", "__type", "status", "status_code", "statuscode", "error_code")
_HOLDERS = ("error", "response", "detail", "errors", "message")
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,500}>")
_DEPTH = 8
_LONGEST = 50_000
"""Longer text is not parsed as JSON within JSON."""
_SHOWN = 500


def words_of(content: Any) -> str:
    """The words in an error's body; "" when it holds none at all, its JSON text when none can be told from the rest."""
    if isinstance(content, str):
        return _words(content, 0) if _is_json(content) else text_of_page(content)
    if found := _words(content, 0):
        return found
    try:
        return json.dumps(content, ensure_ascii=False)[:_SHOWN] if has_words(content) else ""
    except RecursionError:
        return ""


def has_words(content: Any) -> bool:
    """Whether there is anything in an error's body: an object whose fields are all empty is no error."""
    return _holds_anything(content, 0)


def names_of(content: Any) -> Iterator[Any]:
    """What an error is called: its codes, types and statuses, those within its `error` before its own."""
    yield from _names(content, 0)


def text_of_page(text: str) -> str:
    """The first words of a body that is no JSON; of a page of HTML its title, if it has one."""
    text = text[:20_000]
    title = _TITLE.search(text)
    words = title.group(1) if title else _TAG.sub(" ", text) if text.lstrip().startswith("<") else text
    return " ".join(words.split())[:200]


def _words(value: Any, depth: int) -> str:
    if depth > _DEPTH:
        return ""
    match value:
        case str():
            inner = _parsed(value) if _is_json(value) else None
            return (_words(inner, depth + 1) if inner is not None else "") or value
        case {"loc": [*where], "msg": str(words)}:  # FastAPI: which field, and what is wrong with it
            return f"{'.'.join(map(str, where))}: {words}"
        case Mapping():
            fields = {key.lower(): item for key, item in value.items() if isinstance(key, str)}
            wanted = (fields[name] for name in (*_WORDS, *_LAST_WORDS) if name in fields)
            return next(filter(None, (_words(item, depth + 1) for item in wanted)), "")
        case [*items]:
            return "; ".join(filter(None, (_words(item, depth + 1) for item in items[:20])))
        case _:
            return ""


def _names(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str) and _is_json(value):
        value = _parsed(value)
    if not isinstance(value, Mapping) or depth > _DEPTH:
        return
    fields = {key.lower(): item for key, item in value.items() if isinstance(key, str)}
    for name in _HOLDERS:
        yield from _names(fields.get(name), depth + 1)
    yield from (fields[name] for name in _NAMES if name in fields)
    if isinstance(fields.get("error"), str):
        yield fields["error"]


def _holds_anything(value: Any, depth: int) -> bool:
    if depth > _DEPTH:
        return True
    match value:
        case Mapping():
            return any(_holds_anything(item, depth + 1) for item in value.values())
        case [*items]:
            return any(_holds_anything(item, depth + 1) for item in items)
        case None | False | "":
            return False
        case _:
            return True


def _is_json(text: str) -> bool:
    return len(text) <= _LONGEST and text.lstrip()[:1] in {"{", "["}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
