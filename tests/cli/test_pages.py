"""docs/cli.md and docs/facts.md are as the code has them, and every claim that the client relies on has an entry."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import hatz_client
from hatz_cli.app import COMMANDS
from hatz_cli.probe.claims import CLAIMS
from hatz_cli.probe.questions import QUESTIONS
from hatz_client.wire.endpoints import SPECS, EndpointSpec

ROOT = Path(__file__).parents[2]
USED = {name for entry in (*QUESTIONS, *CLAIMS) for name in entry.used_by}
NO_CLAIMS = {"name", "title", "module", "parameters"}
"""Fields of a spec that say nothing of the gateway; each of the parameters is a claim of its own."""


def test_the_pages_are_as_the_code_has_them():
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "pages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SPECS)
def test_what_the_client_takes_an_endpoint_to_do_has_an_entry(name):
    relied = set(EndpointSpec.__struct_fields__) - NO_CLAIMS | SPECS[name].parameters
    missing = {f"{name}.{capability}" for capability in relied} - USED
    assert not missing, f"add a question (or an open claim) with used_by={sorted(missing)}"


def test_what_the_client_says_of_the_gateway_has_an_entry():
    """A module that names a reference for what it does relies on a claim."""
    folder = Path(hatz_client.__file__).parent
    named = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(
            r"(\(|# |^)reference: (?!str)\S|public clients of Hatz|undocumented", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert named
    assert not named - USED, f"add a question (or an open claim) with used_by={sorted(named - USED)}"


def test_entries_name_what_there_is():
    folder = Path(hatz_client.__file__).parent
    for name in USED:
        if name.endswith(".py"):
            assert (folder / name).is_file(), name
        else:
            endpoint, _, capability = name.partition(".")
            known = set(EndpointSpec.__struct_fields__) | SPECS[endpoint].parameters
            assert capability in known, name


def test_every_command_is_on_the_page_and_its_pictures_exist():
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert re.findall(r"^## hatz (\w+)$", page, re.MULTILINE) == list(COMMANDS)
    pictures = re.findall(r"\]\((pictures/\w+\.svg)\)", page)
    assert pictures == ["pictures/models.svg", "pictures/chat.svg", "pictures/doctor.svg"]
    for picture in pictures:
        assert (ROOT / "docs" / picture).read_text("utf-8").startswith("<svg")


def test_every_claim_says_where_it_comes_from():
    for entry in (*QUESTIONS, *CLAIMS):
        assert entry.claim.source
        assert entry.claim.sure in {"documented", "seen", "inferred", "unknown"}
