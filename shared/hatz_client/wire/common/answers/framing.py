"""Framing: from a stream's bytes, cut anywhere, to JSON objects. Server-sent events and newline-delimited JSON.

Both take chunks from the network and return what is complete. Lines are split as bytes: a line ends at an ASCII byte, so no
character is cut, and U+2028 (a line end for `str.splitlines`, not for these formats) is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hatz_client.wire.common.answers.json_objects import SpreadObject, is_keep_alive, objects_in, only_object

_BOM = b"\xef\xbb\xbf"
_BEGIN_JSON = (b"{", b"[")
_FIELDS = (b":", b"event:", b"id:", b"retry:")
_one_event = re.compile(rb"(?:event:(?![^\n]*error)[^\r\n]*\n)?data: ?(\{[^\r\n]*\})\n\n").fullmatch
_PINGS = frozenset({"ping", "pong", "heartbeat", "keepalive", "keep-alive"})


class Lines:
    """Complete lines, ended by LF, CRLF or CR; linear in time for any length of lines and chunks."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._after_cr = False
        self._begun = False
        self.is_between = False
        """Whether the next chunk begins a line, and not the first."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are complete with this chunk, without line ends."""
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if not lines:
            self._pieces.append(rest)
            self.is_between = False
            return []
        if self._pieces:
            lines[0] = b"".join([*self._pieces, lines[0]])
            self._pieces.clear()
        if rest:
            self._pieces.append(rest)
        self.is_between = not rest and not self._after_cr
        if not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(_BOM)
        return lines

    def close(self) -> list[bytes]:
        """The rest, without a line end."""
        rest = b"".join(self._pieces)
        return [rest if self._begun else rest.removeprefix(_BOM)] if rest else []


class ServerSentEvents:
    """The JSON data of server-sent events.

    Comments, ids, retry times, `[DONE]` and keep-alive messages are skipped. An event's name becomes the object's "type" if
    it has none; the name "error" always does, so that an error is recognized whatever type its object has. Common mistakes
    of servers are accepted: several `data:` lines with an object each, and objects on lines without `data:`.
    """

    ended = False
    """Always False: the end of the answer is an event, and `[DONE]` is ignored."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[tuple[bytes, bytes]] = []
        """The data lines of the event so far, each with the event name before it."""
        self._name = b""
        self._bare = SpreadObject()

    def feed(self, chunk: bytes) -> Iterable[dict[str, Any]]:
        """The objects that are complete with this chunk."""
        if not (self._data or self._name or self._bare.lines) and self._lines.is_between:
            found = _one_event(chunk)  # as servers send nearly all of a stream; takes 1.3 µs, not 1.6
            if found is not None and (event := only_object(found[1])) is not None and "type" in event:
                return (event,)
        return self._events(self._lines.feed(chunk))

    def close(self) -> list[dict[str, Any]]:
        """The objects of the last event, if the stream ends without its empty line."""
        return list(self._events([*self._lines.close(), b""]))

    def _events(self, lines: list[bytes]) -> Iterator[dict[str, Any]]:
        for line in lines:
            if not line:
                if self._data:
                    data, self._data = self._data, []
                    event = only_object(data[0][1]) if len(data) == 1 else None
                    if event is not None and "type" in event and b"error" not in self._name:
                        yield event
                    else:
                        yield from _named_objects(data, self._name)
                self._name = b""
                if self._bare.lines:
                    yield from objects_in(self._bare.take())
            elif line.startswith(b"data:"):
                self._data.append((self._name, line[6:] if line.startswith(b"data: ") else line[5:]))
            elif line.startswith(b"event:"):
                self._name = line[6:]
            elif (self._bare.lines or line.startswith(_BEGIN_JSON)) and (text := self._bare.add(line)) is not None:
                yield from objects_in(text)


def _named_objects(data: list[tuple[bytes, bytes]], name: bytes) -> Iterator[dict[str, Any]]:
    """The objects in the data lines of one event: in the joined lines, or in each line."""
    if len(data) == 1 or _is_one_text(data):
        yield from _objects_of(b"\n".join(line for _, line in data), name)
    else:
        for before, line in data:
            yield from _objects_of(line, before or name)


def _is_one_text(data: list[tuple[bytes, bytes]]) -> bool:
    """Whether the lines are one object, a broken one, or a text: the first of them is no object."""
    return only_object(data[0][1]) is None and not is_keep_alive(data[0][1].decode("utf-8", "replace"))


def _objects_of(data: bytes, name: bytes) -> Iterator[dict[str, Any]]:
    named = _text(name)
    if named in _PINGS and only_object(data) is None:
        return
    if not data.lstrip().startswith(_BEGIN_JSON):
        words = _text(data)
        if named.endswith("error") and words and not is_keep_alive(words):
            yield {"type": "error", "message": words}
            return
    for event in objects_in(data):
        yield _with_name(event, name)


def _with_name(event: dict[str, Any], name: bytes) -> dict[str, Any]:
    named = _text(name)
    if named == "error" and event.get("type") != "error":
        return {**event, "type": "error"} if event.get("error") else {"type": "error", "error": event}
    if named and "type" not in event:
        event["type"] = named
    return event


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()


class JsonLines:
    """One JSON object per line. Also accepted: joined objects, objects spread over lines, a `data:` prefix, and a final `[DONE]`."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._spread = SpreadObject()
        self._is_ping = False
        """Whether the line before names a sign of life: then words in this one carry nothing."""
        self.ended = False
        """Whether the final `[DONE]` has arrived."""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The objects that are complete with this chunk."""
        return self._objects(self._lines.feed(chunk))

    def close(self) -> list[dict[str, Any]]:
        """The last object, if no newline follows it."""
        return [*self._objects(self._lines.close()), *objects_in(self._spread.take())]

    def _objects(self, lines: list[bytes]) -> Iterator[dict[str, Any]]:
        for line in lines:
            if line.startswith(_FIELDS):
                self._is_ping = line.startswith(b"event:") and _text(line[6:]) in _PINGS
                continue
            text = line.removeprefix(b"data:").strip()
            found = only_object(text)
            if self._is_ping:
                self._is_ping = False
                if found is None:
                    continue
            if found is not None and self._spread.lines and "type" in found:
                yield from objects_in(self._spread.take())  # it was not spread over lines, but broken: this raises
            if found is not None and not self._spread.lines:
                yield found
            elif self._spread.lines or text.startswith(_BEGIN_JSON):
                if (whole := self._spread.add(text)) is not None:
                    self.ended = self.ended or whole.endswith(b"[DONE]")
                    yield from objects_in(whole)
            elif text:
                yield from objects_in(text)
