"""The message and the names in the body of an error of any shape.

The gateway's error bodies are undocumented, and the services, relays and proxies behind it have their own shapes. So the
message is searched by the usual field names, at any depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

STATUS_FIELDS = ("status_code", "statuscode", "error_code", "errorcode")
"""Fields that hold an HTTP status, in lower case; `status` and `code` may hold one."""
# In the order in which they are asked; of a mapping the first that holds words is taken.
_WORDS = (
    "message", "msg", "error_message", "errormessage", "error_msg", "errormsg", "error_description", "detail", "error", "errors",
    "exception", "err", "fault", "faultstring", "response", "status_details", "details", "title",
    "description", "reason", "content", "text", "data", "body", "status_message", "status_msg", "base_resp",
)  # fmt: skip
_NAMES = ("code", "type", "__type", "status", *STATUS_FIELDS, "error_type", "errortype")
_HOLDERS = ("error", "err", "fault", "response", "status_details", "detail", "errors", "message")
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,500}>")
_DEPTH = 8
_LONGEST = 50_000
"""Longer text is not parsed as JSON inside JSON."""
_SHOWN = 500


def error_message(content: Any) -> str:
    """The message in an error's body; "" if it is empty, its JSON text if no message can be found."""
    if isinstance(content, str):
        return _find_message(content, 0) if _is_json(content) else text_of_page(content)
    if found := _find_message(content, 0):
        return found
    try:
        return json.dumps(content, ensure_ascii=False)[:_SHOWN] if has_words(content) else ""
    except RecursionError:
        return ""


def has_words(value: Any, depth: int = 0) -> bool:
    """Whether an error's body contains anything: an object with only empty fields is not an error."""
    if depth > _DEPTH:
        return True
    match value:
        case Mapping():
            return any(has_words(item, depth + 1) for item in value.values())
        case [*items]:
            return any(has_words(item, depth + 1) for item in items)
        case None | False | "":
            return False
        case _:
            return True


def names_of(value: Any, depth: int = 0) -> Iterator[Any]:
    """The names of an error: its codes, types and statuses; those inside its `error` come first."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str) and _is_json(value):
        value = _parse(value)
    if not isinstance(value, Mapping) or depth > _DEPTH:
        return
    fields = {key.lower(): item for key, item in value.items()}
    for name in _HOLDERS:
        yield from names_of(fields.get(name), depth + 1)
    yield from (fields[name] for name in _NAMES if name in fields)
    if isinstance(fields.get("error"), str | int):
        yield fields["error"]


def text_of_page(text: str) -> str:
    """The first words of a body that is not JSON; for an HTML page its title, if it has one."""
    text = text[:20_000]
    title = _TITLE.search(text)
    words = title.group(1) if title else _TAG.sub(" ", text) if text.lstrip().startswith("<") else text
    return " ".join(words.split())[:200]


def _find_message(value: Any, depth: int) -> str:
    if depth > _DEPTH:
        return ""
    match value:
        case str():
            return (_find_message(_parse(value), depth + 1) if _is_json(value) else "") or value
        case {"loc": [*where], "msg": str(words)}:  # FastAPI: which field, and what is wrong with it
            return f"{'.'.join(map(str, where))}: {words}"
        case Mapping():
            return _message_of_object(value, depth)
        case [*items]:
            return "; ".join(filter(None, (_find_message(item, depth + 1) for item in items[:20])))
        case _:
            return ""


def _message_of_object(value: Mapping[Any, Any], depth: int) -> str:
    fields = {key.lower(): item for key, item in value.items()}
    wanted = (fields[name] for name in _WORDS if name in fields)
    found = next(filter(None, (_find_message(item, depth + 1) for item in wanted)), "")
    match fields:
        case {"metadata": {"raw": raw}} if found and (inner := _find_message(raw, depth + 1)):  # OpenRouter
            return f"{found}: {inner}"
        case {"errors": Mapping() as problems} if not _find_message(problems, depth + 1):  # ASP.NET: by field
            said = ((name, _find_message(item, depth + 1)) for name, item in problems.items())
            return "; ".join(f"{name}: {words}" for name, words in said if words) or found
    return found


def _is_json(text: str) -> bool:
    return len(text) <= _LONGEST and text.lstrip()[:1] in {"{", "["}


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
