"""The settings of a client: the gateway's URL, the key, time limits, retries. No I/O."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import urlencode, urlsplit

from hatz_client.connection.api_key import ApiKey, Key, Secret, as_key
from hatz_client.connection.base_url import BASE_URL, check_base_url
from hatz_client.connection.http.headers import headers_problem
from hatz_client.connection.limits.spec import LimitSpec, parse_limit
from hatz_client.connection.options import LimitUnavailable
from hatz_client.connection.route import LOOPBACK, Route, SocketOption, environment_proxy, proxy_route, socket_route
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.warn_once import warn_once

CONNECT_TIMEOUT = 15.0
TIMEOUT = 300.0
"""Seconds to wait for a response's headers, and for each silence after them."""
MAX_RESPONSE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a client, as `Client` documents them. None means the environment's value, else the default."""

    api_key: ApiKey | None = field(default=None, repr=False)
    base_url: str | None = None
    timeout: Any = None
    stream_idle_timeout: float | None = None
    deadline: float | None = None
    max_retries: int = 2
    patience: float = 0.0
    limit: str | Secret | Callable[[str], Any] | None = field(default=None, repr=False)
    limit_unavailable: LimitUnavailable = "error"
    max_connections: int | None = None
    max_response_bytes: int = MAX_RESPONSE_BYTES
    default_headers: Mapping[str, str] | None = field(default=None, repr=False)
    allow_http: bool = False
    proxy: str | Secret | None = field(default=None, repr=False)
    http_socket_options: Sequence[SocketOption] | None = None
    default_query: Mapping[str, str | float] | None = field(default=None, repr=False)

    def check(self) -> None:
        """Check every setting that is set. Each call reads the key and the environment.

        Raises:
            HatzInvalidInputError: for the first invalid setting; the message names it.
        """
        if self.base_url is not None:
            _ = self.url
        if self.proxy or self.http_socket_options:
            _ = self.route
        if self.limit:
            _ = self.limit_spec
        _ = self.query
        self.idle(self.timeouts())
        self.seconds()
        self._check_numbers()
        if problem := headers_problem(default_headers=self.default_headers):
            raise HatzInvalidInputError(problem)

    def _check_numbers(self) -> None:
        least = {"max_retries": 0, "max_response_bytes": 1}
        if self.max_connections is not None:
            least["max_connections"] = 1
        for name, minimum in least.items():
            if type(value := getattr(self, name)) is not int or value < minimum:
                raise HatzInvalidInputError(f"{name}={value!r} is not a whole number of at least {minimum}.")
        if self.patience != 0 and not _is_time(self.patience):
            raise HatzInvalidInputError(f"patience={self.patience!r} is not a number of seconds of at least 0.")

    @property
    def limit_spec(self) -> LimitSpec | None:
        """The limit that requests keep to; None if there is none.

        Raises:
            HatzInvalidInputError: for an invalid `limit` or `limit_unavailable`; the message does not show the limit.
        """
        name, given = ("limit", as_key(self.limit)) if self.limit else environment_variable("HATZ_LIMIT")
        if not given.value:
            return None
        if self.limit_unavailable not in get_args(LimitUnavailable):
            raise HatzInvalidInputError(
                f'limit_unavailable={self.limit_unavailable!r} is neither "error" nor "ignore".'
            )
        return parse_limit(given, name)

    @property
    def url(self) -> str:
        """The base URL, such as "https://ai.hatz.ai/v1", without a trailing slash.

        Raises:
            HatzInvalidInputError: if it is not a URL, or would send the key unencrypted to another host.
        """
        if self.base_url:
            return check_base_url(str(self.base_url), self.allow_http)
        name, given = environment_variable("HATZ_BASE_URL", "HATZ_API_BASE")
        return check_base_url(given.value or BASE_URL, self.allow_http, name)

    @property
    def route(self) -> Route | None:
        """The route to the gateway; clients with equal routes share connections.

        =====================  ==========================  =====================================================
        `http_socket_options`  proxy                       route
        =====================  ==========================  =====================================================
        not set                none                        None: direct, or by the environment's proxies
        not set                `proxy` or `HATZ_PROXY`     through it
        set                    none                        direct, with these options
        set                    `proxy`                     an error: httpx sets no options on the way to a proxy
        set                    `HATZ_PROXY`                through it, without the options, with a warning
        set                    the environment's           None, without the options, with a warning
        =====================  ==========================  =====================================================

        Raises:
            HatzInvalidInputError: for an invalid proxy or invalid options; the message does not show the proxy's URL.
        """
        name, proxy = ("proxy", as_key(self.proxy)) if self.proxy else environment_variable("HATZ_PROXY")
        if not (proxy.value or self.http_socket_options):
            return None
        options = socket_route(self.http_socket_options) if self.http_socket_options else None
        if options is None:
            return self._check_encryption(proxy_route(proxy, name))
        if self.proxy:
            raise HatzInvalidInputError(
                "proxy and http_socket_options cannot be combined: httpx does not apply socket options to a proxy."
            )
        if not proxy.value and not environment_proxy(self.url):
            return options
        warn_once(
            "http_socket_options are not set: the environment asks for a proxy, and httpx does not apply them to a proxy."
        )
        return self._check_encryption(proxy_route(proxy, name)) if proxy.value else None

    def _check_encryption(self, route: Route) -> Route:
        if (
            self.url.startswith("http:")
            and not self.allow_http
            and urlsplit(route.proxy or "").hostname not in LOOPBACK
        ):
            raise HatzInvalidInputError(
                f"base_url={self.url!r} would send the key unencrypted to the proxy's host: use https, no proxy, or allow_http=True if you must."
            )
        return route

    @property
    def query(self) -> str:
        """The query string of every URL, such as "?tenant=1"; empty by default.

        Raises:
            HatzInvalidInputError: if `default_query` cannot be sent; the message does not show its values.
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
            raise HatzInvalidInputError(
                "default_query contains an unpaired surrogate, which cannot be encoded in a URL."
            ) from None

    def timeouts(self, timeout: Any = None) -> dict[str, float | None]:
        """Seconds for each of "connect", "read", "write" and "pool", as httpx names them; `timeout` replaces the setting.

        Raises:
            HatzInvalidInputError: if it has none of the documented forms.
        """
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
        """Seconds of silence allowed in a stream after its headers, including the wait for its first event."""
        if self.stream_idle_timeout is None:
            return timeouts["read"]
        if not _is_time(self.stream_idle_timeout):
            raise HatzInvalidInputError(
                f"stream_idle_timeout={self.stream_idle_timeout!r} is not a positive number of seconds."
            )
        return self.stream_idle_timeout

    def seconds(self, deadline: float | None = None) -> float | None:
        """Seconds that a whole call may take; None for no limit. `deadline` replaces the setting.

        Raises:
            HatzInvalidInputError: if it is not a positive number.
        """
        given = self.deadline if deadline is None else deadline
        if given is not None and not _is_time(given):
            raise HatzInvalidInputError(f"deadline={given!r} is not a positive number of seconds.")
        return given

    def given_key(self) -> Any:
        """The key in its original form; a callable is called (its result may have to be awaited).

        It is looked up for each request. Pass the result to `clean_key`.
        """
        return as_key(self.api_key() if callable(self.api_key) else self.api_key or os.environ.get("HATZ_API_KEY"))


def environment_variable(*names: str) -> tuple[str, Key]:
    """The first of these environment variables that is not blank, by name and value; an empty value if there is none."""
    for name in names:
        if value := os.environ.get(name, "").strip():
            return name, Key(value)
    return names[0], Key("")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf
