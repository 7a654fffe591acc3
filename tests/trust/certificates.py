"""Certificates of an authority of the tests' own: a good one, and each kind of bad one."""

import contextlib
import datetime as dt
import functools
import ssl

import trustme

from hatz_client.connection import httpx_clients, pools

AUTHORITY = functools.cache(trustme.CA)
LONG_AGO = dt.datetime(2001, 2, 3, tzinfo=dt.UTC)
KINDS = {
    "good": lambda: AUTHORITY().issue_cert("127.0.0.1"),
    "untrusted": lambda: trustme.CA().issue_cert("127.0.0.1"),
    "expired": lambda: AUTHORITY().issue_cert("127.0.0.1", not_after=LONG_AGO),
    "of another host": lambda: AUTHORITY().issue_cert("gateway.example", "127.0.0.2"),
}


@functools.cache
def context(kind):
    """What a server with this certificate speaks TLS with."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    KINDS[kind]().configure_cert(made)
    return made


@contextlib.contextmanager
def trusted(monkeypatch, folder):
    """The tests' authority trusted, in the way users have: a file, named in the environment before the first request."""
    file = folder / "authority.pem"
    AUTHORITY().cert_pem.write_to_path(str(file))
    with monkeypatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        _anew()
        yield
    _anew()


def _anew():
    pools.close_all()
    httpx_clients.certificates.cache_clear()
