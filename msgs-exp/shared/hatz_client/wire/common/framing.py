"""Bytes of a stream, cut anywhere, into the JSON objects it carries: server-sent events and newline-delimited JSON.

Both are fed with what the network gives, and give what is complete. They never decode text themselves: a line ends at an
ASCII byte, so a character is never cut, and U+2028 (a line end for `str.splitlines`, not for these formats) is just text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from hatz_client.errors import HatzResponseError

_BOM = b"\xef\xbb\xbf"
_value_at_start = json.JSONDecoder().raw_decode


class Framing(Protocol):
    """What `ServerSentEvents` and `JsonLines` have in common."""

    def feed(self, chunk: bytes) -> Iterable[dict[str, Any]]:
        """The objects that are complete with this chunk, each as it is asked for: what comes before a broken one is not lost."""
        ...

    def close(self) -> list[dict[str, Any]]:
        """What the end of the stream completes."""
        ...


class Lines:
    """Complete lines, ended by LF, CRLF or CR; linear in time however long a line and however small the chunks."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._after_cr = False
        self._begun = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are complete with this chunk, without their ends."""
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
            return []
        if self._pieces:
            lines[0] = b"".join([*self._pieces, lines[0]])
            self._pieces.clear()
        if rest:
            self._pieces.append(rest)
        if not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(_BOM)
        return lines

    def close(self) -> list[bytes]:
        """What was left without an end of line."""
        rest = b"".join(self._pieces)
        return [rest if self._begun else rest.removeprefix(_BOM)] if rest else []


class ServerSentEvents:
    """The data of server-sent events, which here is always JSON (but for the `[DONE]` some servers end with).

    An event's name is put in as "type" where the object has none. Comments, ids and retry times are passed over.
    """

    ended = False
    """An event says that the answer ends, not `[DONE]`."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[bytes] = []
        self._name = b""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The events' data that is complete with this chunk."""
        return self._events(self._lines.feed(chunk))

    def close(self) -> list[dict[str, Any]]:
        """The last event, when the stream ends without the empty line that should follow it."""
        return list(self._events([*self._lines.close(), b""]))

    def _events(self, lines: list[bytes]) -> Iterator[dict[str, Any]]:
        for line in lines:
            if not line:
                if self._data:
                    data, self._data = self._data, []
                    event = parsed(data[0] if len(data) == 1 else b"\n".join(data))
                    if event is not None:
                        if "type" not in event and (name := self._name.strip()):
                            event["type"] = name.decode("utf-8", "replace")
                        yield event
                self._name = b""
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line.startswith(b"event:"):
                self._name = line[6:]


class JsonLines:
    """One JSON object a line; `data:` before it and a closing `[DONE]` are tolerated (public clients do so too)."""

    def __init__(self) -> None:
        self._lines = Lines()
        self.ended = False
        """Whether the closing `[DONE]` has come."""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The objects that are complete with this chunk."""
        return self._objects(self._lines.feed(chunk))

    def close(self) -> list[dict[str, Any]]:
        """The last object, when no newline follows it."""
        return list(self._objects(self._lines.close()))

    def _objects(self, lines: list[bytes]) -> Iterator[dict[str, Any]]:
        for line in lines:
            text = b"" if line.startswith((b":", b"event:")) else line.removeprefix(b"data:").strip()
            if text and (found := parsed(text)) is not None:
                yield found
            elif text:
                self.ended = True


def parsed(data: bytes) -> dict[str, Any] | None:
    """The JSON object; None for the closing `[DONE]` and for data that is empty.

    Raises:
        HatzResponseError: when it is no JSON object.
    """
    try:
        text = data.decode()
        value, end = _value_at_start(text)  # half the time of `json.loads`
        if end != len(text):
            value = json.loads(text)
    except (ValueError, RecursionError):
        if data.strip() in {b"[DONE]", b""}:
            return None
        try:
            value = json.loads(data.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as broken:
            shown = data[:200].decode("utf-8", "replace")
            raise HatzResponseError(f"The stream carries something that is no JSON: {shown}", body=shown) from broken
    if not isinstance(value, dict):
        raise HatzResponseError(
            f"The stream carries a {type(value).__name__} where an object belongs: {value!r:.200}", body=value
        )
    return value
