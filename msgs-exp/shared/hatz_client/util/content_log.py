"""What was asked and answered, word for word, for those who ask for it: the logger `hatz_client.content` at DEBUG.

It has to be asked for by its own name: its level is not its parent's, so that `hatz_client` at DEBUG shows no content.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

_logger = logging.getLogger("hatz_client.content")
if _logger.level == logging.NOTSET:
    _logger.setLevel(logging.WARNING)


def on() -> bool:
    """Whether anybody listens."""
    return _logger.isEnabledFor(logging.DEBUG)


def asked(request_id: str | None, headers: Mapping[str, str], content: bytes | None) -> None:
    """Log the body of a request, but for files; no headers, so no key."""
    if content and on() and not headers.get("Content-Type", "").startswith("multipart/"):
        _logger.debug("asked request_id=%s %s", request_id, _text(content))


def answered(request_id: str | None, content: bytes) -> None:
    """Log the body of a response, or the next piece of a stream."""
    if on():
        _logger.debug("answered request_id=%s %s", request_id, _text(content))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")
