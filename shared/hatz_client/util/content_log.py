"""Log the full content of requests and responses: the logger `hatz_client.content` at DEBUG, off by default.

It must be enabled by its own name: it does not inherit the level of `hatz_client`, which at DEBUG shows no content.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

_logger = logging.getLogger("hatz_client.content")
if _logger.level == logging.NOTSET:
    _logger.setLevel(logging.WARNING)


def is_enabled() -> bool:
    """Whether the content log is enabled."""
    return _logger.isEnabledFor(logging.DEBUG)


def log_request(request_id: str | None, headers: Mapping[str, str], content: bytes | None) -> None:
    """Log the body of a request, except uploads; headers are not logged, so the key is not either."""
    if content and is_enabled() and not headers.get("Content-Type", "").startswith("multipart/"):
        _logger.debug("asked request_id=%s %s", request_id, _text(content))


def log_response(request_id: str | None, content: bytes) -> None:
    """Log the body of a response, or the next piece of a stream."""
    _logger.debug("answered request_id=%s %s", request_id, _text(content))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")
