"""Every program of README and docs runs in an environment made by the install line above it on its page, and prints the same.

The line is the last `pip install …` above the program; on a page without one it is the README's. `uv` carries it out.
"""

import ast
import contextlib
import functools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pytest

from docs.programs import PAGES, programs, stable
from harness.embedding_model import write_cache
from hatz_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
INSTALL = re.compile(r"^pip install ([^#\n]*[^#\s])", re.MULTILINE)
TESTS = re.compile(r"^(?:async )?def test_", re.MULTILINE)
UV = Path(sys.executable).with_name("uv")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("HATZ_", "PYTHON", "VIRTUAL_ENV"))}

pytestmark = [pytest.mark.installs, pytest.mark.timeout(900)]


def install_line(program):
    """What the page tells to install before the program. Who writes tests has pytest."""
    page = program.page
    above = "".join(page.read_text("utf-8").splitlines(keepends=True)[: program.line])
    lines = INSTALL.findall(above) or INSTALL.findall(PAGES[0].read_text("utf-8"))
    # From an index it is the same distribution.
    line = re.sub(r"hatz-integrations(\[[\w,-]+\])?(?: @ [^\"]+)?", r".\1", lines[-1])
    return line if "pytest" in line or not TESTS.search(program.code) else f"{line} pytest"


def is_pinned(line):
    """Whether constraints.txt has all packages of a line. Others are installed as an index has them today."""
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE))
    return {re.split(r"[<>=\[]", word)[0] for word in shlex.split(line) if word[0] not in ".-"} <= pinned


@pytest.fixture(scope="session")
def python_of(tmp_path_factory):
    """Makes an environment by an install line, once; returns its Python."""

    @functools.cache
    def make(line, cwd=ROOT):
        pins = ["--constraints", ROOT / "constraints.txt"] if is_pinned(line) else []
        folder = tmp_path_factory.mktemp("env") / "venv"
        python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        for command in (
            ["venv", "--quiet", "--python", sys.executable, folder],
            ["pip", "install", "--quiet", "--python", python, *pins, *shlex.split(line)],
        ):
            done = subprocess.run([UV, *command], cwd=cwd, env=CLEAN, capture_output=True, check=False, text=True)
            assert done.returncode == 0, f"pip install {line}\n{done.stderr}"
        return python

    return make


@pytest.fixture(scope="session")
def embedding_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fastembed")
    write_cache(folder)
    return {"FASTEMBED_CACHE_PATH": str(folder), "HF_HUB_OFFLINE": "1"}


def by_line():
    found = defaultdict(list)
    for page in PAGES:
        for program in programs(page):
            found[install_line(program)].append(program)
    others = pytest.mark.skipif("HATZ_ECOSYSTEM" not in os.environ, reason="other projects, of today: HATZ_ECOSYSTEM=1")
    return [
        pytest.param(line, group, id=line, marks=[] if is_pinned(line) else others) for line, group in found.items()
    ]


RUN_ALL = """
import contextlib, io, json, os, runpy, sys, traceback
for name, file, url in json.load(sys.stdin):
    os.environ["HATZ_BASE_URL"] = url
    try:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            runpy.run_path(file)
    except BaseException:
        sys.exit(f"{name}\\n{traceback.format_exc()[-1500:]}")
    with open(file + ".txt", "w", encoding="utf-8") as output:
        output.write(printed.getvalue())
"""
"""Runs programs one after the other, as a reader of the page does: each import is paid for once."""


@pytest.mark.parametrize(("line", "group"), by_line())
def test_programs_run_after_their_install_line(line, group, python_of, embedding_model, tmp_path):
    python = python_of(line)

    def run(page, programs):
        """What went wrong with the programs of a page, if anything did."""
        command = [python, "-c", RUN_ALL]
        with contextlib.ExitStack() as stack:
            given = []
            for program in programs:
                file = tmp_path / f"test_{page.stem}_{program.line}.py"
                file.write_text(program.code, encoding="utf-8")
                if TESTS.search(program.code):
                    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", file]
                sandbox = stack.enter_context(Sandbox())
                exec(program.script, {"sandbox": sandbox})  # noqa: S102 (our own documentation)
                given.append([str(program), str(file), sandbox.base_url])
            env = {**CLEAN, **embedding_model, "HATZ_API_KEY": sandbox.api_key, "PYTHONIOENCODING": "utf-8"}
            done = subprocess.run(
                command,
                cwd=tmp_path,
                env=env,
                input=json.dumps(given),
                capture_output=True,
                check=False,
                encoding="utf-8",
                timeout=600,
            )
        if done.returncode:
            return f"{page.name}\n{(done.stdout + done.stderr)[-2000:]}"
        return "".join(
            difference(program, Path(file + ".txt")) for program, (_, file, _) in zip(programs, given, strict=True)
        )

    pages = [(page, list(programs)) for (page, _), programs in groupby(group, key=by_page)]
    with ThreadPoolExecutor(2) as pool:
        assert [problem for problem in pool.map(run, *zip(*pages, strict=True)) if problem] == []


