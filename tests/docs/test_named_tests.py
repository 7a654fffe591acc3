"""The pages on trust name only tests that exist."""

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
