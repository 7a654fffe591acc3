"""Checks of the network: host name, connection, certificate, URL, clock. They use no tokens."""

from __future__ import annotations

import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from hatz_cli.doctor.check import Check, Context, Finding
from hatz_cli.doctor.local import proxy_for, without_password
from hatz_cli.exchange import Exchange
from hatz_client.connection.http.errors import UNKNOWN_AUTHORITY, causes, certificate_error
from hatz_client.errors import HatzInvalidInputError

_MAX_SKEW = 120.0
"""The difference between the two clocks that causes a warning, in seconds."""
_EXPIRED = {9, 10}


def dns(context: Context) -> Finding:
    """Whether the host name resolves: the gateway's, or the proxy's if there is one (the proxy resolves the gateway's)."""
    proxy = proxy_for(context.base_url)
    host = "(not a URL)"
    try:
        host = urlsplit(proxy[0] if proxy else context.base_url).hostname or ""
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # ValueError: no URL, or no host name
        cure = (
            f"Is {proxy[1]} right? Unset it if you need no proxy."
            if proxy
            else "Is this machine online, and is the name right (HATZ_BASE_URL)? A company network may need HTTPS_PROXY."
        )
        return Finding("fail", f"{host}: {getattr(error, 'strerror', None) or error}", cure)
    return Finding("ok", f"{host} is {found[0][4][0]}{' (the proxy)' if proxy else ''}")


def connection(context: Context) -> Finding:
    """Whether a server answers over HTTP, with a trusted certificate."""
    exchange = context.first_exchange
    if exchange.problem is not None:
        return _no_connection(context, exchange.problem)
    secure = "with TLS" if context.base_url.startswith("https") else "without TLS"
    return Finding("ok", f"{exchange.status} in {exchange.seconds:.1f} s, {secure}")


def _no_connection(context: Context, problem: Exception) -> Finding:
    if isinstance(problem, HatzInvalidInputError):  # certificates or a proxy of the environment
        return Finding("fail", str(problem), "Correct or unset the environment variable that is named here.")
    proxy = proxy_for(context.base_url)
    if isinstance(problem, HatzInvalidInputError):  # about the certificates or the proxy
        return Finding("fail", str(problem), "Correct or unset this environment variable.")
    if found := certificate_error(problem):
        return Finding("fail", f"the certificate is not trusted: {found.verify_message}", _certificate_cure(found))
    if proxy:
        detail = f"no connection through the proxy {without_password(proxy[0])}: {_words(problem)}"
        return Finding(
            "fail", detail, f"Is the proxy running, and does it require a password? Correct or unset {proxy[1]}."
        )
    if "Timeout" in type(problem).__name__:
        return Finding(
            "fail",
            f"no answer in time ({type(problem).__name__})",
            "A firewall may drop the connection: ask for ai.hatz.ai, port 443, or set HTTPS_PROXY.",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes(problem)):
        return Finding(
            "fail",
            f"no TLS: {_words(problem)}",
            "Is HATZ_BASE_URL right (https, host, port)? Something else answers there.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes(problem)):
        return Finding(
            "fail",
            f"nothing listens at {urlsplit(context.base_url).netloc}",
            "Correct HATZ_BASE_URL, or unset it to use Hatz itself.",
        )
    return Finding(
        "fail",
        _words(problem),
        "Is this machine online? A firewall or a missing proxy (HTTPS_PROXY) also looks like this.",
    )


def _certificate_cure(found: ssl.SSLCertVerificationError) -> str:
    if found.verify_code in _EXPIRED:
        return "The certificate is not valid at this machine's time: is its clock right?"
    if found.verify_code in UNKNOWN_AUTHORITY:
        return (
            "A program between you and Hatz (a company's proxy, an antivirus) uses its own certificate. Ask for the certificate of\n"
            "its authority and set its path: export SSL_CERT_FILE=/path/to/authority.pem"
        )
    return "The certificate belongs to another host: is HATZ_BASE_URL right?"


def _words(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__


def gateway(context: Context) -> Finding:
    """Whether the server is the Hatz API."""
    exchange = context.first_exchange
    if _is_hatz(exchange):
        return Finding("ok", "the Hatz API answers")
    kind = exchange.headers.get("content-type", "no content type")
    detail = f"{exchange.status}, {kind}: this is not the list of models"
    if exchange.status is not None and 300 <= exchange.status < 400:
        detail = f"{exchange.status}: redirects to {exchange.headers.get('location')}, which is not followed"
    if exchange.status == 407:
        return Finding(
            "fail",
            "407: the proxy requires a user name and a password",
            "Set HTTPS_PROXY=http://user:password@proxy.example:8080",
        )
    if exchange.status is not None and exchange.status >= 500:
        return Finding("fail", f"{exchange.status}: an error of the gateway", "Try again in some minutes.")
    cure = "The address must end in /v1, as in https://ai.hatz.ai/v1. Correct HATZ_BASE_URL, or unset it. The login page of a network also looks like this."
    return Finding("fail", detail, cure)


def _is_hatz(exchange: Exchange) -> bool:
    if exchange.status in {401, 402, 403, 429}:
        return isinstance(exchange.body, dict)
    body = exchange.body
    return exchange.status == 200 and isinstance(
        body.get("data", body.get("models")) if isinstance(body, dict) else body, list
    )


def clock(context: Context) -> Finding:
    """The difference between this machine's clock and the gateway's."""
    date = context.first_exchange.headers.get("date")
    try:
        gateway_time = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Finding("ok", "the gateway sends no date to compare with")
    skew = time.time() - gateway_time
    if abs(skew) > _MAX_SKEW:
        return Finding(
            "warn", f"{skew:+.0f} s from the gateway's", "Set the clock: certificates and logs depend on it."
        )
    return Finding("ok", f"{abs(skew):.0f} s from the gateway's")


CHECKS = (
    Check("dns", dns, ("proxy",)),
    Check("connection", connection, ("dns",)),
    Check("gateway", gateway, ("connection",)),
    Check("clock", clock, ("gateway",)),
)
