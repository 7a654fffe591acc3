"""Print the client's log warnings to stderr, one line each."""

from __future__ import annotations

import logging
import shutil
import sys

_LOGGER = logging.getLogger("hatz_client")


class _OneLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print the message, truncated to the width of the terminal: the final error has the whole text."""
        message = " ".join(record.getMessage().split())
        width = max(60, shutil.get_terminal_size().columns) - len("note: ")
        print(f"note: {message if len(message) <= width else message[: width - 1] + '…'}", file=sys.stderr, flush=True)


def set_up() -> None:
    """Print the client's warnings, retries included; a second call does nothing."""
    if not any(isinstance(handler, _OneLine) for handler in _LOGGER.handlers):
        _LOGGER.addHandler(_OneLine(logging.WARNING))
