"""Every regular expression of every package takes time in proportion to its text, whatever the text is."""

import ast
import importlib
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.regular_expressions import hardest

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "shared" / name for name in ("hatz_client", "hatz_sandbox", "hatz_cli")]
FLAGS = re.compile(r"re\.[A-Z]+( \| re\.[A-Z]+)*").fullmatch
PACKAGES += [ROOT / name for name in ("langchain_hatz", "llama_index_hatz")]


WAYS = ("finditer", "match", "fullmatch")


def modules():
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package.parent).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def expressions(module, path):
    """The expressions of a file: where it is, the expression (None if no test can find it), and the methods that it is used with."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    names = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names |= dict.fromkeys(ast.walk(statement), statement.targets[0].id)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=function), args=[first, *others]) if (
                function != "escape"
            ):
                where, name = f"{module}:{node.lineno}", names.get(node)
                used = (
                    {function} if function != "compile" else set(re.findall(rf"\b{name}\.(\w+)", source)) or {"search"}
                )
                if found := re.search(rf"^{name} = re\.compile\(.*\)\.(\w+)$", source, re.MULTILINE):
                    used = {found[1]}
                ways = [
                    "match" if way == "match" else "fullmatch" if way == "fullmatch" else "finditer"
                    for way in sorted(used)
                ]
                if isinstance(first, ast.Constant):
                    flags = [
                        one for one in [*others, *(word.value for word in node.keywords)] if FLAGS(ast.unparse(one))
                    ]
                    yield where, re.compile(first.value, *(eval(ast.unparse(one), {"re": re}) for one in flags)), ways  # noqa: S307 (our own source)
                elif name:
                    value = getattr(importlib.import_module(module), name)
                    yield f"{where} {name}", getattr(value, "__self__", value), ways
                else:
                    yield where, None, ways


EXPRESSIONS = [found for module, path in modules() for found in expressions(module, path)]
SIZES = ((24, 0.05), (2000, 0.05), (20_000, 0.1))
"""Numbers of characters, and seconds of CPU time. A linear expression takes a few milliseconds for the longest text, a quadratic one much
longer; an exponential one would never end the second."""


def slow_text(pattern, ways=WAYS):
    """A text that takes too long, if there is one."""
    for size, seconds in SIZES:
        for text in hardest(pattern, size):
            for way in ways:
                if all(taken(getattr(pattern, way), text) > seconds for _ in range(2)):
                    return way, text[:80]
    return None


def taken(search, text):
    began = time.process_time()
    deque(found if isinstance(found := search(text), Iterator) else (), maxlen=0)
    return time.process_time() - began


# Expressions that are made of other values of their module: examples of them.
MADE = {
    "hatz_client.operations.explain_bad_request": lambda module: [pattern for pattern, *_ in module._SETTINGS],
    "hatz_client.resources.model_families": lambda module: [family.pattern for family in module._FAMILIES],
    "hatz_cli.doctor.answers": lambda module: module._CHEAP,
    "hatz_sandbox.answerer.values": lambda module: [
        module._NAME, rf"\bin\s+({module._NAME})", r"(?i)(?<!\w)a\W*b(?!\w)",
        rf"(?i:\ba\b)\s*(?P<sign>:|=|\bis\b|\bof\b)\s*[\"'`]?(?P<value>{module._VALUE})",
    ],
    "hatz_sandbox.gateway": lambda module: [pattern for pattern, *_ in module._ROUTES],
    "hatz_sandbox.answerer.fill": lambda _: [],  # of the caller's own schema
}  # fmt: skip


@pytest.mark.parametrize("module", MADE)
def test_an_expression_made_of_values_takes_linear_time(module):
    for pattern in MADE[module](importlib.import_module(module)):
        assert slow_text(re.compile(pattern), ("finditer",)) is None


def test_every_expression_is_found():
    assert {where.split(":")[0] for where, pattern, _ in EXPRESSIONS if pattern is None} == set(MADE)
    assert all(isinstance(pattern, re.Pattern | None) for _, pattern, _ in EXPRESSIONS)
    assert len(EXPRESSIONS) > 70


@pytest.mark.parametrize(
    ("pattern", "ways"), [pytest.param(pattern, ways, id=where) for where, pattern, ways in EXPRESSIONS if pattern]
)
def test_an_expression_takes_linear_time(pattern, ways):
    assert slow_text(pattern, ways) is None


@pytest.mark.parametrize("bad", [r"(a+)+b", r"\s+$", rb"[^a]+b"])
def test_a_quadratic_expression_is_found(bad):
    assert slow_text(re.compile(bad))
