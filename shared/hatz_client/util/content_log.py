"""What was asked and answered, word for word, for those who ask for it: the logger `hatz_client.content` at DEBUG.

It has to be enabled by its own name: its level is not its parent's, so that `hatz_client` at DEBUG shows no content.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

_logger = logging.getLogger("hatz_client.content")
if _logger.level == logging.NOTSET:
    _logger.setLevel(logging.WARNING)


def is_enabled() -> bool:
    """Whether anybody listens."""
    return _logger.isEnabledFor(logging.DEBUG)


def log_request(request_id: str | None, headers: Mapping[str, str], content: bytes | None) -> None:
    """Log the body of a request, except of uploads; no headers, so no key."""
    if content and is_enabled() and not headers.get("Content-Type", "").startswith("multipart/"):
        _logger.debug("asked request_id=%s %s", request_id, _text(content))


def log_response(request_id: str | None, content: bytes) -> None:
    """Log the body of a response, or the next piece of a stream."""
    if is_enabled():
        _logger.debug("answered request_id=%s %s", request_id, _text(content))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")
