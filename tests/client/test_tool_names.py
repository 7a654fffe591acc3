"""Tools keep the caller's names; on the wire stand names that every service accepts, each of one tool only."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatz_client import Client, HatzInvalidInputError, Prompt, Text, Tool, ToolCall, ToolResult, Turn, fold
from hatz_client.wire import messages, responses
from hatz_client.wire.common.tools.tool_names import original_names, wire_name, wire_names, with_wire_names
from hatz_sandbox import Sandbox

ENDPOINTS = pytest.mark.parametrize("endpoint", ["messages", "responses"])
FITS = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ODD = ["search.web", "Box[int]", "größe", "x" * 65, "日本", "a b", ""]


def test_names_that_fit_stay_as_they_are():
    prompt = Prompt("m", (Turn("user", "hi"), Turn("assistant", ToolCall("1", "add", {}))), tools=(Tool("add"),))
    assert with_wire_names(prompt) is prompt
    assert original_names(prompt.tools) == {}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("search.web", "search_web_d62a5352"),
        ("x" * 65, "x" * 55 + "_9537c5fd"),
        ("", "_e3b0c442"),
    ],
)
def test_a_name_that_does_not_fit_gets_a_hash_whatever_other_tools_there_are(name, sent):
    assert wire_names([Tool(name)]) == wire_names([Tool("other"), Tool(name)]) == {name: sent}


def test_two_tools_of_one_name_on_the_wire_are_refused():
    with pytest.raises(HatzInvalidInputError, match="rename one"):
        wire_names([Tool("search.web"), Tool("search_web_d62a5352")])


@given(st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=80)), unique=True, max_size=12))
def test_every_name_fits_and_no_two_tools_share_one(names):
    prompt = Prompt("m", (Turn("user", "hi"),), tools=tuple(map(Tool, names)))
    sent = [tool.name for tool in with_wire_names(prompt).tools]
    assert all(map(FITS.fullmatch, sent))
    assert len(set(sent)) == len(names)
    originals = original_names(prompt.tools)
    assert [originals.get(name, name) for name in sent] == names


def test_a_servers_own_tool_keeps_its_name():
    prompt = Prompt(
        "m", (Turn("user", "hi"),), tools=({"type": "web_search_20250305", "name": "web_search"}, Tool("web.search"))
    )
    assert with_wire_names(prompt).tools == (prompt.tools[0], Tool(wire_name("web.search")))


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("a.b", wire_name("a.b")),
        ("auto", "auto"),
        ({"type": "tool", "name": "a.b"}, {"type": "tool", "name": wire_name("a.b")}),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "a.b"}]},
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": wire_name("a.b")}]},
        ),
    ],
)
def test_a_tool_choice_names_the_same_tool(choice, sent):
    assert (
        with_wire_names(Prompt("m", (Turn("user", "hi"),), tools=(Tool("a.b"),), tool_choice=choice)).tool_choice
        == sent
    )


@pytest.mark.parametrize("wire", [messages, responses])
@pytest.mark.parametrize("name", ODD)
def test_calls_in_a_history_go_out_under_the_name_of_their_tool(wire, name):
    history = (
        Turn("user", "hi"),
        Turn("assistant", (ToolCall("1", name, {}), ToolCall("2", "made up!", {}))),
        Turn("tool", (ToolResult("1", (Text("x"),)), ToolResult("2", (Text("y"),)))),
    )
    body = json.dumps(wire.encode(Prompt("m", history, tools=(Tool(name),))))
    names = re.findall(r'"name": "(.*?)"', body)
    assert sorted(names) == sorted([wire_name(name), wire_name(name), "made_up_"])


@ENDPOINTS
@pytest.mark.parametrize("name", ODD[:4])
def test_an_answer_has_the_callers_names(endpoint, name):
    with Sandbox() as sandbox:
        client = Client(sandbox.api_key, sandbox.base_url, endpoint=endpoint)
        prompt = Prompt("gpt-5.2", (Turn("user", "hi"),), tools=(Tool(name), Tool("other")), tool_choice=name)
        for _ in range(2):
            sandbox.tool_calls([(wire_name(name), {}), ("other", {})])
        assert [call.name for call in client.ask(prompt).tool_calls] == [name, "other"]
        assert [call.name for call in fold(client.stream(prompt)).tool_calls] == [name, "other"]
        assert client.count_tokens(prompt) > 0
