"""What a prompt becomes on the Responses wire: a row a rule."""

import base64
import logging

import pytest

from hatz_client.content import (
    Citation,
    Media,
    Opaque,
    Prompt,
    Reasoning,
    Refusal,
    ResponseFormat,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from hatz_client.errors import HatzInvalidInputError, HatzUnsupportedError
from hatz_client.util import warn_once as notices
from hatz_client.wire import responses
from hatz_client.wire.endpoints import endpoint_spec

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 24).decode()
PDF = base64.b64encode(b"%PDF-1.7\n").decode()
NOTES = base64.b64encode("Grüße".encode()).decode()
HI = Turn("user", (Text("hi"),))
SEARCH = Tool("search", "Finds things.", {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]})
ITEM = {"id": "msg_1", "status": "completed", "role": "assistant", "phase": "final_answer"}


@pytest.fixture(autouse=True)
def _nothing_was_said_yet(monkeypatch):
    monkeypatch.setattr(notices, "_warned", set())


def encode(*turns, **settings):
    return responses.encode(Prompt(settings.pop("model", "gpt-5.2"), turns, **settings))


def items(*turns):
    return encode(*turns)["input"]


def user(*parts):
    return items(Turn("user", parts))[0]["content"]


def assistant(*parts):
    return items(HI, Turn("assistant", parts))[1:]


def own(**fields):
    return {"responses": fields}


def test_nothing_is_sent_that_was_not_asked_for():
    assert encode(HI) == {"model": "gpt-5.2", "input": [{"role": "user", "content": "hi"}]}
    assert responses.encode(Prompt("m", (HI,)), stream=True) == {
        "model": "m",
        "input": [{"role": "user", "content": "hi"}],
        "stream": True,
    }


def test_settings_have_their_fields():
    body = encode(HI, temperature=0.0, top_p=0.5, max_tokens=7, stop=("END",), reasoning_effort="low")
    assert body["temperature"] == 0.0
    assert body["top_p"] == 0.5
    assert body["max_output_tokens"] == 7
    assert body["reasoning"] == {"effort": "low"}
    assert "stop" not in body
    assert not endpoint_spec("responses").stop_sequences


def test_extra_fields_are_merged_in_last():
    body = encode(
        HI, reasoning_effort="low", max_tokens=1, extra={"reasoning": {"summary": "auto"}, "max_output_tokens": 2}
    )
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert body["max_output_tokens"] == 2


def test_what_the_endpoint_has_no_use_for_is_said_once(caplog):
    with caplog.at_level(logging.WARNING, "hatz_client"):
        assert "top_k" not in encode(HI, top_k=3, reasoning_effort="low")
        encode(HI, top_k=3, reasoning_effort="low")
    assert len(caplog.messages) == 2
    assert any("top_k" in said for said in caplog.messages)
    assert any("reasoning_effort" in said for said in caplog.messages)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"tools_to_use": ("search",)}, "tools_to_use"),
        ({"file_uuids": ("f",)}, "file_uuids"),
        ({"auto_tool_selection": False}, "auto_tool_selection"),
        ({"model": "agent-1"}, "agent-1"),
        ({"model": "auto"}, "auto"),
    ],
)
def test_what_only_native_chat_has_is_refused(settings, named):
    with pytest.raises(HatzUnsupportedError, match=named) as caught:
        encode(HI, **settings)
    assert 'endpoint="chat"' in str(caught.value)


@pytest.mark.parametrize(
    ("extra", "include"),
    [
        ({"store": False}, ["reasoning.encrypted_content"]),
        ({"store": False, "include": []}, []),
        ({"store": False, "include": ["file_search_call.results"]}, ["file_search_call.results"]),
        ({"store": True}, None),
        ({"store": None}, None),
        ({}, None),
    ],
)
def test_reasoning_that_is_not_stored_comes_encrypted(extra, include):
    assert encode(HI, extra=extra).get("include") == include


# Turns


def system(*words):
    return Turn("system", tuple(map(Text, words)))


