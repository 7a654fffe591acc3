"""Generate `Client` from `AsyncClient`: `python tools/generate_sync_client.py [--check]`.

What each does in its own way (sleep, HTTP clients, reading files) is in `connection/sync_io.py` and `connection/async_io.py`.
"""

import re
import subprocess
import sys
from pathlib import Path

CLIENTS = Path(__file__).parents[1] / "shared" / "hatz_client"
SOURCE, TARGET = CLIENTS / "async_client.py", CLIENTS / "client.py"

TEXTS = {
    '"""`AsyncClient`: the gateway\'s endpoints as coroutines. `Client` is generated from this file (`make client`)."""': (
        '"""`Client`: the gateway\'s endpoints as functions that block.\n\n'
        'Generated from `async_client.py` by `make client`: edit that file.\n"""'
    ),
    "The Hatz gateway, asynchronous.": "The Hatz gateway, synchronous.",
    "It can be used from any number of event loops, one after the other or in\n    several threads. Each event loop has its own connections,": (
        "It can be used in any number of threads and forked processes.\n    Each process has its own connections,"
    ),
    "an `async with` block": "a `with` block",
    "a callable, sync or async, that": "a callable that",
    "event loop keeps": "process keeps",
    "the event loop closes\n        its": "the process closes\n        its",
    "from collections.abc import AsyncGenerator, Awaitable, Callable": "from collections.abc import Callable, Generator",
    "AsyncGenerator[Event, None]": "Generator[Event, None, None]",
}
"""Replaced first, as they stand."""

WORDS = {
    "AsyncClient": "Client",
    "AsyncExitStack": "ExitStack",
    "AsyncHttpClient": "HttpClient",
    "AsyncGenerator": "Generator",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aclosing": "closing",
    "async_io": "sync_io",
    "enter_async_context": "enter_context",
    "http_async_client": "http_client",
    "push_async_callback": "callback",
}
"""Replaced as whole words."""


def generate(source: str) -> str:
    """The text of `Client`'s module, formatted."""
    for text, replacement in TEXTS.items():
        source = source.replace(text, replacement)
    source = re.sub(r"Awaitable\[(\w+)\]", r"\1", source)
    source = re.sub(r"\basync (?=def|with|for|`with)|\bawait ", "", source)
    source = re.sub(r"\b\w+\b", lambda word: WORDS.get(word[0], word[0]), source)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "I,UP028", "--fix", "--unsafe-fixes", "--quiet"], ["format", "--quiet"]):
        command = [*ruff, *command, "--stdin-filename", str(TARGET), "-"]  # noqa: PLW2901
        source = subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout
    return source


def main() -> int:
    """Write the module, or with --check say whether it is as it would be written."""
    generated = generate(SOURCE.read_text())
    if "--check" in sys.argv:
        if TARGET.read_text() == generated:
            return 0
        print(f"{TARGET.name} is not what {SOURCE.name} gives: run `make client`.")
        return 1
    TARGET.write_text(generated)
    return 0


if __name__ == "__main__":
    sys.exit(main())
