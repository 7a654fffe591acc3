"""The diagrams say what the code does."""

import re
from xml.etree import ElementTree as ET

import pytest

from hatz_client import Prompt
from hatz_client.connection import retries
from hatz_client.connection.settings import CONNECT_TIMEOUT, TIMEOUT, Settings
from hatz_client.wire.endpoints import endpoint_name

from .programs import ROOT

PICTURES = ROOT / "docs" / "pictures"


def words(name):
    return [text.text for text in ET.parse(PICTURES / name).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 (ours)


def shown():
    for text in ET.parse(PICTURES / "endpoints.svg").iter("{http://www.w3.org/2000/svg}text"):  # noqa: S314 (ours)
        if endpoint := text.get("data-endpoint"):
            yield from ((model, endpoint) for model in text.text.split(", "))


@pytest.mark.parametrize(("model", "endpoint"), list(shown()))
def test_a_model_goes_to_the_endpoint_beside_it(model, endpoint):
    assert endpoint_name(Prompt(model, "Hello"), "auto") == endpoint


def test_what_else_leads_to_native_chat():
    for name, value in (("tools_to_use", ("google_search",)), ("auto_tool_selection", True), ("file_uuids", ("1",))):
        assert any(name in text for text in words("endpoints.svg"))
        assert endpoint_name(Prompt("gpt-5.2", "Hello", **{name: value}), "auto") == "chat"


def test_the_numbers_on_the_line_of_time_are_the_defaults():
    text = " ".join(words("time.svg"))
    assert re.search(r"max_retries=(\d)", text)[1] == str(Settings().max_retries)
    assert f"{CONNECT_TIMEOUT:.0f} s" in text
    assert f"{TIMEOUT:.0f} s" in text
    assert f"≈ {retries.FIRST_DELAY} s" in text
    assert f"up to {retries.MAX_RETRY_AFTER:.0f} s" in text


def test_the_rooms_of_the_house_are_there():
    named = {name for text in words("house.svg") for name in re.findall(r"\b(?:hatz|langchain|llama_index)_\w+", text)}
    rooms = {
        "integration",
        "client",
        "async_client",
        "runners",
        "operations",
        "connection",
        "wire",
        "content",
        "events",
        "resources",
    }
    client = ROOT / "shared" / "hatz_client"
    assert named == {"langchain_hatz", "llama_index_hatz", "hatz_cli", "hatz_client", "hatz_sandbox"}
    assert rooms <= {path.stem for path in client.iterdir()}
    assert rooms <= {word for text in words("house.svg") for word in re.findall(r"\w+", text)}