@pytest.mark.parametrize(
    ("turns", "instructions", "roles"),
    [
        ((system("Be brief."), HI), "Be brief.", ["user"]),
        ((system("Be", "brief."), system("Now."), HI), "Be\n\nbrief.\n\nNow.", ["user"]),
        ((HI, system("Later.")), None, ["user", "system"]),
        ((system("First."), HI, system("Later.")), "First.", ["user", "system"]),
        ((system("Alone."),), None, ["system"]),
        ((Turn("developer", (Text("Dev."),)), HI), None, ["developer", "user"]),
    ],
)
def test_leading_system_turns_are_instructions_and_later_ones_stay_in_place(turns, instructions, roles):
    body = encode(*turns)
    assert body.get("instructions") == instructions
    assert [item["role"] for item in body["input"]] == roles


def test_an_empty_prompt_is_refused():
    for turns in ((), (Turn("user", (Text(""),)),), (Turn("user", ()),)):
        with pytest.raises(HatzInvalidInputError, match="nothing to answer"):
            encode(*turns)


def image(**fields):
    return Media("image", **fields)


def document(**fields):
    return Media("document", **fields)


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        (
            image(data=PNG, media_type="image/webp"),  # the bytes decide
            {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
        ),
        (image(data=PNG), {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}),
        (image(url="https://a.example/x.png"), {"type": "input_image", "image_url": "https://a.example/x.png"}),
        (image(url=f"data:None;base64,{PNG}"), {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}),
        (image(file_id="file_1"), {"type": "input_image", "file_id": "file_1"}),
        (
            image(url="https://a.example", residue=own(detail="low")),
            {"type": "input_image", "image_url": "https://a.example", "detail": "low"},
        ),
        (
            document(data=PDF, filename="a.pdf"),
            {"type": "input_file", "file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"},
        ),
        (
            document(data=PDF),
            {"type": "input_file", "file_data": f"data:application/pdf;base64,{PDF}", "filename": "document.pdf"},
        ),
        (document(url="https://a.example/a.pdf"), {"type": "input_file", "file_url": "https://a.example/a.pdf"}),
        (document(file_id="file_1"), {"type": "input_file", "file_id": "file_1"}),
        (
            document(data=NOTES, media_type="text/plain", filename="n.txt"),
            {"type": "input_text", "text": '<document title="n.txt">\nGrüße\n</document>'},
        ),
        (document(data=NOTES), {"type": "input_text", "text": "<document>\nGrüße\n</document>"}),
        (Opaque("responses", {"type": "input_audio", "x": 1}), {"type": "input_audio", "x": 1}),
        (
            Text("a", residue=own(prompt_cache_breakpoint={}, meta=1, _meta=1, name="x", extras={})),
            {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {}},
        ),
        (Refusal("no"), {"type": "input_text", "text": "no"}),
    ],
)
def test_what_a_user_may_say(part, sent):
    assert user(part, Text("b")) == [sent, {"type": "input_text", "text": "b"}]


def test_a_single_plain_text_is_a_string_and_residue_of_an_answer_is_no_users():
    assert user(Text("a")) == "a"
    assert user(Text("a", residue=own(item=ITEM, logprobs=[], annotations=[]))) == "a"
    assert user(Text("a", residue={"messages": {"cache_control": {}}})) == "a"


@pytest.mark.parametrize(
    ("part", "kind", "named"),
    [
        (Media("audio", data="AAAA", filename="a.mp3"), HatzUnsupportedError, "an audio recording .a.mp3."),
        (Media("video", url="https://a.example"), HatzUnsupportedError, "a video"),
        (image(data="AAAA"), HatzInvalidInputError, "media_type"),
        (image(), HatzInvalidInputError, "no content"),
        (document(data=base64.b64encode(b"\xff\xfe\x00").decode()), HatzInvalidInputError, "media_type"),
        (Opaque("messages", {"type": "search_result"}), HatzInvalidInputError, 'endpoint="messages"'),
        (Reasoning("hm"), HatzInvalidInputError, "Reasoning"),
    ],
)
def test_what_a_user_may_not_say_is_named_with_the_way_out(part, kind, named):
    with pytest.raises(kind, match=named):
        user(part)


# What the model said


