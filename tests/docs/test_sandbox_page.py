"""The tables of docs/sandbox.md: every method with its real signature, examples that run, quirks and options that exist."""

import inspect
import re
from pathlib import Path

import pytest

import hatz_sandbox
from hatz_cli import main
from hatz_sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
CELLS = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in PAGE.splitlines() if line[:1] == "|"]
METHODS = [cells for cells in CELLS if re.match(r"`\w+\(", cells[0])]


def parameters(name):
    found = inspect.signature(getattr(Sandbox, name)).parameters
    return [parameter for parameter in found if parameter != "self"]


def test_every_public_name_is_there():
    methods = {name for row in METHODS for name in re.findall(r"`(\w+)\(", row[0])}
    attributes = {name for row in CELLS for name in re.findall(r"`(\w+)`", row[0])}
    public = {name for name in dir(Sandbox) if not name.startswith("_")} - {"respond", "record"}
    assert methods == {name for name in public if callable(getattr(Sandbox, name))}
    assert public - methods <= attributes


@pytest.mark.parametrize("row", METHODS, ids=lambda row: row[0][:20])
def test_the_signature_is_the_real_one_and_the_example_runs(row):
    for name, shown in re.findall(r"`(\w+)\((.*?)\)`", row[0]):
        assert re.findall(r"(?:^|, )(\w+)", shown) == parameters(name)
    example = row[2].strip("`")
    with Sandbox() as sandbox:
        eval(example, {"sandbox": sandbox})  # noqa: S307 (our own documentation)


def test_every_quirk_is_there():
    known = hatz_sandbox.QUIRKS | hatz_sandbox.OPTIONAL_QUIRKS
    shown = {cells[0].strip("`"): cells[1] for cells in CELLS if cells[0].strip("`") in known}
    assert shown == {name: "yes" if name in hatz_sandbox.QUIRKS else "no" for name in known}


def test_every_option_is_there(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["sandbox", "--help"])
    options = set(re.findall(r"(--[a-z][a-z-]+)", capsys.readouterr().out)) - {"--help"}
    assert options == {option for cells in CELLS for option in re.findall(r"`?(--[a-z][a-z-]+)", cells[0])}
