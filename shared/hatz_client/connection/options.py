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
    """The keyword arguments that `Client` and `AsyncClient` share, beside `api_key`, `base_url` and `endpoint`; `Client` documents them."""

    timeout: float | tuple[float, float] | Timeouts | None
    stream_idle_timeout: float | None
    deadline: float | None
    max_retries: int
    patience: float
    limit: str | Secret | Callable[[str], Any] | None
    limit_unavailable: LimitUnavailable
    max_connections: int | None
    max_response_bytes: int
    default_headers: Mapping[str, str] | None
    allow_http: bool
    proxy: str | Secret | None
    http_socket_options: Sequence[SocketOption] | None
    default_query: Mapping[str, str | float] | None


def unknown_option(options: Mapping[str, Any]) -> str | None:
    """The first keyword that is not in `ClientOptions`, with the most similar one that is; None if all are."""
    known = ClientOptions.__annotations__
    for name in options:
        if name not in known:
            hint = did_you_mean(name, ("api_key", "base_url", "endpoint", *known))
            return f"{name!r}: {hint}" if hint else f"{name!r}"
    return None