PLAIN = {"type": "message", "role": "assistant", "content": "a"}


def said(*content, **fields):
    return {"type": "message", "role": "assistant", **fields, "content": list(content)}


@pytest.mark.parametrize(
    ("parts", "sent"),
    [
        ((Text("a"),), [PLAIN]),
        (
            (Text("a"), Text("b")),
            [said({"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"})],
        ),
        (
            (Text("a"), Refusal("b")),
            [said({"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"})],
        ),
        (
            (Text("a", residue=own(item=ITEM, annotations=[])),),
            [said({"type": "output_text", "text": "a", "annotations": []}, **ITEM)],
        ),
        (
            (Text("a", residue=own(item=ITEM)), Refusal("b", own(item=ITEM, at=1))),
            [said({"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}, **ITEM)],
        ),
        (
            (Text("a", residue=own(item={"role": "assistant"})), Text("b", residue=own(item={"role": "assistant"}))),
            [said({"type": "output_text", "text": "a"}), said({"type": "output_text", "text": "b"})],
        ),
        (
            (Text("a", (Citation(residue=own(type="url_citation", url="u")),), own(item=ITEM)),),
            [said({"type": "output_text", "text": "a", "annotations": [{"type": "url_citation", "url": "u"}]}, **ITEM)],
        ),
        (
            (Text("a", residue=own(item=ITEM, logprobs=[1])),),
            [said({"type": "output_text", "text": "a", "logprobs": [1]}, **ITEM)],
        ),
        (
            (Text("a", residue=own(item=ITEM)), Text("b", residue=own(item={**ITEM, "id": "msg_2"}, at=1))),
            [
                said({"type": "output_text", "text": "a"}, **ITEM),
                said({"type": "output_text", "text": "b"}, **{**ITEM, "id": "msg_2"}),
            ],
        ),
        (
            (Text("a", (Citation(residue=own(type="url_citation", url="u")),)),),
            [said({"type": "output_text", "text": "a", "annotations": [{"type": "url_citation", "url": "u"}]})],
        ),
        ((Text("a"), Opaque("responses", {"odd": 1})), [PLAIN, {"odd": 1}]),
        ((Opaque("responses", {"type": "x", "new": None, "role": None}),), [{"type": "x", "new": None}]),
        ((Text("a", (Citation(residue={"messages": {}}),)),), [PLAIN]),
        (
            (Reasoning("t", own(id="rs_1", summary=[], encrypted_content="x")), Text("a")),
            [
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
                PLAIN,
            ],
        ),
        ((Reasoning("t", {"messages": {"signature": "s"}}), Text("a")), [PLAIN]),
        ((Text("a"), Reasoning("t", own(id="rs_1", encrypted_content="x"))), [PLAIN]),
        ((Reasoning("t", own(id="rs_1")), Reasoning("t", own(id="rs_2"))), []),
        ((Text("a", residue=own(meta=1)),), [PLAIN]),
        ((Opaque("responses", {"type": "web_search_call", "id": "ws"}),), [{"type": "web_search_call", "id": "ws"}]),
        ((Opaque("messages", {"type": "x"}), Text("a")), [PLAIN]),
        ((image(url="https://a.example"), Text("a")), [PLAIN]),
    ],
)
def test_what_the_model_said_goes_back(parts, sent):
    assert assistant(*parts) == sent


THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
CALL = ToolCall("c1", "f", {}, own(id="fc_1"))


def kinds(*parts, **settings):
    """The types of the items that an answer becomes in a conversation that goes on."""
    turns = (HI, Turn("assistant", parts), HI)
    return [item["type"] for item in encode(*turns, **settings)["input"][1:-1]]


@pytest.mark.parametrize(
    ("parts", "sent"),
    [
        ((Reasoning("", own(**THOUGHT)), CALL), ["reasoning", "function_call", "function_call_output"]),
        ((CALL, Reasoning("", own(**THOUGHT))), ["function_call", "function_call_output"]),
        ((Reasoning("", own(id="a")), Reasoning("", own(id="b")), Text("x")), ["reasoning", "reasoning", "message"]),
        (
            (Reasoning("", own(**THOUGHT)), Opaque("responses", {"type": "web_search_call"})),
            ["reasoning", "web_search_call"],
        ),
        ((Reasoning("", own(**THOUGHT)), Opaque("responses", {"type": "shell_call_output"})), ["shell_call_output"]),
    ],
)
def test_reasoning_that_nothing_follows_is_left_out(parts, sent):
    assert kinds(*parts) == sent


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        (Reasoning("", own(**THOUGHT)), []),
        (Reasoning("", own(**THOUGHT, encrypted_content="x")), ["reasoning"]),
        (Opaque("responses", {"type": "item_reference", "id": "msg_1"}), []),
        (Opaque("responses", {"type": "image_generation_call", "id": "ig_1", "status": "completed"}), []),
        (Opaque("responses", {"type": "web_search_call", "id": "ws_1", "action": {}}), ["web_search_call"]),
    ],
)
def test_what_is_not_stored_does_not_go_back_by_its_id(part, sent):
    assert kinds(part, CALL, extra={"store": False}) == [*sent, "function_call", "function_call_output"]
    assert len(kinds(part, CALL)) == 3


BAD_ID = "e/4fT+" * 70
"""GitHub Copilot encrypts the ids of items, and refuses such ids in requests."""


@pytest.mark.parametrize("bad", [BAD_ID, "rs:1", "x" * 129, "", 5])
@pytest.mark.parametrize("extra", [{}, {"store": False}])
def test_ids_that_the_service_refuses_are_left_out(bad, extra):
    parts = (
        Reasoning("t", own(id=bad, summary=[], encrypted_content="E")),
        Reasoning("t", own(id=bad, summary=[])),
        Opaque("responses", {"type": "web_search_call", "id": bad, "status": "completed", "action": {}}),
        Opaque("responses", {"type": "image_generation_call", "id": bad, "status": "completed"}),
        Opaque("responses", {"type": "item_reference", "id": bad}),
        Text("a", residue=own(item={"id": bad, "status": "completed", "role": "assistant"})),
        ToolCall("c1", "f", {}, own(id=bad, status="completed")),
    )
    sent = encode(HI, Turn("assistant", parts), HI, extra=extra)["input"][1:5]
    assert sent == [
        {"type": "reasoning", "summary": [], "encrypted_content": "E"},
        {"type": "web_search_call", "status": "completed", "action": {}},
        said({"type": "output_text", "text": "a"}, status="completed"),
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}", "status": "completed"},
    ]


