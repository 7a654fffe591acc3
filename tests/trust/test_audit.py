"""`make check` looks for known vulnerabilities where there are advisories; only a vulnerability fails it."""

import importlib.util
import socket
from pathlib import Path

import pytest

from .server import Server, whole

pytest.importorskip("pip", reason="the audit is pip's business")
_spec = importlib.util.spec_from_file_location("audit", Path(__file__).parents[2] / ".ci" / "audit.py")
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)


def package(name, *holes):
    return {"name": name, "version": "1.0", "vulns": list(holes)}


HOLE = {"id": "PYSEC-2031-1", "aliases": ["CVE-2031-1"], "fix_versions": ["1.1", "2.0"], "description": "Bad."}


def test_a_hole_fails_and_names_the_package_and_the_version_that_mends_it():
    code, lines = audit.verdict({"dependencies": [package("good"), package("holey", HOLE)]})
    assert code == 1
    assert lines == [
        "holey 1.0: PYSEC-2031-1, fixed in 1.1, 2.0",
        "audit: 1 known vulnerabilities in 2 packages.",
    ]


def test_a_hole_that_nothing_mends_yet_fails_too():
    code, lines = audit.verdict({"dependencies": [package("holey", {**HOLE, "fix_versions": []})]})
    assert code == 1
    assert "not fixed in any version yet" in lines[0]


@pytest.mark.parametrize("name", ["PYSEC-2031-1", "CVE-2031-1"])
def test_what_does_not_concern_us_is_passed_over_by_name(monkeypatch, name):
    monkeypatch.setitem(audit.IGNORED, name, "not reached")
    code, _ = audit.verdict({"dependencies": [package("holey", HOLE)]})
    assert code == 0


def test_no_hole_is_green_and_counts_what_was_asked():
    unknown = {"name": "unheard-of", "skip_reason": "Dependency not found"}
    assert audit.verdict({"dependencies": [package("good"), unknown]}) == (
        0,
        ["audit: no known vulnerabilities in 1 packages."],
    )


def test_nothing_known_is_not_called_safe():
    code, lines = audit.verdict({"dependencies": [{"name": "unheard-of", "skip_reason": "Dependency not found"}]})
    assert code == 0
    assert "skipped" in lines[0]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (whole({"detail": "no"}, 404), "404"),
        (whole(b"<html>", content_type="text/html"), "returns no advisories"),
        (whole({"info": {}}), "no advisories"),
        (whole([]), "no advisories"),
        (whole({"info": {}, "vulnerabilities": []}), None),
    ],
)
def test_it_is_asked_only_where_there_are_advisories(answer, why):
    with Server(lambda _: [answer]) as server:
        said = audit.problem_with_index(server.base_url)
    assert said is None if why is None else why in said


def test_no_network_is_no_failure():
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and says nothing
        where = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert "timed out" in audit.problem_with_index(where, 0.2)
    assert "refused" in audit.problem_with_index(where)


def test_a_run_without_advisories_says_so_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(audit, "problem_with_index", lambda: "the package index has no advisories")
    assert audit.main() == 0
    assert capsys.readouterr().out == "audit: skipped, because the package index has no advisories.\n"
