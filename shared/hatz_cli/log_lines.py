"""What the client logs as a warning, as one line on stderr."""

from __future__ import annotations

import logging
import shutil
import sys

_LOGGER = logging.getLogger("hatz_client")


class _OneLine(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print the message, cut to the width of the terminal; errors say at their end what is cut here."""
        message = " ".join(record.getMessage().split())
        width = max(60, shutil.get_terminal_size().columns) - len("note: ")
        print(f"note: {message if len(message) <= width else message[: width - 1] + '…'}", file=sys.stderr, flush=True)


def set_up() -> None:
    """Print the client's warnings, once for each process; retries are among them."""
    if not any(isinstance(handler, _OneLine) for handler in _LOGGER.handlers):
        _LOGGER.addHandler(_OneLine(logging.WARNING))