def test_an_answer_that_is_in_the_history_twice_has_its_ids_once():
    thought = Reasoning("t", own(id="rs_1", summary=[], encrypted_content="E"))
    search = Opaque("responses", {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {}})
    answer = Text("a", residue=own(item={"id": "msg_1", "status": "completed", "role": "assistant"}))
    call = ToolCall("c1", "f", {}, own(id="fc_1", status="completed"))
    model, tool = Turn("assistant", (thought, search, answer, call)), Turn("tool", (ToolResult("c1", (Text("x"),)),))
    sent = encode(HI, model, tool, model, tool)["input"][1:]
    assert [(item["type"], item.get("id")) for item in sent] == [
        ("reasoning", "rs_1"),
        ("web_search_call", "ws_1"),
        ("message", "msg_1"),
        ("function_call", "fc_1"),
        ("function_call_output", None),
        ("message", None),
        ("function_call", None),
        ("function_call_output", None),
    ]


def test_null_fields_of_other_kinds_of_items_do_not_go_back():
    """The gateway's flattened object has them; OpenAI answers "Unknown parameter: 'input[1].status'"."""
    nulls = dict.fromkeys(("role", "content", "name", "arguments", "call_id", "encrypted_content", "status", "summary"))
    output = [
        {**nulls, "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "E"},
        {**nulls, "type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "F"},
        {**nulls, "type": "web_search_call", "id": "ws_1", "action": {}},
        {**nulls, "type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "a", "annotations": []}]},
        {**nulls, "type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}"},
    ]  # fmt: skip
    parts = responses.decode({"object": "response", "status": "completed", "output": output}).parts
    sent = encode(HI, Turn("assistant", parts), Turn("tool", (ToolResult("c1", (Text("x"),)),)))["input"][1:-1]
    assert sent == [{key: value for key, value in item.items() if value is not None} for item in output]


def test_a_server_that_repeats_its_ids_loses_no_reasoning():
    one, other = (Reasoning("t", own(id="rs_1", summary=[], encrypted_content=text)) for text in ("E", "F"))
    lonely = Reasoning("t", own(id="rs_2", summary=[]))
    sent = encode(HI, *(Turn("assistant", (given, Text("a"))) for given in (one, other, lonely, lonely)), HI)["input"]
    assert [item["id"] for item in sent if "summary" in item] == ["rs_1", "rs_1", "rs_2"]
    sent = encode(HI, Turn("assistant", (lonely,)), HI, Turn("assistant", (lonely, Text("a"))), HI)["input"]
    assert [item.get("type") for item in sent] == [None, None, "reasoning", "message", None]


def test_a_conversation_may_begin_with_the_model():
    assert items(Turn("assistant", (Refusal("no"),)), HI)[0] == said({"type": "refusal", "refusal": "no"})


@pytest.mark.parametrize(("role", "sent"), [("developer", "developer"), ("system", "system"), ("tool", "user")])
def test_several_parts_keep_their_role(role, sent):
    single = encode(HI, Turn(role, (Text("a"),)), orphan_tools="pass")["input"][1]
    assert single == {"role": sent, "content": "a"}
    found = encode(HI, Turn(role, (Text("a"), Text("b"))), orphan_tools="pass")["input"][1]
    assert found == {"role": sent, "content": [{"type": "input_text", "text": text} for text in "ab"]}


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (
            Text("a", residue=own(prompt_cache_breakpoint={})),
            {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {}},
        ),
        (Opaque("responses", {"type": "new_text", "text": "a"}), {"type": "new_text", "text": "a"}),
    ],
)
def test_a_single_part_that_is_not_plain_stays_a_block(part, block):
    assert user(part) == [block]


def test_a_call_in_a_users_turn_is_named():
    with pytest.raises(HatzInvalidInputError, match="A user's turn cannot hold a ToolCall"):
        encode(Turn("user", (ToolCall("c1", "f", {}),)), orphan_tools="pass")


def test_results_and_approvals_are_items_of_their_own():
    approval = {"type": "mcp_approval_response", "approval_request_id": "m", "approve": True}
    calls = Turn("assistant", (ToolCall("c1", "f", {}), ToolCall("c2", "f", {})))
    results = Turn("tool", (ToolResult("c1", (Text("1"),)), ToolResult("c2", (Text("2"),))))
    assert items(calls, results, Turn("user", (Text("a"), Opaque("responses", approval))))[2:] == [
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "function_call_output", "call_id": "c2", "output": "2"},
        {"role": "user", "content": "a"},
        approval,
    ]


