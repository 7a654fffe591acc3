"""The migration guides: each setting of the classes that people come from is taken, or its error says what to do."""

import json
from importlib import import_module

import pytest

from hatz_client.integration.settings.arguments import CONSTRUCTOR_ALIASES, ELSEWHERE
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

from .programs import ROOT

PEERS = json.loads((ROOT / ".ci" / "peer_settings.json").read_text("utf-8"))
SETTINGS = [
    pytest.param(HatzLLM if peer.startswith("llama_index") else ChatHatz, name, id=f"{peer.rpartition('.')[2]}.{name}")
    for peer, known in PEERS.items()
    for name in known["settings"]
]


@pytest.mark.parametrize(("ours", "name"), SETTINGS)
def test_each_setting_is_taken_or_answered(ours, name):
    if name in {*ours.model_fields, *CONSTRUCTOR_ALIASES, "api_key"}:
        assert name not in ELSEWHERE
        return
    with pytest.raises(TypeError) as raised:
        ours("gpt-5.2", **{name: "x"})
    assert ELSEWHERE.get(name, f"extra_body={{{name!r}: …}}") in str(raised.value)


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.startswith("langchain")])
def test_no_setting_of_the_installed_version_is_missing(peer):
    """When it fails: run .ci/peer_settings.py, and answer what is new in `ELSEWHERE`."""
    module, _, name = peer.rpartition(".")
    fields = getattr(import_module(module), name).model_fields
    assert {key for key in fields if not key.startswith("_")} - set(PEERS[peer]["settings"]) == set()


def test_every_answer_is_needed():
    known = {name for peer in PEERS.values() for name in peer["settings"]}
    assert set(ELSEWHERE) - known == set()
