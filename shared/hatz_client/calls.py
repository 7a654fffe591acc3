"""What each call sends and how its answer is read, without sending or waiting: the decisions both clients share."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeVar

from hatz_client import wire
from hatz_client.content import Prompt, Reply
from hatz_client.errors import (
    HatzConnectionError,
    HatzError,
    HatzInvalidInputError,
    HatzResponseError,
    HatzTimeoutError,
)
from hatz_client.events import Event, Meta, fold, unfold
from hatz_client.framing import JsonLines, ServerSentEvents
from hatz_client.plain import to_json
from hatz_client.refusals import of_status, request_id_of
from hatz_client.settings import PING_PATIENCE, Key, Settings, new_request_id, request_headers, unfit_header
from hatz_client.transport import Exchange
from hatz_client.wire.characters import Characters
from hatz_client.wire.stops import StopCut, cut

T = TypeVar("T")

_logger = logging.getLogger("hatz_client")
_COOKIES = {"set-cookie", "set-cookie2"}
_SHOWN = 200
"""How many bytes of a body that is no answer an error shows."""
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:", b"\xef\xbb\xbf")
"""What an event stream begins with."""


@dataclass(frozen=True, slots=True)
class Options:
    """What one call may set for itself."""

    endpoint: wire.Endpoint | None = None
    timeout: Any = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the gateway; each attempt at it is an `Exchange`."""

    settings: Settings
    options: Options
    method: str
    path: str
    content: bytes | None = field(repr=False)
    request_id: str
    stream: bool = False
    prompt: Prompt | None = None
    dialect: wire.Dialect | None = None
    content_type: str | None = None
    """When the content is not JSON."""

    def __post_init__(self) -> None:
        own = {"X-Request-ID": self.request_id}
        if (name := unfit_header(self.settings.default_headers, self.options.headers, own)) is not None:
            raise HatzInvalidInputError(
                f"The header {name[:100]!r} cannot be sent: names and values are plain ASCII text in one line."
            )

    def exchange(self, key: Key, attempt: int) -> Exchange:
        """The request of this attempt. Each has an id of its own, so that support can tell them apart."""
        timeouts = self.settings.timeouts(self.options.timeout)
        request_id = self.request_id if attempt == 1 else f"{self.request_id}-{attempt}"
        url = self.settings.url + self.path  # before the headers are: tracebacks may show what a failing frame holds
        headers = request_headers(self.settings, key, request_id, stream=self.stream, more=self.options.headers)
        if self.content_type:
            headers["Content-Type"] = self.content_type
        return Exchange(
            method=self.method,
            url=url,
            headers=headers,
            content=self.content,
            timeouts=timeouts,
            idle=self.settings.idle(timeouts),
        )

    def reply(self, body: Any) -> Reply:
        """The answer that a response's body holds, cut at a stop sequence where the endpoint does not do it.

        Raises:
            HatzError: what the body says instead of an answer.
        """
        dialect, prompt = _generating(self)
        if not isinstance(body, Mapping):
            raise HatzResponseError(f"The gateway answered with something that is no object: {body!r:.200}", body=body)
        reply = dialect.decode(body)
        return cut(reply, prompt.stop) if prompt.stop and not dialect.STOPS_ITSELF else reply


def read(exchange: Exchange, response: Any, content: bytes, meaning: Callable[[Any], T]) -> T:
    """What a response means.

    Raises:
        HatzStatusError: for a status of 300 or more.
        HatzError: what the body says instead of an answer, or that it is none.
    """
    status, headers = response.status_code, response.headers
    if status >= 300:
        raise refusal(exchange, status, headers, content)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise no_answer(exchange, status, headers, content) from error
    request_id = _id(exchange, headers)
    try:
        found = meaning(body)
    except HatzError as error:
        error.request_id = error.request_id or request_id
        raise
    return replace(found, request_id=request_id, headers=shown(headers)) if isinstance(found, Reply) else found


def generation(settings: Settings, prompt: Prompt, options: Options, *, stream: bool = False) -> Call:
    """The call that asks for an answer.

    Raises:
        HatzInvalidInputError: when the prompt cannot be sent.
    """
    if not prompt.model:
        raise HatzInvalidInputError("model is empty: give the `name` of one of `models()`.")
    dialect = wire.dialect(wire.dialect_name(prompt, options.endpoint or settings.endpoint))
    content = to_json(dialect.encode(prompt, stream=stream))
    return Call(settings, options, "POST", dialect.PATH, content, _request_id(options), stream, prompt, dialect)


def token_count(settings: Settings, prompt: Prompt, options: Options) -> Call:
    """The call that counts a prompt's tokens: only Messages has one, for any model."""
    from hatz_client.wire import messages  # noqa: PLC0415 (only the dialects in use are loaded)

    return Call(
        settings, options, "POST", messages.COUNT_PATH, to_json(messages.encode_count(prompt)), _request_id(options)
    )


def discovery(settings: Settings, path: str, options: Options) -> Call:
    """The call that asks for a list."""
    return Call(settings, options, "GET", path, None, _request_id(options))


def _request_id(options: Options) -> str:
    return options.request_id or new_request_id()


def _generating(call: Call) -> tuple[wire.Dialect, Prompt]:
    if call.dialect is None or call.prompt is None:
        raise TypeError(f"{call.path} does not generate")
    return call.dialect, call.prompt


def token_count_of(body: Any) -> int:
    """The number in the answer to a token count."""
    from hatz_client.wire import messages  # noqa: PLC0415 (only the dialects in use are loaded)

    return messages.decode_count(body)