def test_a_bad_id_in_an_earlier_turn_is_left_out():
    searched = Turn(
        "assistant", (Opaque("responses", {"type": "web_search_call", "id": "a b", "query": "q"}), Text("a"))
    )
    assert items(searched, HI, Turn("assistant", (Text("a"), Text("b"))), HI)[0] == {
        "type": "web_search_call",
        "query": "q",
    }


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"id": "fc_1", "new": 1}, {"id": "fc_1", "new": 1}),
        ({"status": "completed", "new": 1}, {"status": "completed", "new": 1}),
        ({"new": 1}, {}),
    ],
)
def test_a_call_keeps_unknown_fields_only_if_the_model_wrote_it(fields, kept):
    sent = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
    assert assistant(ToolCall("c1", "f", {}, own(**fields)))[0] == {**sent, **kept}


def test_two_turns_of_the_model_stay_two_messages():
    turns = (HI, Turn("assistant", (Text("a"),)), Turn("assistant", (Text("b"),)))
    assert [len(item["content"]) for item in items(*turns)[1:]] == [1, 1]


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        (
            ToolCall("c1", "search", {"q": "Grüße"}),
            {"type": "function_call", "call_id": "c1", "name": "search", "arguments": '{"q":"Grüße"}'},
        ),
        (
            ToolCall("c1", "search", {}, own(id="fc_1", status="completed")),
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "c1",
                "name": "search",
                "arguments": "{}",
                "status": "completed",
            },
        ),
        (
            ToolCall("c1", "search", '{"q":'),
            {"type": "function_call", "call_id": "c1", "name": "search", "arguments": '{"q":'},
        ),
        (
            ToolCall("c1", "a.b c", {}, {"messages": {"x": 1}}),
            {"type": "function_call", "call_id": "c1", "name": "a_b_c", "arguments": "{}"},
        ),
        (
            ToolCall("c1", "sql", {"input": "SELECT 1"}, own(type="custom_tool_call", id="ctc_1")),
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c1", "name": "sql", "input": "SELECT 1"},
        ),
        (
            ToolCall("c1", "sql", '{"input":"SEL\\n', own(type="custom_tool_call")),
            {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "SEL\n"},
        ),
        (
            ToolCall("c1", "sql", {"a": 1}, own(type="custom_tool_call")),
            {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": '{"a":1}'},
        ),
        (
            ToolCall("c1", "sql", "SELECT 1", own(type="custom_tool_call")),
            {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "SELECT 1"},
        ),
        (
            ToolCall("c1", "sql", {"input": "SELECT 1", "a": 1}, own(type="custom_tool_call")),
            {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": '{"input":"SELECT 1","a":1}'},
        ),
    ],
)
def test_calls_go_back(call, sent):
    sent_call, result = assistant(call)
    assert sent_call == sent
    assert result["type"] == sent["type"] + "_output"


