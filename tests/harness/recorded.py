"""Recorded exchanges of the two wire formats, and what the official SDKs read in each.

They are not part of this repository: `HATZ_CORPUS` names their folder, else they are looked for beside it. A test module that
imports this one is skipped where they are not.
"""

import json
import os
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("HATZ_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
if not (CORPUS / "open.jsonl").exists():
    pytest.skip("no recorded exchanges here (set HATZ_CORPUS to their folder)", allow_module_level=True)


def _lines(name):
    with (CORPUS / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def exchanges(*wires, gold=True):
    """Each exchange of these wires with what it means: (row, meant)."""
    for recorded, oracle in (("open", "oracle"), ("constructed_errors", "constructed_oracle")):
        meant = {row["id"]: row for row in _lines(f"{oracle}.jsonl")}
        for row in _lines(f"{recorded}.jsonl"):
            if row["wire"] in wires and (meant[row["id"]]["gold"] or not gold):
                yield row, meant[row["id"]]


def failed(meant):
    """Whether the exchange is an error."""
    return not meant["ok"] or meant["result"].get("status") == "failed"


def complete(row, meant):
    """Whether the exchange is an answer, and all of it."""
    return not failed(meant) and (not row["stream"] or meant["checks"].get("terminal") not in {False, None})


def headers_of(row):
    """The response's headers, without those that no longer fit the text that is recorded."""
    return {
        key: value for key, value in row["headers"].items() if key.lower() not in {"content-length", "content-encoding"}
    }


def parametrize(found, choose=lambda _row, _meant: True):
    """A test for each of these exchanges that is chosen, as `row` and `meant`."""
    chosen = [pytest.param(*both, id=both[0]["id"]) for both in found if choose(*both)]
    return pytest.mark.parametrize(("row", "meant"), chosen)
