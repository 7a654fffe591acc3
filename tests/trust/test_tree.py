"""No file of this repository, recordings included, holds anything that looks like a secret; and no code of ours runs a text."""

import ast
import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHAPES = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a key of OpenAI or Anthropic": re.compile(r"\bsk-(proj-|ant-|svcacct-)?[A-Za-z0-9_-]{24,}"),
    "a key of GitHub": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
    "a key of AWS": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a key of Google": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "a key of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a key of Hugging Face or PyPI": re.compile(r"\b(hf_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,})"),
    "a JSON web token": re.compile(r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}"),
    "a bearer token": re.compile(r"(?i)\bbearer\s+[A-Za-z0-9_.~+/-]{24,}"),
    "a password in a URL": re.compile(
        r"\b[a-z][a-z0-9+.-]*://[^\s/:@{}\"'$]+:[^\s/:@{}\"'$]{3,}@(?![\w.-]*\.example\b)[\w.-]+"
    ),
}
NAMED = re.compile(
    r"""(?ix) \b (?:x-api-key|api[_-]?key|secret|token|password|authorization|cookie) ["']? \s* [:=] \s* ["']? (?P<value>[A-Za-z0-9+/=_.-]{20,})"""
)


def files():
    listed = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git repository")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".jpg", ".gif", ".pdf", ".ico"}:
            yield name, path.read_bytes().decode("utf-8", "replace")


def random_looking(value):
    """Whether so many different characters are not a word: bits for each, as detect-secrets counts them."""
    if re.fullmatch(r"[a-z]+([-_.][a-z0-9]+)+", value):
        return False
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return bits > 3.8 and any(one.isdigit() for one in value) and any(one.isalpha() for one in value)


def secrets(text):
    for what, shape in SHAPES.items():
        if found := shape.search(text):
            yield f"{what}: {found[0][:12]}…"
    for found in NAMED.finditer(text):
        if random_looking(found["value"]):
            yield f"a value that looks random: {found[0][:24]}…"


def test_no_file_holds_a_secret():
    # Values that the tests make up to look for them afterwards.
    made_up = ("sk-never-to-be-seen-4711", "header-never-to-be-seen-0815")
    found = []
    for name, text in files():
        for value in made_up:
            text = text.replace(value, "")  # noqa: PLW2901
        found += [f"{name}: {what}" for what in secrets(text)]
    assert not found


def test_no_file_names_a_place_on_this_machine():
    places = re.compile(r"(?<![\w.])/(?:home|Users|root)/[a-z][\w.-]*/")
    assert not [f"{name}: {found[0]}" for name, text in files() if (found := places.search(text))]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "sk-" + "proj-" + "aB3" * 12,
        "Bearer " + "q9Zx" * 9,
        "https://user:" + "hunter2@example.com/",
        "X-API-Key: " + "k9Qz7Lm2Xw5Rt8Vb3Nc6Yh1",
        'api_key="' + "k9Qz7Lm2Xw5Rt8Vb3Nc6Yh1" + '"',
    ],
)
def test_the_search_finds_what_it_looks_for(text):
    assert list(secrets(text))


RUN_A_TEXT = {"eval", "exec", "compile", "__import__", "system", "popen", "Popen", "loads", "load", "run_in_subprocess"}
FINE = {"json.loads", "re.compile"}


def test_nothing_evaluates_a_text():
    """Not `eval`, not `exec`, not pickle, no process: what a model or a gateway says is data."""
    found = []
    for package in ("shared/hatz_client", "langchain_hatz", "llama_index_hatz"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    called = ast.unparse(node.func)
                    if called.rpartition(".")[2] in RUN_A_TEXT and called not in FINE:
                        found.append(f"{path.name}: {called}")
                elif isinstance(node, ast.Import | ast.ImportFrom):
                    names = {name.name for name in node.names} | {getattr(node, "module", None)}
                    found += [f"{path.name}: {name}" for name in names & {"pickle", "subprocess", "marshal", "yaml"}]
    assert not found
