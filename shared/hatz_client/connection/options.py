"""The keyword arguments of both clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from hatz_client.connection.api_key import Secret
from hatz_client.connection.http.time_limits import Timeouts
from hatz_client.connection.route import SocketOption
from hatz_client.util.suggest import did_you_mean

LimitUnavailable: TypeAlias = Literal["error", "ignore"]


class ClientOptions(TypedDict, total=False):
    """The keyword arguments that `Client` and `AsyncClient` share, beside `api_key`, `base_url` and `endpoint`."""

    timeout: float | tuple[float, float] | Timeouts | None
    """Seconds for connecting, for the wait until the response's headers come, and for each silence after them; a pair (to connect,
    for the rest); or an `httpx.Timeout`. Default: 15 s to connect, 300 s for the rest."""
    stream_idle_timeout: float | None
    """Seconds of silence allowed in a stream once its headers have come. Default: as `timeout`."""
    deadline: float | None
    """Seconds that a whole call may take, retries, waits and the reading of a stream included. Default: no limit."""
    max_retries: int
    """How often to retry after a transient error. Default: 2."""
    patience: float
    """Seconds for which waits after a 429 do not count as retries. Default: 0."""
    limit: str | Secret | Callable[[str], Any] | None
    """How many requests may be sent, and who shares this limit: "50/second" (this process), "600/minute sqlite:///limits.db" (this
    machine), "600/minute redis://cache:6379/0" (all machines), or a callable that makes a limiter. Default: `HATZ_LIMIT`, else no limit."""
    limit_unavailable: LimitUnavailable
    """What to do if the limit's count cannot be reached: "error", or "ignore", which counts in each process alone. Default: "error"."""
    max_connections: int | None
    """How many connections an event loop, or the sync code of a process, has at once; further calls wait. Default: 1,000, or half of
    the process's limit of open files."""
    max_response_bytes: int
    """The most bytes of a response's body, after decompression. Default: 64 MiB."""
    default_headers: Mapping[str, str] | None
    """Further headers for every request; they do not replace the key and the request's id."""
    allow_http: bool
    """Permit unencrypted http to another host than this machine. Default: False."""
    proxy: str | Secret | None
    """The URL of a proxy, which may hold a password. Default: `HATZ_PROXY`, else the environment's proxies."""
    http_socket_options: Sequence[SocketOption] | None
    """Options for each socket, as `socket.setsockopt` takes them."""
    default_query: Mapping[str, str | float] | None
    """Names and values to add to every URL."""


def unknown_option(options: Mapping[str, Any]) -> str | None:
    """The first keyword that is not in `ClientOptions`, with the most similar one that is; None if all are."""
    known = ClientOptions.__annotations__
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known)
            return f"{name!r}: {hint}" if hint else f"{name!r}"
    return None
