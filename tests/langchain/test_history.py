"""Conversations of every origin and form go to every endpoint, and ours to the other integrations."""

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.base import messages_to_dict
from langchain_core.messages.utils import messages_from_dict
from langchain_openai import ChatOpenAI

from hatz_client import HatzInvalidInputError
from hatz_client.content import Citation, Finish, Media, Opaque, Reasoning, Refusal, Reply, Text, ToolCall, ToolResult
from hatz_client.wire.common.requests.media import normalize
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from langchain_hatz._messages.convert import to_ai_message, to_turns
from langchain_hatz._messages.history import to_answer_parts

ENDPOINTS = ["messages", "responses", "chat"]
GATEWAYS = ["messages", "responses"]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = "JVBERi0xLjQK"
CALL = {"id": "call_1", "name": "look", "args": {"at": "it"}, "type": "tool_call"}
LOOK = {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {"type": "object"}}}


def model(sandbox: Sandbox, endpoint: str, name: str = "gpt-5.2") -> ChatHatz:
    return ChatHatz(name, endpoint=endpoint, base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)


def sent(sandbox: Sandbox, endpoint: str, conversation: Any, **kwargs: Any) -> Any:
    """The body of the request; the sandbox refuses what the gateway or its model would."""
    sandbox.reply("Fine.")
    assert model(sandbox, endpoint).invoke(conversation, **kwargs).text == "Fine."
    return sandbox.last_request.body


def parts(content: Any, dialect: str = "messages") -> Any:
    return to_turns([HumanMessage(content)], dialect)[0].parts


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "base64": PNG, "mime_type": "image/png"},
        {"type": "image", "data": PNG, "mime_type": "image/png", "source_type": "base64"},
        {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
        {"type": "media", "mime_type": "image/png", "data": PNG},
        {"type": "media", "mime_type": "image/png", "data": b64decode(PNG)},
        {"type": "image", "base64": b64decode(PNG), "mime_type": "image/png"},
        {"type": "image", "image": {"format": "png", "source": {"bytes": b64decode(PNG)}}},
    ],
)
def test_forms_of_an_image(block: Any) -> None:
    (part,) = parts([block])
    assert isinstance(part, Media)
    media = normalize(part)
    assert (media.kind, media.media_type, media.data) == ("image", "image/png", PNG)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "url": "https://a.example/x.png"},
        {"type": "image_url", "image_url": "https://a.example/x.png"},
        {"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}},
    ],
)
def test_forms_of_an_image_elsewhere(block: Any) -> None:
    assert parts([block]) == (Media("image", url="https://a.example/x.png"),)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "file", "base64": PDF, "mime_type": "application/pdf", "filename": "a.pdf"},
        {"type": "file", "base64": PDF, "mime_type": "application/pdf", "extras": {"filename": "a.pdf"}},
        {"type": "file", "data": PDF, "mimeType": "application/pdf", "metadata": {"filename": "a.pdf"}},
        *HumanMessage(
            [
                {
                    "type": "file",
                    "source_type": "base64",
                    "data": PDF,
                    "mime_type": "application/pdf",
                    "metadata": {"name": "a.pdf"},
                }
            ]
        ).content_blocks,
        {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}},
        {"type": "input_file", "file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"},
        {"type": "document", "document": {"format": "pdf", "name": "a", "source": {"bytes": b64decode(PDF)}}},
    ],
)
def test_forms_of_a_document(block: Any) -> None:
    (part,) = parts([block])
    assert isinstance(part, Media)
    media = normalize(part)
    assert (media.kind, media.filename, media.media_type, media.data) == ("document", "a.pdf", "application/pdf", PDF)


def test_other_forms() -> None:
    assert parts(["a", {"type": "text", "text": "b"}, {"text": "c"}]) == (Text("a"), Text("b"), Text("c"))
    assert parts([{"type": "file", "file_id": "f1"}]) == (Media("document", file_id="f1"),)
    assert parts([{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}]) == (
        Media("audio", "audio/mp3", "AAAA"),
    )
    marked = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    assert parts([marked]) == (Text("x", residue={"messages": {"cache_control": {"type": "ephemeral"}}}),)
    assert parts([{"type": "text-plain", "text": "x", "title": "T"}], "responses") == (Text("T\n\nx"),)
    assert parts([{"type": "search_result", "title": "T"}]) == (
        Opaque("messages", {"type": "search_result", "title": "T"}),
    )

    assert parts([{"type": "document_url", "document_url": "https://a.example/x.pdf"}]) == (
        Media("document", url="https://a.example/x.pdf"),
    )


