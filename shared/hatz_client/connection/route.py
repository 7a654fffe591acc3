"""A route to the gateway: through a proxy, or over sockets with options. No I/O."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from hatz_client.connection.api_key import Key
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.masking import maskable

SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
"""The arguments of `socket.setsockopt`."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine: unencrypted http is allowed, and the environment's proxies are not used."""

_LONGEST_NAME = 253
_NAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.IGNORECASE
)
_IPV4 = re.compile(r"[0-9.]+")
_PORT = re.compile(r"(?::[0-9]*)?")
_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Route:
    """A route to the gateway; equal routes share their connections.

    It has either a proxy or socket options: httpcore ignores socket options with a proxy (`HTTPProxy.create_connection` does
    not pass them on).
    """

    proxy: str | None = field(default=None, repr=False)
    """The proxy's URL, which may contain a password."""
    socket_options: tuple[SocketOption, ...] = ()


@lru_cache(maxsize=16)
def proxy_secrets(route: Route) -> tuple[str, ...]:
    """What is masked of a route's proxy: its password, as given, as sent, and without the encoding of a URL."""
    parts = urlsplit(route.proxy or "")
    if not parts.password:
        return ()
    password = unquote(parts.password)
    sent = b64encode(f"{unquote(parts.username or '')}:{password}".encode()).decode()
    return maskable((parts.password, password, sent))


def is_server(url: str, parts: SplitResult, schemes: Collection[str]) -> bool:
    """Whether the HTTP library can connect to the server of this URL. For others httpx raises an error of its own, or connects elsewhere.

    Args:
        url: The URL.
        parts: The parts of the URL.
        schemes: The allowed schemes.

    Raises:
        ValueError: if the port is not a number.
    """
    return parts.scheme in schemes and parts.port != 0 and url.isprintable() and _has_host(parts)


def _has_host(parts: SplitResult) -> bool:
    """Whether the host is a host name, also international, or an IP address."""
    name = parts.hostname or ""
    written = parts.netloc.rpartition("@")[2].lower()
    port = written.removeprefix(f"[{name}]" if ":" in name else name)
    return bool(_PORT.fullmatch(port)) and len(name) <= _LONGEST_NAME and _is_host(name)


def _is_host(name: str) -> bool:
    try:
        if ":" in name or _IPV4.fullmatch(name):
            return "%" not in name and bool(ip_address(name))
        if not name.isascii() or "xn--" in name:
            import idna  # noqa: PLC0415 (httpx needs it too; slow to import)

            idna.decode(name := idna.encode(name).decode())
    except ValueError:
        return False
    return bool(_NAME.fullmatch(name))


def proxy_route(proxy: Key, name: str) -> Route:
    """The route through a proxy; `name` is the setting or environment variable it comes from.

    Raises:
        HatzInvalidInputError: if it is not a proxy's URL; the message does not show it.
    """
    if not _is_proxy(proxy.value):
        raise HatzInvalidInputError(
            f"{name} is not a URL like http://proxy.example:8080 (https:// and socks5:// are the other schemes)."
        )
    return Route(proxy.value.strip())


def _is_proxy(given: Any) -> bool:
    try:
        url = given.strip() if isinstance(given, str) else ""
        return is_server(url, urlsplit(url), _SCHEMES)
    except ValueError:
        return False


def socket_route(options: Sequence[SocketOption]) -> Route:
    """The route over sockets with these options.

    Raises:
        HatzInvalidInputError: if `socket.setsockopt` does not accept them.
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


def environment_proxy(url: str) -> str | None:
    """The environment's proxy for `url` (`HTTPS_PROXY` and the like); httpx ignores them if it has socket options."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 (slow to import, and seldom needed)

    parts = urlsplit(url)
    if not parts.hostname or parts.hostname in LOOPBACK or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
