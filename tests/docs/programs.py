"""The Python programs on the pages of the documentation, and the output that a page shows below them.

A program may be preceded by a comment with what the sandbox answers (Python with the name `sandbox`), which readers do not see:

    <!-- sandbox
    sandbox.reply("The moon pulls at the sea.")
    -->
"""

import ast
import asyncio
import contextlib
import gc
import io
import re
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAM = re.compile(
    r"^(?:<!-- sandbox\n(?P<script>(?:(?!-->).)*?)-->\n\n?)?"
    r"```python\n(?P<code>.*?)^```\n"
    r'(?P<output>\n```text title="Output"\n(?P<shown>.*?)^```\n)?',
    re.MULTILINE | re.DOTALL,
)

APART = {"deepagents", "deepeval", "guardrails", "langfuse", "mlflow", "openinference", "ragas"}
"""Packages that change the process they run in, or warn. Their programs run in one of their own."""


@dataclass(frozen=True)
class Program:
    page: Path
    line: int
    code: str
    script: str
    shown: str | None

    def __str__(self):
        return f"{self.page.name}:{self.line}"

    @property
    def modules(self):
        """The modules that it imports."""
        for node in ast.walk(ast.parse(self.code)):
            yield from [node.module] if isinstance(node, ast.ImportFrom) else []
            yield from [alias.name for alias in node.names] if isinstance(node, ast.Import) else []

    @property
    def is_apart(self):
        return any(name.partition(".")[0] in APART for name in self.modules)

    def run(self, sandbox):
        """What it prints on this sandbox; its test functions are called too."""
        exec(self.script, {"sandbox": sandbox})  # noqa: S102 (our own documentation)
        printed = self.run_apart(sys.executable) if self.is_apart else self.run_here(sandbox)
        assert sandbox.pending == 0
        return stable(printed)

    def run_apart(self, python):
        """In a process and a folder of its own; the environment says where the sandbox is."""
        command = [python, "-W", "ignore", "-X", "utf8", "-c", self.code]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=100, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run_here(self, sandbox):
        names = {"__name__": "example"}
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile("\n" * (self.line - 1) + self.code, str(self.page), "exec"), names)  # noqa: S102
            for name, function in list(names.items()):
                if name.startswith("test_"):
                    sandbox.reset()
                    function(sandbox)
                    assert sandbox.pending == 0
        names.clear()
        close_what_llama_index_left_open()
        return printed.getvalue()


def close_what_llama_index_left_open():
    """Its sync methods make event loops and forget them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.set_event_loop(None)
        gc.collect()


def programs(page):
    text = page.read_text("utf-8")
    for found in PROGRAM.finditer(text):
        line = text[: found.start("code")].count("\n") + 1
        yield Program(page, line, found["code"], found["script"] or "", found["shown"])


def stable(printed):
    """The output without what differs from run to run: ids and ports."""
    printed = re.sub(r"\b(call|toolu|resp|msg|run|lc_run-)_?[0-9a-f-]{12,}\b", r"\1_…", printed)
    printed = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "…", printed)
    printed = re.sub(r"(?<=request id )[0-9a-f]{32}", "…", printed)
    printed = re.sub(r"(?<=127\.0\.0\.1:)\d+", "8123", printed)
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    return "".join(f"{line}\n" for line in lines)


def with_outputs(text, outputs):
    """The page with these outputs below its programs, one for each; an empty one is not shown."""

    def with_output(found):
        output = outputs.pop(0)
        program = found[0].removesuffix(found["output"] or "")
        return f'{program}\n```text title="Output"\n{output}```\n' if output else program

    outputs = list(outputs)
    return PROGRAM.sub(with_output, text)
