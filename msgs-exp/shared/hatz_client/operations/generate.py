"""What each call sends and how its answer is read, without sending or waiting: the decisions both clients share."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from hatz_client import wire
from hatz_client.connection.api_key import Key
from hatz_client.connection.settings import Settings, new_request_id, request_headers, unfit_headers
from hatz_client.connection.transport import Exchange
from hatz_client.content import Endpoint, Prompt, Reply
from hatz_client.errors import (
    HatzError,
    HatzInvalidInputError,
    HatzResponseError,
)
from hatz_client.operations.error_responses import of_status, request_id_of
from hatz_client.util import content_log as wiretap
from hatz_client.util.json_text import to_json
from hatz_client.util.values import quick
from hatz_client.wire.common.stop_sequences import cut

T = TypeVar("T")

_logger = logging.getLogger("hatz_client")
_COOKIES = {"set-cookie", "set-cookie2"}
SHOWN = 200
"""How many bytes of a body that is no answer an error shows."""


@quick
@dataclass(frozen=True, slots=True)
class Options:
    """What one call may set for itself."""

    endpoint: Endpoint | None = None
    timeout: Any = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    request_id: str | None = None
    """Of the first attempt; a second one's ends in "-2". An `X-Request-ID` among the headers means the same."""

    @property
    def id(self) -> str:
        """The request's id: as it was given, or a new one."""
        named: Any = self.request_id
        for name, value in self.headers.items() if isinstance(self.headers, Mapping) else ():
            if not named and str(name).lower() == "x-request-id":
                named = value
        return (named.decode("latin-1") if isinstance(named, bytes) else named) or new_request_id()


@quick
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
        problem = unfit_headers(
            default_headers=self.settings.default_headers,
            headers=self.options.headers,
            request_id={"X-Request-ID": self.request_id},
        )
        if problem is not None:
            raise HatzInvalidInputError(problem)

    def exchange(self, key: Key, attempt: int) -> Exchange:
        """The request of this attempt. Each has an id of its own, so that support can tell them apart."""
        timeouts = self.settings.timeouts(self.options.timeout)
        request_id = self.request_id if attempt == 1 else f"{self.request_id}-{attempt}"
        # What may fail comes before the headers: tracebacks may show what a failing frame holds.
        url, query, idle = self.settings.url + self.path, self.settings.query, self.settings.idle(timeouts)
        headers = request_headers(self.settings, key, request_id, stream=self.stream, more=self.options.headers)
        if self.content_type:
            headers["Content-Type"] = self.content_type
        return Exchange(
            method=self.method,
            url=url,
            headers=headers,
            content=self.content,
            timeouts=timeouts,
            idle=idle,
            query=query,
        )

    def reply(self, body: Any) -> Reply:
        """The answer that a response's body holds, cut at a stop sequence where the endpoint does not do it.

        Raises:
            HatzError: what the body says instead of an answer.
        """
        dialect, prompt = generating(self)
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
    status, headers = response.status_code, shown(response.headers)
    if status >= 300:
        raise refusal(exchange, status, headers, content)
    request_id = request_id_in(exchange, headers)
    wiretap.answered(request_id, content)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise no_answer(exchange, status, headers, content) from error
    try:
        found = meaning(body)
    except HatzError as error:
        identify(error, exchange, headers)
        raise
    if not isinstance(found, Reply):
        return found
    return replace(found, request_id=request_id, headers=headers)


def generation(settings: Settings, prompt: Prompt, options: Options, *, stream: bool = False) -> Call:
    """The call that asks for an answer.

    Raises:
        HatzInvalidInputError: when the prompt cannot be sent.
    """
    if not prompt.model:
        raise HatzInvalidInputError("model is empty: give the `name` of one of `models()`.")
    dialect = wire.dialect(wire.dialect_name(prompt, options.endpoint or settings.endpoint))
    content = to_json(dialect.encode(prompt, stream=stream))
    return Call(settings, options, "POST", dialect.PATH, content, options.id, stream, prompt, dialect)


def token_count(settings: Settings, prompt: Prompt, options: Options) -> Call:
    """The call that counts a prompt's tokens: only Messages has one, for any model."""
    from hatz_client.wire import messages  # noqa: PLC0415 (only the dialects in use are loaded)

    return Call(settings, options, "POST", messages.COUNT_PATH, to_json(messages.encode_count(prompt)), options.id)


def discovery(settings: Settings, path: str, options: Options) -> Call:
    """The call that asks for a list."""
    return Call(settings, options, "GET", path, None, options.id)


def generating(call: Call) -> tuple[wire.Dialect, Prompt]:
    """The dialect and the prompt of a call that asks for an answer."""
    if call.dialect is None or call.prompt is None:
        raise TypeError(f"{call.path} does not generate")
    return call.dialect, call.prompt


def token_count_of(body: Any) -> int:
    """The number in the answer to a token count."""
    from hatz_client.wire import messages  # noqa: PLC0415 (only the dialects in use are loaded)

    return messages.decode_count(body)


def refusal(exchange: Exchange, status: int, headers: Mapping[str, str], content: bytes) -> HatzError:
    """The error that a status of 300 or more means; a redirect is not followed, for it would carry the key elsewhere."""
    wiretap.answered(request_id_in(exchange, headers), content)
    if status < 400:
        message = f"{status}: the gateway redirects to {headers.get('location')!r}, which is not followed. Set base_url to where it is."
        return HatzResponseError(message, status_code=status, request_id=request_id_in(exchange, headers))
    error = of_status(status, headers, content)
    identify(error, exchange, headers)
    error.headers = shown(headers)
    return error


def no_answer(exchange: Exchange, status: int, headers: Mapping[str, str], content: bytes) -> HatzResponseError:
    """The error for a body that is not what the endpoint answers, saying what it is."""
    kind, shown = headers.get("content-type", "no content type"), content[:SHOWN].decode("utf-8", "replace")
    request_id = request_id_in(exchange, headers)
    message = (
        f"{status}: {exchange.url} answered with {'an empty body' if not content else repr(shown)} ({kind}) instead of JSON. "
        f"Is base_url right, and is there a proxy between? [request id {request_id}]"
    )
    return HatzResponseError(message, status_code=status, request_id=request_id, body=shown)


def request_id_in(exchange: Exchange, headers: Mapping[str, str]) -> str | None:
    """The id of a request: as the gateway's response names it, else as it was sent."""
    return request_id_of(headers) or exchange.headers.get("X-Request-ID")


def identify(error: HatzError, exchange: Exchange, headers: Mapping[str, str]) -> None:
    """Say which request the error is of: Hatz's own id comes before one that a service behind it put in the body."""
    error.request_id = request_id_of(headers) or error.request_id or exchange.headers.get("X-Request-ID")


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


def logged(exchange: Exchange, status: int | str, headers: Mapping[str, str], began: float, attempt: int) -> None:
    """One line a request, at DEBUG: no content, no key. Where no answer came, the status is what went wrong."""
    if not _logger.isEnabledFor(logging.DEBUG) and not wiretap.on():
        return
    request_id = request_id_in(exchange, headers)
    wiretap.asked(request_id, exchange.headers, exchange.content)
    _logger.debug(
        "%s %s %s %.0f ms attempt=%d request_id=%s",
        exchange.method, exchange.url, status, (time.monotonic() - began) * 1000, attempt, request_id,
    )  # fmt: skip
