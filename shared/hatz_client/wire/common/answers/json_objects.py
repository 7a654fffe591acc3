"""The JSON objects in one piece of a stream's text; around them are keep-alive messages, `[DONE]` or plain text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hatz_client.errors import HatzResponseError
from hatz_client.util.json_text import REFUSED, read_json, read_plain

_value_at = json.JSONDecoder().raw_decode
_next_word = re.compile(r"\S").search
_KEEP_ALIVE = frozenset({
    "", "[done]", "done", "null", "none", "undefined", "true", "ok", "ping", "pong", "heartbeat", "heart-beat", "keepalive",
    "keep-alive", "keep_alive", "connected", "processing", "waiting",
})  # fmt: skip
_is_time = re.compile(r"[\d.:TZ +-]+").fullmatch
# A string (to its end, or to the end of the line), or a bracket outside strings.
_brackets = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([{\[])|([}\]])')


def only_object(data: bytes) -> dict[str, Any] | None:
    """The object in `data`, if it is exactly one; else None. The fast path for nearly every event."""
    try:
        value = read_plain(data)
    except REFUSED:
        try:
            value = read_json(data.decode())
        except (ValueError, RecursionError):
            return None
    return value if type(value) is dict else None


def objects_in(data: bytes) -> Iterator[dict[str, Any]]:
    """The objects in `data`, whatever separates them.

    Invalid UTF-8 becomes U+FFFD. Keep-alive messages ("ping", ": PROCESSING", a time, null) and `[DONE]` are skipped.

    Raises:
        HatzResponseError: for anything else, after the objects before it were returned.
    """
    text = data.decode("utf-8", "replace")
    at = 0
    while (word := _next_word(text, at)) is not None:
        at = word.start()
        if text[at] not in "{[" or text[at : at + 6].upper() == "[DONE]":
            end = at + len("[DONE]") if text[at] == "[" else _end_of_line(text, at)
            if not is_keep_alive(text[at:end]):
                raise _no_object(text[at:end])
            at = end
            continue
        try:
            value, at = _value_at(text, at)
        except (ValueError, RecursionError) as error:
            raise _no_object(text[at:]) from error
        for one in value if isinstance(value, list) else (value,):
            if not isinstance(one, dict):
                raise _no_object(repr(value))
            yield one


def is_keep_alive(words: str) -> bool:
    """Whether this text, which is not a JSON object, is only a keep-alive message or the final `[DONE]`."""
    words = words.strip().strip('".').lower()
    return words in _KEEP_ALIVE or words.startswith(":") or _is_time(words.upper()) is not None


def open_brackets(line: bytes) -> int:
    """How many more brackets this line of JSON opens than it closes, not counting those in strings."""
    return sum(1 if found[1] else -1 if found[2] else 0 for found in _brackets.finditer(line))


class SpreadObject:
    """Collects the lines of an object that is spread over several, such as pretty-printed JSON."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        """The lines so far of an object that is not complete; empty when none has begun."""
        self._open = 0

    def add(self, line: bytes) -> bytes | None:
        """The object's text when this line completes it."""
        self.lines.append(line)
        self._open += open_brackets(line)
        return self.take() if self._open <= 0 else None

    def take(self) -> bytes:
        """What has been collected, complete or not; the next line begins a new object."""
        text, self.lines, self._open = b"\n".join(self.lines), [], 0
        return text


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _no_object(text: str) -> HatzResponseError:
    shown = text[:200]
    return HatzResponseError(f"The stream contains something other than a JSON object: {shown}", body=shown)
