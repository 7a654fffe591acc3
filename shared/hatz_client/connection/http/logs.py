"""Keep secrets out of the log lines of httpx and httpcore (and of httpx2 and httpcore2), also where the gateway repeats them.

httpx logs one line per request, with its URL and the response's reason phrase. httpcore logs the response's headers, and errors
that quote what could not be parsed. hpack, which a user's own client with HTTP/2 brings, logs every header of a request.
"""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from operator import methodcaller
from typing import Any

from hatz_client.util.masking import mask

secrets_sent: ContextVar[tuple[str, ...] | None] = ContextVar("secrets_sent", default=None)
"""The secrets of the request that is being sent; None when none is."""

_QUERY = re.compile(r"\?\S*")


class _Filter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        secrets = secrets_sent.get()
        if secrets is not None:
            record.msg, record.args = mask(_QUERY.sub("", record.getMessage()), secrets), ()
        return True


for _name in ("httpx", "httpx2"):
    logging.getLogger(_name).addFilter(_Filter())
for _name in ("hpack.hpack", "hpack.table"):
    logging.getLogger(_name).addFilter(lambda _: secrets_sent.get() is None)

_is_logged = methodcaller("isEnabledFor", logging.DEBUG)
_PROTOCOLS = [
    logging.getLogger(f"{library}.{version}")
    for library in ("httpcore", "httpcore2")
    for version in ("http11", "http2")
]


def mask_report(info: Any, secrets: tuple[str, ...]) -> None:
    """Mask what the response says in a report of httpcore, which logs it after its `trace` extension has seen it."""
    if any(map(_is_logged, _PROTOCOLS)):
        for key, value in info.items():
            text = repr(value)
            if (masked := mask(text, secrets)) is not text:
                info[key] = masked
