"""How to reach the gateway: the address, the key, patience. Pure: what a request carries is decided here, nothing is sent."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from hatz_client.connection.api_key import ApiKey, Key, Secret, held
from hatz_client.connection.route import LOOPBACK, Route, SocketOption, has_environment_proxy, over, through
from hatz_client.content import Endpoint
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.warn_once import say_once
from hatz_client.version import USER_AGENT

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
BASE_URL = "https://ai.hatz.ai/v1"
CONNECT_TIMEOUT = 15.0
TIMEOUT = 300.0
"""Seconds to wait for a response's headers, and for each silence after them."""
PING_PATIENCE = 4
"""Pings alone keep a stream alive for this many times the silence allowed, then it counts as stalled."""

# Any of the documented URLs may be pasted in: what follows the version is put there again by each endpoint.
_ENDPOINT = re.compile(
    r"/*(/openai(/responses)?|/anthropic(/v1)?(/messages(/count_tokens)?)?|/chat(/(completions|models|agents))?)?/*$"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a client needs to know. None means the default, or what the environment says."""

    api_key: ApiKey | None = field(default=None, repr=False)
    base_url: str | None = None
    endpoint: Endpoint = "auto"
    timeout: Any = None
    """Seconds, two of them (to connect, and for the rest), or an `httpx.Timeout` (anything with `connect`, `read`, `write`, `pool`)."""
    stream_idle_timeout: float | None = None
    """Seconds of silence allowed in a stream after its headers."""
    max_retries: int = 2
    default_headers: Mapping[str, str] | None = field(default=None, repr=False)
    allow_http: bool = False
    proxy: str | Secret | None = field(default=None, repr=False)
    """A URL, which may hold a password."""
    http_socket_options: Sequence[SocketOption] | None = None
    default_query: Mapping[str, str | float] | None = field(default=None, repr=False)

    @property
    def retries(self) -> int:
        """How often to try again at most.

        Raises:
            HatzInvalidInputError: when it is no number of times.
        """
        if type(self.max_retries) is not int or self.max_retries < 0:
            raise HatzInvalidInputError(f"max_retries={self.max_retries!r} is not a whole number from 0 up.")
        return self.max_retries

    @property
    def url(self) -> str:
        """The base URL, such as "https://ai.hatz.ai/v1", without a slash at its end.

        Raises:
            HatzInvalidInputError: when it is no URL, or would carry the key in the clear to another host.
        """
        given = self.base_url or os.environ.get("HATZ_BASE_URL") or os.environ.get("HATZ_API_BASE") or BASE_URL
        return _checked_url(str(given), self.allow_http)

    @property
    def route(self) -> Route | None:
        """The way to the gateway, which connections are shared by; None is the usual one, with the environment's proxies.

        Raises:
            HatzInvalidInputError: when the proxy is no URL of one (it is not shown), or there are socket options too.
        """
        if not (self.proxy or self.http_socket_options or os.environ.get("HATZ_PROXY")):
            return None
        options = over(self.http_socket_options) if self.http_socket_options else None
        proxy = held(self.proxy or os.environ.get("HATZ_PROXY") or None)
        if options is None:
            return self._kept_secret(through(proxy))
        if self.proxy:
            raise HatzInvalidInputError(
                "proxy and http_socket_options do not go together: httpx sets no options on the way to a proxy."
            )
        if proxy.value is None and not has_environment_proxy(self.url):
            return options
        say_once(
            "http_socket_options are not set: the environment asks for a proxy, and httpx sets none on the way to it."
        )
        return None if proxy.value is None else self._kept_secret(through(proxy))

    def _kept_secret(self, way: Route) -> Route:
        if self.url.startswith("http:") and not self.allow_http and urlsplit(way.proxy or "").hostname not in LOOPBACK:
            raise HatzInvalidInputError(
                f"base_url={self.url!r} would send the key unencrypted to the proxy's host: use https, no proxy, or allow_http=True if you must."
            )
        return way

    @property
    def query(self) -> str:
        """What follows the path of every URL, such as "?tenant=1"; often nothing.

        Raises:
            HatzInvalidInputError: when `default_query` is none; never showing its values.
        """
        if self.default_query is None:
            return ""
        if not isinstance(self.default_query, Mapping):
            raise HatzInvalidInputError("default_query is not a mapping of names to values.")
        for name, value in self.default_query.items():
            if not isinstance(name, str) or not isinstance(value, str | int | float) or isinstance(value, bool):
                raise HatzInvalidInputError(f"default_query[{name!r:.100}] is not a string or a number under a string.")
        try:
            return f"?{urlencode(self.default_query)}" if self.default_query else ""
        except UnicodeEncodeError:
            raise HatzInvalidInputError("default_query holds half a surrogate pair, which no URL can.") from None

    def timeouts(self, timeout: Any = None) -> dict[str, float | None]:
        """Seconds for each of "connect", "read", "write" and "pool", as httpx has them."""
        given = self.timeout if timeout is None else timeout
        match given:
            case None:
                return {"connect": CONNECT_TIMEOUT, "read": TIMEOUT, "write": TIMEOUT, "pool": None}
            case (connect, read):
                seconds = {"connect": connect, "read": read, "write": read, "pool": None}
            case _ if hasattr(given, "read"):
                seconds = {name: getattr(given, name) for name in ("connect", "read", "write", "pool")}
            case _:
                seconds = {"connect": given, "read": given, "write": given, "pool": None}
        if not all(value is None or _is_time(value) for value in seconds.values()):
            raise HatzInvalidInputError(
                f"timeout={given!r} is not a positive number of seconds, two of them, or an httpx.Timeout."
            )
        return seconds

    def idle(self, timeouts: Mapping[str, float | None]) -> float | None:
        """Seconds of silence allowed in a stream after its headers, the wait for its first event included."""
        if self.stream_idle_timeout is None:
            return timeouts["read"]
        if not _is_time(self.stream_idle_timeout):
            raise HatzInvalidInputError(
                f"stream_idle_timeout={self.stream_idle_timeout!r} is not a positive number of seconds."
            )
        return self.stream_idle_timeout

    def given_key(self) -> Any:
        """The key as it was given, a callable's answer included (it may have to be awaited).

        Looked up anew for each request. Pass the result on to `clean_key`.
        """
        return held(self.api_key() if callable(self.api_key) else self.api_key or os.environ.get("HATZ_API_KEY"))


def request_headers(
    settings: Settings, key: Key, request_id: str, *, stream: bool, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The headers of a request. `X-API-Key` works on every endpoint, Bearer only on some (reference: Hatz's API home page).

    Headers for every request (the settings') do not replace the key and the request's id; one call's own (`more`) may replace the key,
    and its `X-Request-ID` is the `request_id` already.
    """
    headers = {
        "Accept": "text/event-stream" if stream else "application/json",
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-Request-ID": request_id,
        "X-API-Key": key.value,
    }
    if not settings.default_headers and not more:
        return headers
    known = {name.lower(): name for name in headers}
    for given, ours in ((settings.default_headers, ("x-request-id", "x-api-key")), (more, ("x-request-id",))):
        for name, value in (given or {}).items():
            if name.lower() not in ours:
                headers[known.get(name.lower(), name)] = value
    return headers


def unfit_headers(**given: Mapping[str, Any] | None) -> str | None:
    """Why the headers given as these arguments cannot be sent; never showing a value.

    It is said and not raised, for tracebacks may show what a failing frame holds.
    """
    for argument, headers in given.items():
        if headers is not None and not isinstance(headers, Mapping):
            return f"{argument} is a {type(headers).__name__}, not a mapping of names to values."
        for name, value in (headers or {}).items():
            if not _is_header(name, value):
                return (
                    f"The header {str(name)[:100]!r} cannot be sent: names and values are plain ASCII text in one line."
                )
    return None


def _is_header(name: Any, value: Any) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not (isinstance(name, str) and _HEADER_NAME.fullmatch(name) and isinstance(text, str)):
        return False
    return text.isascii() and text.replace("\t", "").isprintable() and text == text.strip(" \t")


def new_request_id() -> str:
    """A request id of our own: the gateway takes it over, so that even a call without an answer can be looked up."""
    return os.urandom(16).hex()


@lru_cache(maxsize=64)
def _checked_url(given: str, allow_http: bool) -> str:
    try:
        parts = urlsplit(given.strip())
        usable = (
            parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and given.strip().isprintable()
        )
    except ValueError:
        raise HatzInvalidInputError(f"base_url is not a URL like {BASE_URL}.") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise HatzInvalidInputError(
            "base_url must hold no user name, password, query or fragment: pass the key as api_key, a query as default_query."
        )
    if not usable or not parts.hostname:
        raise HatzInvalidInputError(f"base_url={given!r} is not a URL like {BASE_URL}.")
    if parts.scheme == "http" and not allow_http and parts.hostname not in LOOPBACK:
        raise HatzInvalidInputError(
            f"base_url={given!r} would send the key unencrypted to another host: use https, or allow_http=True if you must."
        )
    path = _ENDPOINT.sub("", parts.path)
    if not path and parts.hostname.endswith("hatz.ai"):
        path = "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