@pytest.mark.parametrize(
    ("result", "output"),
    [
        (ToolResult("c1", (Text("42"),)), "42"),
        (ToolResult("c1", (Text("a"), Text("b"))), "a\nb"),
        (ToolResult("c1", ()), "(no output)"),
        (ToolResult("c1", (Text(""),)), "(no output)"),
        (ToolResult("c1", (Text("no such file"),), is_error=True), "Error: no such file"),
        (ToolResult("c1", (Text("Error: no such file"),), is_error=True), "Error: no such file"),
        (ToolResult("c1", (), is_error=True), "Error: (no output)"),
        (ToolResult("c1", (Text(""), Text("a"))), "a"),
        (
            ToolResult("c1", (Text("a"), Media("audio", data="AAAA"))),
            "a\n(The tool returned an audio recording. It cannot be shown to you.)",
        ),
        (
            ToolResult("c1", (Opaque("messages", {"type": "input_text", "text": "a"}),)),
            '{"type":"input_text","text":"a"}',
        ),
        (
            ToolResult("c1", (Text("Error: gone"), image(file_id="f")), is_error=True),
            [{"type": "input_text", "text": "Error: gone"}, {"type": "input_image", "file_id": "f"}],
        ),
        (
            ToolResult("c1", (Text("see"), image(data=PNG))),
            [
                {"type": "input_text", "text": "see"},
                {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
            ],
        ),
        (
            ToolResult("c1", (Text("a", residue=own(prompt_cache_breakpoint={})),)),
            [{"type": "input_text", "text": "a", "prompt_cache_breakpoint": {}}],
        ),
        (
            ToolResult("c1", (Opaque("responses", {"type": "input_image", "file_id": "f"}),)),
            [{"type": "input_image", "file_id": "f"}],
        ),
        (
            ToolResult("c1", (image(file_id="f"),), is_error=True),
            [{"type": "input_text", "text": "Error:"}, {"type": "input_image", "file_id": "f"}],
        ),
    ],
)
def test_results_of_tools(result, output):
    turns = (HI, Turn("assistant", (ToolCall("c1", "search", {}),)), Turn("tool", (result,)))
    assert items(*turns)[2] == {"type": "function_call_output", "call_id": "c1", "output": output}


def test_an_unknown_block_in_a_result_is_sent_as_its_json():
    blocks = (
        Opaque("messages", {"type": "search_result", "x": [1]}),
        Opaque("responses", {"type": "resource", "uri": "ü"}),
    )
    turns = (HI, Turn("assistant", (ToolCall("c1", "f", {}),)), Turn("tool", (ToolResult("c1", blocks),)))
    assert items(*turns)[-1]["output"] == '{"type":"search_result","x":[1]}\n{"type":"resource","uri":"ü"}'


def test_results_keep_their_own_fields_and_long_ids_stay_a_pair():
    long = "x" * 80
    result = ToolResult(long, (Text("42"),), residue=own(id="fco_1"))
    call, output = items(HI, Turn("assistant", (ToolCall(long, "search", {}),)), Turn("tool", (result,)))[1:]
    assert output["id"] == "fco_1"
    assert call["call_id"] == output["call_id"]
    assert len(call["call_id"]) <= 64


# Tools


def test_tools_are_flat_and_strict_only_when_asked():
    tools = encode(HI, tools=(SEARCH, Tool("now"), {"type": "web_search"}))["tools"]
    assert tools == [
        {"type": "function", "name": "search", "description": "Finds things.", "parameters": SEARCH.parameters},
        {"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}},
        {"type": "web_search"},
    ]


def test_a_strict_tool_has_a_closed_schema():
    tool = Tool("f", parameters={"properties": {"a": {"type": "string"}}}, strict=True)
    sent = encode(HI, tools=(tool,))["tools"][0]
    assert sent["strict"] is True
    assert sent["parameters"] == {
        "type": "object",
        "properties": {"a": {"type": ["string", "null"]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert encode(HI, tools=(Tool("f", strict=False),))["tools"][0]["strict"] is False
    with pytest.raises(HatzInvalidInputError, match=r"'f'.*any properties"):
        encode(HI, tools=(Tool("f", parameters={"type": "object", "additionalProperties": True}, strict=True),))


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("search", {"type": "function", "name": "search"}),
        ("sql", {"type": "custom", "name": "sql"}),
        ("web_search", {"type": "web_search"}),
        ({"type": "allowed_tools", "x": 1}, {"type": "allowed_tools", "x": 1}),
    ],
)
def test_tool_choice(choice, sent):
    tools = (SEARCH, {"type": "custom", "name": "sql"}, {"type": "web_search"})
    assert encode(HI, tools=tools, tool_choice=choice)["tool_choice"] == sent


def test_an_unknown_tool_choice_names_the_known_ones():
    with pytest.raises(HatzInvalidInputError, match=r"'find'.*'search'"):
        encode(HI, tools=(SEARCH,), tool_choice="find")


def test_without_tools_nothing_is_said_of_them():
    body = encode(HI, tool_choice="auto", parallel_tool_calls=False)
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()
    assert encode(HI, tools=(SEARCH,), parallel_tool_calls=False)["parallel_tool_calls"] is False


def test_a_response_format():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert encode(HI, response_format=ResponseFormat(schema, "Some[Thing]"))["text"] == {
        "format": {"type": "json_schema", "name": "Some_Thing_", "schema": schema}
    }
    closed = encode(HI, response_format=ResponseFormat(schema, strict=True))["text"]["format"]
    assert closed["strict"] is True
    assert closed["schema"]["additionalProperties"] is False


def test_the_prompt_is_not_changed():
    call = ToolCall("c1", "search", {"q": "x"}, own(id="fc_1"))
    said_before = Text("a", residue=own(item=dict(ITEM), annotations=[]))
    prompt = Prompt("m", (HI, Turn("assistant", (said_before, call))), (SEARCH,), extra={"metadata": {"a": 1}})
    before = repr(prompt)
    body = responses.encode(prompt)
    body["input"][1]["content"][0]["text"] = "changed"
    body["input"][1]["status"] = "changed"
    assert repr(prompt) == before


def test_a_block_of_a_message_is_sent_with_its_message_and_not_changed():
    block = {"type": "message", **ITEM, "content": [{"type": "hologram"}]}
    (sent,) = assistant(Opaque("responses", block), Text("a", residue=own(item=ITEM, at=1)))
    assert sent == said({"type": "hologram"}, {"type": "output_text", "text": "a"}, **ITEM)
    assert block["content"] == [{"type": "hologram"}]