@pytest.mark.parametrize("kind", [HumanMessage, SystemMessage])
def test_a_cache_point_of_bedrocks_is_a_mark_where_there_are_marks(sandbox: Sandbox, kind: Any) -> None:
    said = [
        kind(
            [
                {"cachePoint": {"type": "default"}},
                {"type": "text", "text": "Long."},
                {"cachePoint": {"type": "default"}},
            ]
        )
    ]
    messages = json.dumps(sent(sandbox, "messages", [*said, HumanMessage("x")]))
    assert messages.count('"cache_control": {"type": "ephemeral"}') == 1
    assert "cache" not in json.dumps(sent(sandbox, "responses", [*said, HumanMessage("x")]))
    assert "cachePoint" not in messages


def test_detail_of_an_image_goes_where_it_is_known(sandbox: Sandbox) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}}
    assert '"detail":"low"' in json.dumps(sent(sandbox, "responses", [HumanMessage([image])]), separators=(",", ":"))
    assert "detail" not in json.dumps(sent(sandbox, "messages", [HumanMessage([image])]))


def test_content_of_no_form_is_named() -> None:
    with pytest.raises(HatzInvalidInputError, match=r"unknown form.*42"):
        parts([{"value": 42}])


def test_kinds_of_messages() -> None:
    conversation = [
        SystemMessage("a"),
        SystemMessage("b", additional_kwargs={"__openai_role__": "developer"}),
        ChatMessage("c", role="user"),
        ChatMessage("d", role="assistant") if False else AIMessage("d"),
        ChatMessage("e", role="developer"),
        HumanMessage("f", name="Ann"),
    ]
    assert [turn.role for turn in to_turns(conversation, "messages")] == [
        "system",
        "developer",
        "user",
        "assistant",
        "developer",
        "user",
    ]
    for wrong in (RemoveMessage(id="1"), ChatMessage("x", role="stranger")):
        with pytest.raises(HatzInvalidInputError, match="cannot be sent"):
            to_turns([wrong], "messages")


@pytest.mark.parametrize("endpoint", GATEWAYS)
def test_function_messages_of_old(sandbox: Sandbox, endpoint: str) -> None:
    called = AIMessage("", additional_kwargs={"function_call": {"name": "look", "arguments": '{"at": "it"}'}})
    body = sent(sandbox, endpoint, [HumanMessage("x"), called, FunctionMessage("seen", name="look")], tools=[LOOK])
    assert "seen" in json.dumps(body)


@pytest.mark.parametrize("endpoint", GATEWAYS)
@pytest.mark.parametrize(
    "block",
    [
        {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": "it"}},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": '{"at": "it"}'},
    ],
)
def test_calls_of_a_conversation_written_in_a_services_own_form(sandbox: Sandbox, endpoint: str, block: Any) -> None:
    said = [HumanMessage("x"), AIMessage([{"type": "text", "text": "I look."}, block])]
    body = sent(sandbox, endpoint, [*said, ToolMessage("seen", tool_call_id="call_1")], tools=[LOOK])
    shown = json.dumps(body["messages"] if endpoint == "messages" else body["input"]).replace("\\", "")
    assert '"at"' in shown
    assert '"name": "look"' in shown
    assert "no longer in the conversation" not in shown


def test_a_call_that_was_taken_out_of_an_answer_is_not_sent(sandbox: Sandbox) -> None:
    block = {"type": "tool_use", "id": "call_1", "name": "look", "input": {}}
    answer = AIMessage([block], response_metadata={"model_provider": "anthropic"})
    assert "look" not in json.dumps(sent(sandbox, "messages", [HumanMessage("x"), answer, HumanMessage("y")]))


