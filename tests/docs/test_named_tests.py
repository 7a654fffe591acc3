"""The pages on trust name only tests that exist, and the page on architecture only files that do."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("threat-model.md", "reliability.md")


def defined(path):
    """The names of a file's tests, as pytest writes them."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{inner.name}" for inner in node.body if hasattr(inner, "name"))
        elif hasattr(node, "name"):
            yield node.name


@pytest.mark.parametrize("page", PAGES)
def test_the_tests_it_names_exist(page):
    named = set(re.findall(r"`(test_\w+\.py::\S+?)`", (ROOT / "docs" / page).read_text("utf-8")))
    there = {f"{path.name}::{name}" for path in (ROOT / "tests").rglob("test_*.py") for name in defined(path)}
    assert named
    assert named <= there


def test_the_files_and_folders_of_the_architecture_exist():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:\w+/)*\w+(?:\.py|/))`", page))
    tops = ("shared", "langchain_hatz", "llama_index_hatz", "tests", "examples")
    paths = [path for top in tops for path in (ROOT / top, *(ROOT / top).rglob("*"))]
    there = [f"/{path.relative_to(ROOT)}{'/' if path.is_dir() else ''}" for path in paths]
    assert len(named) > 30
    assert {name for name in named if not any(path.endswith(f"/{name}") for path in there)} == set()
