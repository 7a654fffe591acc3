"""Checks of this machine, without requests."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from hatz_cli import gateway
from hatz_cli.doctor.check import Check, Context, Finding
from hatz_cli.exit_codes import NO_KEY
from hatz_client import HatzAuthenticationError, HatzInvalidInputError
from hatz_client.connection.api_key import clean_key
from hatz_client.connection.route import LOOPBACK
from hatz_client.connection.settings import environment_variable
from hatz_client.version import __version__

_PACKAGES = ("httpx", "langchain-core", "llama-index-core")


def python(_: Context) -> Finding:
    """The Python version and its path."""
    return Finding("ok", f"{platform.python_version()} at {sys.executable}")


def packages(_: Context) -> Finding:
    """The versions of the relevant packages."""
    found = [f"hatz-integrations {__version__}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return Finding("ok", ", ".join(found))


def key(context: Context) -> Finding:
    """Whether the key is set and can be sent; its form is not checked, because Hatz documents none."""
    if not context.key:
        return Finding("fail", "HATZ_API_KEY is not set", NO_KEY)
    try:
        clean_key(context.key)
    except HatzAuthenticationError as error:
        return Finding("fail", error.message, "Copy the key again into HATZ_API_KEY, without anything else.")
    return Finding("ok", f"HATZ_API_KEY is set, {len(context.key)} characters")


def address(context: Context) -> Finding:
    """The gateway's URL."""
    name, given = environment_variable("HATZ_BASE_URL", "HATZ_API_BASE")
    return Finding("ok", f"{context.base_url} ({name if given.value else 'the default'})")


def proxy_for(base_url: str) -> tuple[str, str] | None:
    """The proxy that is used for the gateway, and the environment variable that sets it."""
    name, given = environment_variable("HATZ_PROXY")
    if given.value:
        return given.value, name
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    found = getproxies()
    scheme = next((name for name in (parts.scheme, "all") if name in found), None)
    return (found[scheme], f"{scheme.upper()}_PROXY") if scheme else None


def proxy(context: Context) -> Finding:
    """The proxy, without its password."""
    try:
        gateway.check_proxy()
    except HatzInvalidInputError as error:
        return Finding("fail", str(error), "Correct HATZ_PROXY, such as http://proxy.example:8080, or unset it.")
    found = proxy_for(context.base_url)
    if found is None:
        return Finding("ok", "none")
    url, variable = found
    return Finding("ok", f"{without_password(url)} ({variable})")


def without_password(url: str) -> str:
    """A URL without user name and password."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return "(not a URL)"


CHECKS = (
    Check("python", python),
    Check("packages", packages),
    Check("key", key),
    Check("address", address),
    Check("proxy", proxy),
)