@pytest.mark.parametrize("block", [{"type": "image", "base64": ""}, {"type": "image"}, {"type": "file", "url": ""}])
def test_media_without_content_are_an_error_that_names_the_block(block: Any) -> None:
    with pytest.raises(HatzInvalidInputError, match=f"'{block['type']}'.*base64.*url"):
        parts([block])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", None),
        ([], None),
        ([{"a": 1}], '{"a": 1}'),
        (["x", {"type": "text", "text": "y"}], "x"),
        ("ünïcode 🙂", "ü"),
    ],
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_whatever_a_tool_returns(sandbox: Sandbox, endpoint: str, content: Any, text: str | None) -> None:
    history = [HumanMessage("x"), AIMessage("", tool_calls=[CALL]), ToolMessage(content, tool_call_id="call_1")]
    body = sent(sandbox, endpoint, history, **({"tools": [LOOK]} if endpoint != "chat" else {}))
    assert text is None or json.dumps(text)[1:-1].replace("\\", "") in json.dumps(body).replace("\\", "")


@pytest.mark.parametrize("endpoint", GATEWAYS)
def test_an_image_from_a_tool(sandbox: Sandbox, endpoint: str) -> None:
    image = {"type": "image", "base64": PNG, "mime_type": "image/png"}
    history = [HumanMessage("x"), AIMessage("", tool_calls=[CALL]), ToolMessage([image], tool_call_id="call_1")]
    assert PNG in json.dumps(sent(sandbox, endpoint, history, tools=[LOOK]))


def test_a_tools_error_is_one(sandbox: Sandbox) -> None:
    failed = ToolMessage("It broke.", tool_call_id="call_1", status="error")
    history = [HumanMessage("x"), AIMessage("", tool_calls=[CALL]), failed]
    assert to_turns([failed], "messages")[0].parts == (ToolResult("call_1", (Text("It broke."),), is_error=True),)
    assert '"is_error": true' in json.dumps(sent(sandbox, "messages", history, tools=[LOOK]))
    assert "It broke." in json.dumps(sent(sandbox, "responses", history, tools=[LOOK]))


BROKEN = {"id": "call_1", "name": "look", "args": '{"at": "i', "error": "cut", "type": "invalid_tool_call"}
HISTORIES: dict[str, list[BaseMessage]] = {
    "trimmed in front": [ToolMessage("seen", tool_call_id="call_0"), HumanMessage("x")],
    "call without result": [HumanMessage("x"), AIMessage("", tool_calls=[CALL]), HumanMessage("y")],
    "invalid call": [HumanMessage("x"), AIMessage("", invalid_tool_calls=[BROKEN])],
    "invalid call answered": [
        HumanMessage("x"),
        AIMessage("", invalid_tool_calls=[BROKEN]),
        ToolMessage("error", tool_call_id="call_1", status="error"),
    ],
    "ids of other models": [
        HumanMessage("x"),
        AIMessage("", tool_calls=[{**CALL, "id": "functions.look:0"}]),
        ToolMessage("seen", tool_call_id="functions.look:0"),
    ],
    "ids used twice": [
        HumanMessage("x"),
        AIMessage("", tool_calls=[CALL]),
        ToolMessage("a", tool_call_id="call_1"),
        AIMessage("", tool_calls=[CALL]),
        ToolMessage("b", tool_call_id="call_1"),
    ],
    "no ids": [
        HumanMessage("x"),
        AIMessage("", tool_calls=[{**CALL, "id": None}, {**CALL, "id": None}]),
        ToolMessage("a", tool_call_id=""),
        ToolMessage("b", tool_call_id=""),
    ],
    "nothing said": [HumanMessage("x"), AIMessage(""), AIMessage("  "), HumanMessage("y"), HumanMessage("")],
    "runs": [SystemMessage("a"), SystemMessage("b"), HumanMessage("x"), HumanMessage("y"), AIMessage("z"), AIMessage("q"), HumanMessage("w")],
    "system in the middle": [HumanMessage("x"), SystemMessage("s"), AIMessage("y"), SystemMessage("t"), HumanMessage("z")],
    "surrogates": [HumanMessage("broken \ud83d here, whole \ud83d\ude00 there")],
    "ends in white space": [HumanMessage("x"), AIMessage("So it is ")],
    "harness keys": [HumanMessage("x", additional_kwargs={"lc_source": "summarization", "lc_data": {"a": 1}})],
}  # fmt: skip


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("history", HISTORIES)
def test_histories_that_services_refuse_as_they_are(sandbox: Sandbox, history: str, endpoint: str) -> None:
    tools = {"tools": [LOOK]} if endpoint != "chat" else {}
    body = sent(sandbox, endpoint, HISTORIES[history], **tools)
    assert "lc_" not in json.dumps(body)
    assert model(sandbox, endpoint).get_num_tokens_from_messages(HISTORIES[history], tools=[LOOK]) > 0


