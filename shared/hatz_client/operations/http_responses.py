"""Read a response: an answer or an error."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import was_read_before_request
from hatz_client.content import Reply
from hatz_client.errors import HatzError, HatzNotFoundError, HatzResponseError
from hatz_client.operations.error_responses import error_from_response, request_id_of
from hatz_client.util import content_log
from hatz_client.util.bounded_dict import BoundedDict
from hatz_client.util.json_text import parse_body

T = TypeVar("T")

_logger = logging.getLogger("hatz_client")
_COOKIES = {"set-cookie", "set-cookie2"}
SHOWN = 200
"""How many bytes of a body that is not an answer are shown in the error."""
ERROR_BYTES = 1 << 20
"""The maximum number of bytes that are read of an error's body."""


def read_response(
    request: HttpRequest,
    status: int,
    headers: dict[str, str],
    content: bytes,
    meaning: Callable[[Any], T],
    stream_meaning: Callable[[bytes], T | None] | None = None,
) -> T:
    """Read a response; `stream_meaning` reads a body that is a stream, or returns None.

    Args:
        request: The request.
        status: The response's status.
        headers: Its headers, as `without_cookies` gives them.
        content: Its body.
        meaning: Reads the body's JSON value.
        stream_meaning: Reads the body if it is not JSON.

    Raises:
        HatzStatusError: for a status of 300 or more.
        HatzError: if the body is an error or not an answer.
    """
    if status >= 300:
        raise error_response(request, status, headers, content)
    request_id = request_id_in(request, headers)
    if content_log.is_enabled():
        content_log.log_response(request_id, request.mask(content))
    try:
        body = parse_body(content)
        if body is not None:
            found: T | None = meaning(body[0])
        else:
            found = stream_meaning(content) if stream_meaning else None
    except HatzError as error:
        identify(error, request, headers)
        raise
    if found is None:
        raise not_an_answer(request, status, headers, content)
    if not isinstance(found, Reply):
        return found
    found.request_id, found.headers = request_id, headers  # it was made just now
    return found


def error_response(request: HttpRequest, status: int, headers: dict[str, str], content: bytes) -> HatzError:
    """The error for a status of 300 or more; redirects are not followed, because they would send the key to another host."""
    request_id = request_id_in(request, headers)
    if content_log.is_enabled():
        content_log.log_response(request_id, request.mask(content))
    if status < 400:
        where = headers.get("location")
        message = (
            f"{status}: the gateway redirects to {where!r:.500}, which is not followed. Set base_url to where it is."
            if where
            else f"{status}: neither an answer nor an error. Is base_url right, and is there a proxy in between?"
        )
        return HatzResponseError(message, status_code=status, request_id=request_id)
    error = error_from_response(status, headers, content)
    identify(error, request, headers)
    error.headers = headers
    says_nothing = not isinstance(error.body, Mapping) or error.message.lower() == "404: not found"
    if isinstance(error, HatzNotFoundError) and says_nothing:
        error.message += f" (There is nothing at {request.method} {request.url}. Check base_url: it must be like https://ai.hatz.ai/v1.)"
        error.args = (error.message,)
    return error


_SENT: BoundedDict[str, None] = BoundedDict(1000)
"""The ids of the latest requests."""


def refuse_foreign_answer(request: HttpRequest, response: Any, headers: Mapping[str, str]) -> None:
    """Raise an error for a response to another request: if a server answers twice, the next request gets the second answer.

    An unknown id proves nothing: proxies write their own ids.

    Raises:
        HatzResponseError: if it is such a response; the request is then sent again on another connection.
    """
    if sent := request.id:
        _SENT[sent] = None
    answered = headers.get("x-request-id")
    if was_read_before_request(request.trace, response):
        request.trace.foreign = True
    if answered and answered != sent and answered in _SENT and not request.is_of_same_call(answered):
        request.trace.foreign = True
    if request.trace.foreign:
        raise HatzResponseError(
            f"The connection carried the answer to another request (it names {answered!r:.100}), so it was closed: a server or proxy "
            "in between mixes up answers.",
            request_id=request.id,
        )


def not_an_answer(request: HttpRequest, status: int, headers: Mapping[str, str], content: bytes) -> HatzResponseError:
    """The error for a body that is not an answer of the endpoint; it says what the body is instead."""
    kind, shown = headers.get("content-type", "no content type"), content[:SHOWN].decode("utf-8", "replace")
    request_id = request_id_in(request, headers)
    message = (
        f"{status}: {request.url} answered with {'an empty body' if not content else repr(shown)} ({kind}) instead of JSON. "
        f"Is base_url right, and is there a proxy in between? [request id {request_id}]"
    )
    return HatzResponseError(message, status_code=status, request_id=request_id, body=shown)


def request_id_in(request: HttpRequest, headers: Mapping[str, str]) -> str | None:
    """The id of a request: from the gateway's response, else from the request."""
    found: str | None = request.mask(request_id_of(headers)) or request.id
    return found


def identify(error: HatzError, request: HttpRequest, headers: Mapping[str, str]) -> None:
    """Add the request's id to the error: Hatz's own id takes precedence over an id in the body from a service behind it."""
    error.request_id = request_id_of(headers) or error.request_id or request.id


def without_cookies(headers: Mapping[str, str], request: HttpRequest) -> dict[str, str]:
    """A response's headers, with names in lower case, without cookies and without the request's secrets."""
    raw = getattr(headers, "raw", None)  # httpx's `items` detects the encoding again for each item
    pairs: Iterable[Any] = headers.items() if raw is None else raw
    found: dict[str, str] = {}
    for given, content in pairs:
        name = (given.decode("latin-1") if isinstance(given, bytes) else given).lower()
        if name not in _COOKIES:
            value = content.decode("latin-1") if isinstance(content, bytes) else content
            found[name] = f"{found[name]}, {value}" if name in found else value
    text = "\n".join([*found, *found.values()])
    return found if request.mask(text) is text else dict(request.mask(found))


def log_exchange(request: HttpRequest, status: int | str, headers: Mapping[str, str], began: float) -> None:
    """Log one line per request at DEBUG, without content and key. Without a response, `status` says what failed."""
    if not _logger.isEnabledFor(logging.DEBUG) and not content_log.is_enabled():
        return
    request_id = request_id_in(request, headers)
    content_log.log_request(request_id, request.headers, request.content)
    _logger.debug(
        "%s %s %s %.0f ms attempt=%d request_id=%s",
        request.method, request.url, status, (time.monotonic() - began) * 1000, request.attempt, request_id,
    )  # fmt: skip
