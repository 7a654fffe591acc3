"""The table of features in the documentation: every row is shown by tests, and they exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parent.parent / "docs" / "features-langchain.md").read_text("utf-8")


def rows() -> list[list[str]]:
    table = PAGE.partition("| --- |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


@cache
def there() -> set[str]:
    return {
        f"{path.name}::{node.name}"
        for path in HERE.glob("test_*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_feature_is_shown_by_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 5
    named = re.findall(r"`([^`]+)`", row[-1])
    assert named
    assert [name for name in named if name not in there()] == []


def test_the_table_has_been_found() -> None:
    assert len(rows()) > 30
