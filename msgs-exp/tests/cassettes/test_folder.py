"""The folder of cassettes: what belongs there, all of it, and nothing else."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.cassettes.cases import (
    ANSWERED,
    BIG,
    COUNTED,
    MODELS,
    REFUSED,
    RETRIED,
    SERVERS,
    STREAM_TIME,
    STRUCTURED,
    played,
)
from tests.cassettes.tape import FOLDER, REQUEST_HEADERS, RESPONSE_HEADERS, body_of, dumped, read, written

RECORDED = sorted(path for path in FOLDER.rglob("*.yaml"))


def expected(server):
    """The names of all cassettes that the tests play."""
    names = {
        f"{wire}/{case.name}-{mode}"
        for answered, wire, case, mode in (p.values for p in played(*ANSWERED, *REFUSED, RETRIED))
        if answered == server
    }
    if server in BIG:
        names |= {f"{wire}/{STRUCTURED}-{face}" for wire in MODELS for face in ("langchain", "llamaindex")}
    names |= {f"{wire}/{STREAM_TIME}" for wire in MODELS}
    if server in COUNTED.servers:
        names |= {f"messages/{COUNTED.name}-{model}" for model in MODELS.values()}
    return names


@pytest.mark.parametrize("server", SERVERS)
def test_every_cassette_is_played_and_every_one_played_is_there(server, deck):
    if deck.recording:
        pytest.skip("the folder is being filled")
    found = {str(path.relative_to(FOLDER / server).with_suffix("")) for path in (FOLDER / server).rglob("*.yaml")}
    if server == "gateway" and not found:
        pytest.skip("nothing is recorded of the gateway")
    assert found == expected(server)


def test_each_folder_is_of_a_server_and_says_which():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders <= set(SERVERS)
    for folder in folders - {"gateway"}:
        words = (FOLDER / folder / "README.md").read_text(encoding="utf-8").replace("*", " ").split()
        assert "not a recording of the Hatz service" in " ".join(words)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_cassette_holds_no_secret_and_no_address(path):
    for exchange in read(path):
        assert set(exchange["request"]["headers"]) <= REQUEST_HEADERS
        assert set(exchange["response"]["headers"]) <= RESPONSE_HEADERS
    assert not re.search(
        r"https?://|127\.0\.0\.1|localhost|Bearer |/(home|root|tmp|work|Users)/", path.read_text("utf-8")
    )


@given(st.one_of(st.binary(), st.text(st.characters(codec="utf-8")).map(str.encode)))
def test_a_body_is_the_same_when_it_is_read_again(body):
    [again] = yaml.safe_load(dumped([written(body)]))
    if "json" in again:
        again = {"json": again["json"]}
        assert written(body_of(again)) == written(body)
    else:
        assert body_of(again) == body


@pytest.mark.parametrize("body", [b'{"half": "\\ud83d"}', "data: 🙂\n\ndata: \u2028\n\n".encode(), b"\xff\x00"])
def test_an_odd_body_is_the_same_when_it_is_read_again(body):
    [again] = yaml.safe_load(dumped([written(body)]))
    assert body_of(again) == body