ids = st.sampled_from(["call_1", "call_2", "toolu_x", "functions.look:0", "", "x" * 80])
said = st.sampled_from(["", " ", "Hello", "Bye ", "ünïcode 🙂", "\ud83d"])
calls = st.lists(st.builds(lambda i: {**CALL, "id": i or None}, ids), max_size=2)
any_message = st.one_of(
    st.builds(HumanMessage, said),
    st.builds(SystemMessage, said),
    st.builds(lambda text, made: AIMessage(text, tool_calls=made), said, calls),
    st.builds(lambda i: AIMessage("", invalid_tool_calls=[{**BROKEN, "id": i}]), ids),
    st.builds(
        lambda text, i, status: ToolMessage(text, tool_call_id=i, status=status),
        said,
        ids,
        st.sampled_from(["success", "error"]),
    ),
)


@given(history=st.lists(any_message, max_size=8), last=st.sampled_from(["Hello", "And?"]))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("endpoint", GATEWAYS)
def test_any_history_is_one_that_services_take(
    sandbox: Sandbox, endpoint: str, history: list[BaseMessage], last: str
) -> None:
    sent(sandbox, endpoint, [*history, HumanMessage(last)], tools=[LOOK])


def by(provider: str | None, content: Any, **fields: Any) -> list[BaseMessage]:
    about = {"model_provider": provider} if provider else {}
    about |= fields.pop("about", {})
    said = AIMessage(content, response_metadata=about, tool_calls=[CALL], **fields)
    return [HumanMessage("x"), said, ToolMessage("seen", tool_call_id="call_1"), AIMessage("Well."), HumanMessage("y")]


