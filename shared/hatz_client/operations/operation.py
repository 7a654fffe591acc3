"""One operation of the gateway and its options. Each attempt is an `HttpRequest`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict
from urllib.parse import urlencode

from hatz_client.connection.api_key import Key
from hatz_client.connection.http.headers import headers_problem, new_request_id, request_headers, secrets_in
from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import Deadline, Timeouts
from hatz_client.connection.route import proxy_secrets
from hatz_client.connection.settings import Settings
from hatz_client.content import Prompt
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.suggest import did_you_mean
from hatz_client.wire.common.requests.alternatives import Alternative


class CallOptions(TypedDict, total=False):
    """The keyword arguments of every call: they replace the client's settings for this call."""

    timeout: float | tuple[float, float] | Timeouts | None
    """As the `timeout` of `Client`."""
    deadline: float | None
    """Seconds that the whole call may take."""
    headers: Mapping[str, str] | None
    """Additional headers; an `X-API-Key` replaces the key."""
    request_id: str | None
    """The `X-Request-ID` of the first attempt; that of the second attempt ends in "-2". Default: a new id."""


@dataclass(frozen=True, slots=True)
class Options:
    """`CallOptions` as the operations of one call use them."""

    timeout: Any = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    request_id: str | None = None
    deadline: Deadline = field(default_factory=lambda: Deadline(None))
    """Started."""

    @property
    def id(self) -> str:
        """The request's id: from `request_id`, from an `X-Request-ID` in the headers, or a new one."""
        given: Any = self.request_id
        for name, value in self.headers.items() if self.headers and isinstance(self.headers, Mapping) else ():
            if not given and str(name).lower() == "x-request-id":
                given = value
        return (given.decode("latin-1") if isinstance(given, bytes) else given) or new_request_id()

    def without_id(self) -> Options:
        """The same for another request of the call: `request_id` names the main one."""
        return replace(self, request_id=None)


def call_options(
    settings: Settings,
    timeout: Any = None,
    deadline: float | None = None,
    headers: Mapping[str, str] | None = None,
    request_id: str | None = None,
    **unknown: Any,
) -> Options:
    """The options of one call; its deadline starts now.

    Raises:
        HatzInvalidInputError: if the deadline is not a positive number.
        TypeError: for an unknown option.
    """
    for name in unknown:
        hint = did_you_mean(name, CallOptions.__annotations__)
        raise TypeError(f"A call has no option {name!r}{f': {hint}' if hint else ''}")
    return Options(timeout, headers, request_id, Deadline(settings.seconds(deadline)))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the gateway."""

    settings: Settings
    options: Options
    method: str
    path: str
    content: bytes | None = field(repr=False)
    request_id: str
    stream: bool = False
    query: Mapping[str, str | int] = field(default_factory=dict)
    """Names and values added to the URL."""
    repeatable: bool = True
    """Whether it may be sent again although the gateway may have processed it."""
    mask_answer: bool = False
    """Whether secrets that the gateway repeats are masked in the answer too, because errors are made of it."""
    content_type: str | None = None
    """The MIME type of content that is not JSON."""
    alternatives: tuple[Alternative, ...] = ()
    """What the endpoint may reject, and what to send instead."""
    prompt: Prompt | None = field(default=None, repr=False)
    """The prompt that the content was made from, if it asks for an answer."""

    def __post_init__(self) -> None:
        given, named = self.options.headers, self.options.request_id
        if given is None and named is None:
            return
        problem = headers_problem(headers=given, request_id={"X-Request-ID": self.request_id})
        if problem is not None:
            raise HatzInvalidInputError(problem)

    def http_request(self, key: Key, attempt: int) -> HttpRequest:
        """The request of this attempt. Each attempt has its own id, so that support can tell them apart.

        Code that can fail runs before the headers are made: see "Secrets in tracebacks" in `connection.api_key`.
        """
        settings = self.settings
        timeouts = settings.timeouts(self.options.timeout)
        request_id = self.request_id if attempt == 1 else f"{self.request_id}-{attempt}"
        url, query, idle = settings.url + self.path, settings.query, settings.idle(timeouts)
        if self.query:
            query = f"{query}{'&' if query else '?'}{urlencode(self.query)}"
        route = settings.route
        headers = request_headers(
            key, request_id, stream=self.stream, defaults=settings.default_headers, more=self.options.headers
        )
        if self.content_type:
            headers["Content-Type"] = self.content_type
        return HttpRequest(
            method=self.method,
            url=url,
            headers=headers,
            content=self.content,
            timeouts=timeouts,
            idle=idle,
            query=query,
            byte_limit=settings.max_response_bytes,
            attempt=attempt,
            route=route,
            deadline=self.options.deadline,
            secrets=secrets_in(key, settings.default_headers, self.options.headers)
            + (proxy_secrets(route) if route else ()),
        )
