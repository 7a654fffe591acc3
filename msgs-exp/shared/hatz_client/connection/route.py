"""The way to the gateway, where it is not the usual one: through a proxy, or over sockets with options. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from hatz_client.connection.api_key import Key
from hatz_client.errors import HatzInvalidInputError

SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
"""The arguments of `socket.setsockopt`."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The hosts that are this machine: unencrypted http may go there, and no proxy of the environment between."""

_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the gateway; equal ones share their connections.

    It has a proxy or socket options and not both: httpcore sets none on the way to a proxy
    (`HTTPProxy.create_connection` does not hand them on).
    """

    proxy: str | None = field(default=None, repr=False)
    """A URL, which may hold a password."""
    socket_options: tuple[SocketOption, ...] = ()


def through(proxy: Key) -> Route:
    """The way through a proxy.

    Raises:
        HatzInvalidInputError: when it is no URL of one; never showing it.
    """
    if not _is_proxy(proxy.value):
        raise HatzInvalidInputError(
            "proxy is not a URL like http://proxy.example:8080 (https:// and socks5:// are the other schemes)."
        )
    return Route(proxy.value.strip())


def _is_proxy(given: Any) -> bool:
    try:
        parts = urlsplit(given.strip() if isinstance(given, str) else "")
        return bool(parts.scheme in _SCHEMES and parts.hostname and parts.port != 0 and given.strip().isprintable())
    except ValueError:
        return False


def over(options: Sequence[SocketOption]) -> Route:
    """The way over sockets with these options.

    Raises:
        HatzInvalidInputError: when they are none that `socket.setsockopt` takes.
    """
    if not isinstance(options, list | tuple) or not all(map(_is_option, options)):
        raise HatzInvalidInputError(
            f"http_socket_options={options!r:.200} is not a list of (level, option, value), such as "
            "[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]."
        )
    hashable: Any = tuple(tuple(bytes(x) if isinstance(x, bytearray) else x for x in option) for option in options)
    return Route(None, hashable)


def _is_option(given: Any) -> bool:
    match given:
        case (int(), int(), int() | bytes() | bytearray()) | (int(), int(), None, int()):
            return True
        case _:
            return False


def has_environment_proxy(url: str) -> bool:
    """Whether HTTPS_PROXY and the like ask for a proxy on the way to `url`; httpx does not look when it is given socket options."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 (slow to import, and seldom needed)

    parts = urlsplit(url)
    if not parts.hostname or parts.hostname in LOOPBACK or proxy_bypass(parts.hostname):
        return False
    return bool({parts.scheme, "all"} & getproxies().keys())