FOREIGN = {  # what known integrations keep is in test_history_of_others.py
    "nobody knows whose": by(
        None,
        [
            {"type": "thinking", "thinking": "SECRET", "signature": "SECRET"},
            {"type": "text", "text": "Hello"},
            {"type": "tool_use", "id": "call_1", "name": "look", "input": {}},
        ],
    ),
    "another standard one": by(
        "someone",
        [{"type": "non_standard", "value": {"type": "SECRET"}}, {"type": "text", "text": "Hello", "index": "lc_txt_0"}],
        about={"output_version": "v1"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("whose", FOREIGN)
def test_what_other_services_said_goes_without_their_traces(sandbox: Sandbox, whose: str, endpoint: str) -> None:
    body = json.dumps(sent(sandbox, endpoint, FOREIGN[whose], **({"tools": [LOOK]} if endpoint != "chat" else {})))
    assert "SECRET" not in body
    assert "Hello" in body
    assert "call_1" in body
    assert body.count("seen") == 1


THOUGHT = Reasoning("Let me see.", {"messages": {"signature": "SIGNED"}})
SEARCH = Opaque(
    "messages", {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
)
FOUND = Opaque("messages", {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []})
CITED = Text(
    "So.", (Citation("https://a.example", "A", "w", residue={"messages": {"type": "web_search_result_location"}}),)
)
ASKED = ToolCall("call_1", "look", {"at": "it"}, {"messages": {"caller": {"type": "direct"}}})
OURS = Reply(
    (THOUGHT, Text("One "), SEARCH, FOUND, CITED, ASKED),
    finish=Finish("tool_calls", "tool_use"),
    id="msg_1",
    model="claude-haiku-4-5",
    endpoint="messages",
)


def saved(answer: AIMessage) -> AIMessage:
    """The message as it comes back from a database."""
    return messages_from_dict(json.loads(json.dumps(messages_to_dict([answer]))))[0]


def test_our_own_answer_goes_back_exactly_to_where_it_came_from() -> None:
    answer = saved(to_ai_message(OURS, model="x"))
    assert to_answer_parts(answer, "messages", "anthropic.claude-haiku-4-5") == OURS.parts


@pytest.mark.parametrize(("dialect", "name"), [("responses", "claude-haiku-4-5"), ("messages", "gpt-5.2")])
def test_and_without_traces_to_anyone_else(dialect: str, name: str) -> None:
    answer = saved(to_ai_message(OURS, model="x"))
    found = to_answer_parts(answer, dialect, name)
    kinds = [type(part).__name__ for part in found]
    assert kinds == ["Text", "Text", "ToolCall"]
    assert all(not part.residue.get(dialect) for part in found if isinstance(part, Text | ToolCall))


ENCRYPTED = Reasoning(
    "Hm.",
    {
        "responses": {
            "id": "rs_1",
            "encrypted_content": "ENCRYPTED",
            "summary": [{"type": "summary_text", "text": "Hm."}],
        }
    },
)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize(
    ("endpoint", "name", "there"),
    [
        ("responses", "gpt-5.2", True),
        ("responses", "moonshot.kimi-k2-thinking", False),
        ("messages", "gpt-5.2", False),
        ("chat", "gpt-5.2", False),
    ],
)
def test_encrypted_reasoning_goes_to_the_same_endpoint_and_family_only(
    sandbox: Sandbox, endpoint: str, name: str, there: bool, blocks: bool
) -> None:
    answer = saved(
        to_ai_message(Reply((ENCRYPTED, Text("Hi.")), endpoint="responses", model="gpt-5.2"), model="x", blocks=blocks)
    )
    sandbox.reply("Fine.")
    model(sandbox, endpoint, name).invoke([HumanMessage("x"), answer, HumanMessage("y")])
    body = json.dumps(sandbox.last_request.body)
    assert ("ENCRYPTED" in body) is there
    assert "Hi." in body


def test_the_calls_of_a_message_are_its_tool_calls() -> None:
    answer = to_ai_message(OURS, model="x")
    answer.tool_calls[0]["args"] = {"at": "that"}
    edited = to_answer_parts(answer, "messages")[-1]
    assert isinstance(edited, ToolCall)
    assert (edited.arguments, edited.residue) == ({"at": "that"}, ASKED.residue)
    answer.tool_calls.clear()
    assert not any(isinstance(part, ToolCall) for part in to_answer_parts(answer, "messages"))
    answer.tool_calls.append({**CALL, "id": "call_9"})
    assert [part.id for part in to_answer_parts(answer, "messages") if isinstance(part, ToolCall)] == ["call_9"]


def test_a_refusal_goes_back_as_one() -> None:
    reply = Reply((Refusal("No."),), endpoint="responses")
    assert to_answer_parts(to_ai_message(reply, model="x"), "responses") == (Refusal("No."),)


PLAIN = Reply((Text("Hi."), ToolCall("call_1", "look", {"at": "it"})), endpoint="responses")
LISTED = Reply((Text("One "), CITED, ASKED), endpoint="messages")


@pytest.mark.parametrize("reply", [PLAIN, LISTED])
@pytest.mark.parametrize("blocks", [False, True])
def test_other_integrations_take_our_answers(reply: Reply, blocks: bool) -> None:
    answer = saved(to_ai_message(reply, model="x", blocks=blocks))
    history = [HumanMessage("x"), answer, ToolMessage("seen", tool_call_id="call_1"), HumanMessage("y")]
    openai = ChatOpenAI(model="gpt-5.2", api_key="k", use_responses_api=True)._get_request_payload(history)
    kinds = {item.get("type", "message") for item in openai["input"]}
    assert [item["call_id"] for item in openai["input"] if item.get("type") == "function_call"] == ["call_1"]
    assert kinds == {"message", "function_call", "function_call_output"}
    chat = ChatOpenAI(model="gpt-4o", api_key="k")._get_request_payload(history)
    assert [call["id"] for call in chat["messages"][1]["tool_calls"]] == ["call_1"]
    anthropic = ChatAnthropic(model="claude-haiku-4-5", api_key="k")._get_request_payload(history)
    said = anthropic["messages"][1]["content"]
    assert [block["id"] for block in said if block["type"] == "tool_use"] == ["call_1"]
    assert {block["type"] for block in said} == {"text", "tool_use"}
