"""Draw docs/pictures/*.svg: commands of `hatz` in a terminal against the sandbox, with their output."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pexpect
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from hatz_sandbox import Sandbox

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
_SIZE = (40, 100)
_HATZ = str(Path(sys.executable).parent / "hatz")


def main() -> int:
    """Draw all pictures."""
    with Sandbox(pace=0.01) as sandbox:
        environment = {**os.environ, "HATZ_BASE_URL": sandbox.base_url, "HATZ_API_KEY": sandbox.api_key}
        environment |= {"HATZ_HISTORY": os.devnull, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        for name, shown in {
            "models": _run("models", environment=environment),
            "doctor": _run("doctor", environment=environment),
            "chat": _chat(sandbox, environment),
        }.items():
            _draw(
                name, re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8123", shown.replace(sys.executable, ".venv/bin/python"))
            )
    return 0


def _run(*arguments: str, environment: dict[str, str]) -> str:
    child = pexpect.spawn(_HATZ, list(arguments), env=environment, dimensions=_SIZE, encoding="utf-8", timeout=60)
    child.expect(pexpect.EOF)
    shown: str = child.before
    return f"$ hatz {' '.join(arguments)}\n{shown}"


def _chat(sandbox: Sandbox, environment: dict[str, str]) -> str:
    sandbox.reply(
        "The moon pulls the sea nearest to it harder than the Earth, and the Earth harder than the far sea: two bulges."
    )
    sandbox.reply("Because the Earth turns under both bulges once a day.")
    child = pexpect.spawn(_HATZ, ["chat", "gpt-5.2"], env=environment, dimensions=_SIZE, encoding="utf-8", timeout=60)
    log = io.StringIO()
    child.logfile_read = log
    for line in ("Why are there tides?", "And why two a day?", "/model anthropic.claude-haiku-4-5", "/save tides.md"):
        child.expect("> ")
        child.sendline(line if not line.startswith("/save") else f"/save {os.devnull}")
    child.expect("> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    return "$ hatz chat gpt-5.2\n" + log.getvalue().replace(os.devnull, "tides.md")


def _draw(name: str, shown: str) -> None:
    plain = re.sub(r"\x1b\[\?\d+[hl]", "", shown.replace("\r\n", "\n").replace("\r", ""))
    console = Console(record=True, width=_SIZE[1], file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(plain.strip()))
    PICTURES.mkdir(exist_ok=True)
    svg = console.export_svg(title=f"hatz {name}", theme=MONOKAI, unique_id=f"hatz-{name}")
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(f"drew docs/pictures/{name}.svg")


if __name__ == "__main__":
    sys.exit(main())
