"""What the README and the documentation's pages promise: their examples run, and what they name exists."""

import re
import tomllib

import pytest

import hatz_client
from hatz_cli import main
from hatz_cli.app import COMMANDS

from .programs import PAGES, ROOT

README = PAGES[0].read_text("utf-8")
FENCE = re.compile(r"^```(?P<language>\w*)(?: [^\n]*)?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page, language):
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        if found["language"] == language:
            line = text[: found.start("code")].count("\n") + 1
            yield pytest.param(page, line, found["code"], id=f"{page.name}:{line}")


def test_every_page_has_been_found():
    assert {page.name for page in PAGES} >= {"README.md", "gateway.md", "errors.md", "sandbox.md", "architecture.md"}


def test_readme_is_short():
    assert README.count("\n") < 100


def shell_lines():
    return [
        line.partition("#")[0].strip()
        for page in PAGES
        for block in blocks(page, "sh")
        for line in block.values[2].splitlines()
    ]


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", " ".join([*shell_lines(), *re.findall(r"`([^`\n]+)`", README)])))
    assert {"demo", "site"} <= named <= targets


def test_extras_exist():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {
        extra for page in PAGES for extra in re.findall(r'pip install "[\w.-]*\[([\w-]+)\]"', page.read_text("utf-8"))
    }
    assert {"langchain", "llama-index", "sandbox"} <= named <= set(extras)


def test_the_commands_that_are_shown_exist():
    named = {word for line in shell_lines() for word in re.findall(r"(?:^|[($ ])hatz (\w+)", line)}
    assert {"sandbox"} <= named <= set(COMMANDS)


def test_the_sandbox_command_takes_what_is_shown(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["sandbox", "--help"])
    usage = capsys.readouterr().out
    options = {option for page in PAGES for option in re.findall(r"hatz sandbox (--[a-z]+)", page.read_text("utf-8"))}
    assert options
    assert all(option in usage for option in options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")) if not link.startswith("http")]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_tree_of_errors_is_the_real_one():
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    tree = next(iter(blocks(ROOT / "docs" / "errors.md", "text"))).values[2]
    path = {}
    for line in tree.splitlines():
        depth = len(re.match(r"[│├└─ ]*", line)[0]) // 4
        path[depth] = getattr(hatz_client, re.search(r"Hatz\w+", line)[0])
        if depth:
            assert path[depth].__bases__[0] is path[depth - 1]
    drawn = set(re.findall(r"Hatz\w*Error\b", tree))
    assert drawn == {name for name in hatz_client.__all__ if name.endswith("Error")}
    assert set(re.findall(r"`(Hatz\w*Error)`", page)) <= drawn | {"HatzError", "HatzRefusalError"}
