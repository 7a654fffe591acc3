"""The table in docs/features-llama-index.md names only tests that exist, and forgets no file of them."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "features-llama-index.md"
CELLS = 5


def rows():
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if cells and cells[0] != "Feature" and set(cells[0]) != {"-"}:
            yield pytest.param(cells, id=cells[0])


def defined(path):
    """The names of a file's tests, as pytest writes them."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{inner.name}" for inner in node.body if hasattr(inner, "name"))
        elif hasattr(node, "name"):
            yield node.name


TESTS = {f"{path.name}::{name}" for path in HERE.glob("test_*.py") for name in defined(path) if "test_" in name}


@pytest.mark.parametrize("cells", list(rows()))
def test_a_row_names_tests_that_exist(cells):
    named = re.findall(r"`(\S+?)`", cells[-1])
    assert len(cells) == CELLS
    assert all(cells)
    assert named
    assert set(named) <= TESTS


def test_all_files_of_tests_are_in_the_table():
    named = {name.partition("::")[0] for row in rows() for name in re.findall(r"`(\S+?)`", row.values[0][-1])}
    assert named == {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