def difference(program, output):
    """What a program prints other than its page shows below it. README shows no outputs, and pytest keeps those of tests."""
    printed = stable(output.read_text("utf-8")) if output.exists() else program.shown or ""
    same = printed == (program.shown or "") or program.page == PAGES[0]
    return "" if same else f"{program} prints\n{printed}"


def by_page(program):
    """The programs of a page that run in one process; each with tests of its own runs in another."""
    return program.page, program.line if TESTS.search(program.code) else None


def recipes():
    page = (ROOT / "examples" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| \[(\S+\.py)\].*\| (`[^`]*`)? *\|$", page, re.MULTILINE)
    return [pytest.param(path, f'".[all]" {needs.strip("`")}'.strip(), id=path) for path, needs in rows]


@pytest.mark.parametrize(("path", "line"), recipes())
def test_a_recipe_finds_what_it_imports(path, line, python_of):
    tree = ast.parse((ROOT / "examples" / path).read_text("utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    subprocess.run(
        [python_of(line), "-c", "\n".join(ast.unparse(node) for node in nodes)], env=CLEAN, check=True, timeout=120
    )


def test_the_image_of_the_streaming_service_can_be_made(python_of, tmp_path):
    """What its Dockerfile copies and installs, without Docker."""
    dockerfile = (ROOT / "examples" / "recipes" / "streaming_service" / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.*)$", dockerfile, re.MULTILINE):
        *sources, target = line.split()
        for source in (ROOT / name for name in sources):
            if source.is_dir():
                shutil.copytree(source, tmp_path / target)
            else:
                (tmp_path / target).mkdir(exist_ok=True)
                shutil.copy(source, tmp_path / target)
    (install,) = re.findall(r"^RUN pip install --no-cache-dir (.*)$", dockerfile, re.MULTILINE)
    python = python_of(install, cwd=tmp_path)
    subprocess.run([python, "-c", "import app"], cwd=tmp_path, env=CLEAN, check=True)


LLAMA_INDEX = "from llama_index.core import Document, Settings, VectorStoreIndex; documents = [Document(text='x')]"
SUB_QUESTIONS = "from llama_index.core import query_engine; query_engine.SubQuestionQueryEngine"
MESSAGES = {
    "langchain.md": [
        "from langchain.agents import create_agent; create_agent('gpt-5.2')",
        "from langchain.chat_models import init_chat_model; init_chat_model('anthropic.claude-haiku-4-5')",
        "from langchain.chat_models import init_chat_model; init_chat_model('hatz:gpt-5.2')",
        "from langchain.embeddings import init_embeddings; init_embeddings('openai:text-embedding-3-small')",
    ],
    "llama-index.md": [
        f"{LLAMA_INDEX}; VectorStoreIndex.from_documents(documents)",
        f"{LLAMA_INDEX}; Settings.embed_model = None; VectorStoreIndex.from_documents(documents).as_query_engine()",
        f"{LLAMA_INDEX}; Settings.llm = None; {SUB_QUESTIONS}.from_defaults(query_engine_tools=[])",
        f"{LLAMA_INDEX}; Settings.llm = None; Settings.embed_model = None",
    ],
}


@pytest.mark.parametrize("page", MESSAGES)
def test_the_messages_that_ask_for_openai_are_the_real_ones(page, python_of):
    table = (
        (ROOT / "docs" / page).read_text("utf-8").partition("### Messages that ask for OpenAI")[2].partition("\n## ")[0]
    )
    shown = re.findall(r"^\| `([^`]+?)…?'?`? \|", table, re.MULTILINE)
    python = python_of('".[all]"')
    runs = [
        subprocess.run([python, "-W", "ignore", "-c", code], env=CLEAN, check=False, capture_output=True, text=True)
        for code in MESSAGES[page]
    ]
    printed = "".join(done.stdout + done.stderr for done in runs).replace("`", "")
    assert shown
    assert [message for message in shown if message.rstrip("…'") not in printed] == []
