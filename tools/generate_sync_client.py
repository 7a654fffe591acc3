"""Generate the sync twin of each async module of the client: `python tools/generate_sync_client.py [--check]`.

What each does in its own way (sleep, HTTP clients, reading files) is in `connection/sync_io.py` and `connection/async_io.py`.
"""

import re
import subprocess
import sys
from pathlib import Path

CLIENTS = Path(__file__).parents[1] / "shared" / "hatz_client"
TWINS = {
    source: source.with_name(source.name.removeprefix("async_"))
    for source in (CLIENTS / "async_client.py", *sorted((CLIENTS / "runners").glob("async_*.py")))
}
"""The generated module of each async one."""

TEXTS = {
    "endpoints as coroutines": "endpoints as functions that block",
    "The Hatz gateway, asynchronous.": "The Hatz gateway, synchronous.",
    "It can be used from any number of event loops, one after the other or in\n    several threads. Each event loop has its own connections,": (
        "It can be used in any number of threads and forked processes.\n    Each process has its own connections,"
    ),
    "an `async with` block": "a `with` block",
    "a callable, sync or async, that": "a callable that",
    "event loop keeps": "process keeps",
    "the event loop closes\n        its": "the process closes\n        its",
    "AsyncGenerator, Awaitable, Callable": "Callable, Generator",
}
"""Replaced first, as they stand."""

WORDS = {
    "AsyncExitStack": "ExitStack",
    "AsyncGenerator": "Generator",
    "AsyncHttpClient": "HttpClient",
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
for _source, _target in TWINS.items():
    WORDS[_source.stem] = _target.stem
    WORDS.update((name, name.removeprefix("Async")) for name in re.findall(r"class (Async\w+)", _source.read_text()))

_NOTE = re.compile(r' `\w+` is generated from this file \(`make client`\)\."""')


def generate(source: Path) -> str:
    """The text of the sync module, formatted."""
    text = _NOTE.sub('\n\nGenerated from `SOURCE.py` by `make client`: edit that file.\n"""', source.read_text(), 1)
    for given, replacement in TEXTS.items():
        text = text.replace(given, replacement)
    text = re.sub(r"Awaitable\[(\w+)\]", r"\1", text)
    text = re.sub(r"AsyncGenerator\[(\w+), None\]", r"Generator[\1, None, None]", text)
    text = re.sub(r"\basync (?=def|with|for|`with`)|\bawait ", "", text)
    text = re.sub(r"\b\w+\b", lambda word: WORDS.get(word[0], word[0]), text).replace("SOURCE", source.stem)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--select", "I,UP028", "--fix", "--unsafe-fixes", "--quiet"], ["format", "--quiet"]):
        command = [*ruff, *command, "--stdin-filename", str(TWINS[source]), "-"]  # noqa: PLW2901
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    """Write the modules, or with --check say whether they are as they would be written."""
    stale = {
        source: target
        for source, target in TWINS.items()
        if not target.exists() or target.read_text() != generate(source)
    }
    if "--check" not in sys.argv:
        for source, target in stale.items():
            target.write_text(generate(source))
        return 0
    for source, target in stale.items():
        print(f"{target.name} is not what {source.name} gives: run `make client`.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