def refusal(exchange: Exchange, status: int, headers: Mapping[str, str], content: bytes) -> HatzError:
    """The error that a status of 300 or more means; a redirect is not followed, for it would carry the key elsewhere."""
    if status < 400:
        message = f"{status}: the gateway redirects to {headers.get('location')!r}, which is not followed. Set base_url to where it is."
        return HatzResponseError(message, status_code=status, request_id=_id(exchange, headers))
    error = of_status(status, headers, content)
    error.request_id = error.request_id or _id(exchange, headers)
    return error


def no_answer(exchange: Exchange, status: int, headers: Mapping[str, str], content: bytes) -> HatzResponseError:
    """The error for a body that is not what the endpoint answers, saying what it is."""
    kind, shown = headers.get("content-type", "no content type"), content[:_SHOWN].decode("utf-8", "replace")
    request_id = _id(exchange, headers)
    message = (
        f"{status}: {exchange.url} answered with {'an empty body' if not content else repr(shown)} ({kind}) instead of JSON. "
        f"Is base_url right, and is there a proxy between? [request id {request_id}]"
    )
    return HatzResponseError(message, status_code=status, request_id=request_id, body=shown)


def _id(exchange: Exchange, headers: Mapping[str, str]) -> str | None:
    return request_id_of(headers) or exchange.headers.get("X-Request-ID")


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    """A response's headers without its cookies, which are secrets."""
    raw = getattr(headers, "raw", None)  # httpx's `items` looks for the encoding of each anew
    pairs = (
        headers.items() if raw is None else ((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)
    )
    found: dict[str, str] = {}
    for given, value in pairs:
        if (name := given.lower()) not in _COOKIES:
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


class Reading:
    """Reads one stream: bytes in, events out; sees to stop sequences, stalls, and errors that keep what had come."""

    def __init__(self, call: Call, exchange: Exchange, headers: Mapping[str, str]) -> None:
        dialect, prompt = _generating(call)
        self._call = call
        self._exchange = exchange
        self._headers = headers
        self._decoder = dialect.Decoder()
        self._characters = Characters()
        self._framing = JsonLines() if dialect.NAME == "chat" else ServerSentEvents()
        self._cut = StopCut(prompt.stop) if prompt.stop and not dialect.STOPS_ITSELF else None
        self._whole: list[bytes] | None = None
        self._begun = False
        self._opening = b""
        """The first bytes, until they turn out to be a stream's."""
        self.first = Meta(request_id=_id(exchange, headers), dialect=dialect.NAME, headers=shown(headers))
        """What is known before the body."""
        self._seen: list[Event] = [self.first]
        self._progress = time.monotonic()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that this piece of the body completes.

        Raises:
            HatzError: what the stream says instead of going on, or that it does not go on.
        """
        if not self._begun and chunk.strip():
            self._begun = True
            # An event stream begins with neither: a gateway that does not stream this answers in one piece, a proxy in HTML.
            if chunk.lstrip()[:1] == b"<" or (
                isinstance(self._framing, ServerSentEvents) and chunk.lstrip()[:1] == b"{"
            ):
                self._whole = []
        if self._whole is not None:
            self._whole.append(chunk)
            return
        before = len(self._seen)
        if before == 1 and len(self._opening) < _SHOWN:
            self._opening += chunk[:_SHOWN]
        yield from self._taken(map(self._decoder.feed, self._framing.feed(chunk)))
        if len(self._seen) > before:
            self._progress = time.monotonic()
        else:
            self._watch()

    def close(self) -> Iterator[Event]:
        """The events that the end of the body completes.

        Raises:
            HatzStreamInterruptedError: when the answer was not complete.
        """
        if self._whole is not None:
            yield from unfold(self._whole_reply(b"".join(self._whole)))
            return
        yield from self._taken(map(self._decoder.feed, self._framing.close()))
        if not self._begun or (len(self._seen) == 1 and self._no_stream()):
            raise no_answer(self._exchange, 200, self._headers, self._opening.strip())
        yield from self._taken((self._decoder.close(),))
        if self._cut is not None:
            yield from self._cut.close()

    def _no_stream(self) -> bool:
        """Whether what came begins like something else than an event stream, however early it was cut off."""
        line = self._opening.lstrip()
        if not isinstance(self._framing, ServerSentEvents):
            return False
        return not any(line.startswith(field) or field.startswith(line) for field in _FIELDS)

    def _whole_reply(self, content: bytes) -> Reply:
        try:
            body = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise no_answer(self._exchange, 200, self._headers, content) from error
        return self._call.reply(body)

    def ended_by(self, error: HatzError) -> HatzError | None:
        """The error as it is to be raised, with what had been answered; None when the answer was complete before it."""
        if self._decoder.done and isinstance(error, HatzConnectionError):
            return None
        error.request_id = error.request_id or _id(self._exchange, self._headers)
        partial = fold(self._seen)
        if partial.parts:
            error.partial = partial
        return error

    def _taken(self, found: Iterable[Iterable[Event]]) -> Iterator[Event]:
        for events in map(self._characters.whole, found):
            for event in events if self._cut is None else chain.from_iterable(map(self._cut.feed, events)):
                self._seen.append(event)
                yield event

    def _watch(self) -> None:
        idle, waited = self._exchange.idle, time.monotonic() - self._progress
        if idle is not None and waited > PING_PATIENCE * idle and not self._decoder.done:
            raise HatzTimeoutError(f"The stream has carried nothing but signs of life for {waited:.0f} s.")


def logged(exchange: Exchange, status: int | str, headers: Mapping[str, str], began: float, attempt: int) -> None:
    """One line a request, at DEBUG: no content, no key. Where no answer came, the status is what went wrong."""
    _logger.debug(
        "%s %s %s %.0f ms attempt=%d request_id=%s",
        exchange.method, exchange.url, status, (time.monotonic() - began) * 1000, attempt, _id(exchange, headers),
    )  # fmt: skip
