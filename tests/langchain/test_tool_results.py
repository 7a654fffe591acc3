"""Tools that return links, files and blocks of other systems (as MCP servers do): no run ends, and the model is told what it cannot see."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from hatz_client import HatzError, HatzInvalidInputError
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
CALL = AIMessage("", tool_calls=[{"name": "read", "args": {}, "id": "call_1", "type": "tool_call"}])
READ = {"name": "read", "description": "Read.", "input_schema": {"type": "object", "properties": {}}}


def sent(sandbox: Sandbox, endpoint: Any, messages: list[BaseMessage]) -> str:
    """The turns of the request, which the sandbox has found valid, as JSON."""
    sandbox.reply("Fine.")
    name = "anthropic.claude-haiku-4-5" if endpoint == "messages" else "gpt-5.2"
    model = ChatHatz(name, endpoint=endpoint, base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
    assert model.bind_tools([READ]).invoke(messages).text == "Fine."
    body = sandbox.last_request.body
    return json.dumps(body["messages" if endpoint == "messages" else "input"])


def native(sandbox: Sandbox, messages: list[BaseMessage]) -> str:
    """The same on native chat."""
    sandbox.reply("Fine.")
    model = ChatHatz("gpt-5.2", endpoint="chat", base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
    assert model.invoke(messages).text == "Fine."
    return json.dumps(sandbox.last_request.body["messages"])


def result(content: Any) -> list[BaseMessage]:
    """A conversation in which a tool returned this."""
    return [HumanMessage("Read it."), CALL, ToolMessage(content, tool_call_id="call_1")]


def orphan(content: Any) -> list[BaseMessage]:
    """The same after `trim_messages` or a summary removed the call."""
    return [ToolMessage(content, tool_call_id="gone"), HumanMessage("Go on.")]


LINKS = [
    {"type": "file", "url": "file:///srv/plan.pdf", "mime_type": "application/pdf"},  # an MCP server's resource link
    {"type": "file", "url": "ui://widget/1", "mime_type": "text/html", "id": "lc_1"},
    {"type": "image", "url": "screen://localhost/display", "mime_type": "image/png"},
    {"type": "image_url", "image_url": {"url": "file:///srv/a.png"}},
    {"type": "image", "url": "https://a.example/a.svg", "mime_type": "image/svg+xml"},
]


@pytest.mark.parametrize("history", [result, orphan])
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_link_that_no_service_can_follow_is_named_to_the_model(
    sandbox: Sandbox, endpoint: str, link: dict[str, Any], history: Any
) -> None:
    said = sent(sandbox, endpoint, history([link]))
    address = link.get("url") or link["image_url"]["url"]
    assert f" at {address}. It cannot be shown to you.)" in said
    assert f'"{address}"' not in said


@pytest.mark.parametrize("history", [result, orphan])
@pytest.mark.parametrize(
    ("block", "text"),
    [
        *((link, "It cannot be shown to you.)") for link in LINKS),
        ({"type": "image", "base64": PNG, "mime_type": "image/png"}, "(The tool returned an image of type image/png."),
        ({"type": "audio", "base64": WAV, "mime_type": "audio/wav"}, "(The tool returned an audio recording"),
        ({"type": "file", "base64": "YSxi", "mime_type": "text/csv"}, ": a,b]"),
    ],
)
@pytest.mark.parametrize("uploads", [False, True])
def test_native_chat_gets_a_text_in_place_of_a_tools_file(
    sandbox: Sandbox, uploads: bool, block: dict[str, Any], text: str, history: Any
) -> None:
    sandbox.reply("Fine.")
    model = ChatHatz(
        "gpt-5.2", endpoint="chat", base_url=sandbox.base_url, api_key=sandbox.api_key, auto_upload=uploads
    )
    assert model.invoke(history([block])).text == "Fine."
    body = sandbox.last_request.body
    assert text in json.dumps(body["messages"], ensure_ascii=False) or (uploads and body["file_uuids"])


@pytest.mark.parametrize("url", ["file:///srv/a.png", "https://a.example/a.png"])
def test_native_chat_refuses_a_users_link(sandbox: Sandbox, url: str) -> None:
    model = ChatHatz("gpt-5.2", endpoint="chat", base_url=sandbox.base_url, api_key=sandbox.api_key, auto_upload=True)
    with pytest.raises(HatzError, match=r"names a file of this machine|does not accept image in a message"):
        model.invoke([HumanMessage([{"type": "image_url", "image_url": {"url": url}}])])


def test_a_link_to_a_page_is_named_where_only_pdfs_can_be_linked(sandbox: Sandbox) -> None:
    link = {"type": "file", "url": "https://a.example/a.html", "mime_type": "text/html"}
    assert "(The tool returned a document of type text/html at https://a.example/a.html." in sent(
        sandbox, "messages", result([link])
    )
    assert '"file_url": "https://a.example/a.html"' in sent(sandbox, "responses", result([link]))


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize(
    "block",
    [
        {"type": "audio", "base64": WAV, "mime_type": "audio/wav"},
        {"type": "video", "base64": "AAAAGGZ0eXBtcDQy", "mime_type": "video/mp4"},
        {"type": "image", "base64": "SUkqAAgAAAA=", "mime_type": "image/tiff"},
    ],
)
def test_a_file_of_a_call_that_was_trimmed_away_ends_no_run(
    sandbox: Sandbox, endpoint: str, block: dict[str, Any]
) -> None:
    said = sent(sandbox, endpoint, orphan([{"type": "text", "text": "Listen."}, block]))
    assert "Listen." in said
    assert "The tool returned a" in said
    assert block["base64"] not in said


def test_an_office_document_of_such_a_call_goes_only_where_it_is_taken(sandbox: Sandbox) -> None:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    content = [{"type": "file", "base64": "UEsDBP8=", "mime_type": kind, "filename": "a.docx"}]
    assert "The tool returned a document (a.docx)" in sent(sandbox, "messages", orphan(content))
    assert "The tool returned" not in sent(sandbox, "responses", orphan(content))


@pytest.mark.parametrize("history", [result, orphan])
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize(
    "block",
    [
        {"type": "document", "document": {"data": {"snippet": "Nine."}, "id": "0"}},  # Cohere's
        {"type": "document", "text": "Nine.", "title": "Hours"},
        {"type": "image", "base64": "", "mime_type": "image/png"},
        {"type": "text", "text": None, "note": "Nine."},
        {"type": "text", "text": 9},
    ],
)
def test_a_block_without_the_content_of_its_type_is_its_json_text(
    sandbox: Sandbox, endpoint: str, block: dict[str, Any], history: Any
) -> None:
    assert json.dumps(json.dumps(block)) in sent(sandbox, endpoint, history([block]))


def test_a_found_tool_of_a_call_that_was_trimmed_away_is_text(sandbox: Sandbox) -> None:
    block = {"type": "tool_reference", "tool_name": "read"}
    assert json.dumps(json.dumps(block)) not in sent(sandbox, "messages", result([block]))
    assert '\\"tool_reference\\"' in sent(sandbox, "messages", orphan([block]))


@pytest.mark.parametrize("block", [{"type": "text", "text": None}, {"type": "text", "text": 9}])
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_users_text_that_is_none_is_an_error(sandbox: Sandbox, endpoint: str, block: dict[str, Any]) -> None:
    with pytest.raises(HatzInvalidInputError, match=r"content of an unknown form: \{'type': 'text'"):
        sent(sandbox, endpoint, [HumanMessage([block])])


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_screenshot_of_openais_form_is_an_image(sandbox: Sandbox, endpoint: str) -> None:
    block = {"type": "computer_screenshot", "image_url": f"data:image/png;base64,{PNG}"}
    assert '"input_image"' in sent(sandbox, "responses", result([block]))
    assert '"image/png"' in sent(sandbox, "messages", result([block]))


TEXT = {"type": "text", "media_type": "text/plain", "data": "Nine."}
PIECES = {"type": "content", "content": [{"type": "text", "text": "Nine."}]}
EXTRA = {"id": "lc_1", "index": 0, "meta": {"a": 1}, "name": "x"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "document", "source": TEXT, "title": "Hours", "citations": {"enabled": True}},
        {"type": "document", "source": PIECES, "context": "c", "cache_control": {"type": "ephemeral"}},
        {"type": "search_result", "source": "https://a.example", "title": "Hours", "content": PIECES["content"]},
    ],
)
@pytest.mark.parametrize("human", [False, True])
def test_only_fields_that_anthropic_knows_are_sent(sandbox: Sandbox, human: bool, block: dict[str, Any]) -> None:
    given = {**block, **EXTRA}
    if block["type"] == "search_result":
        given["content"] = [{**block["content"][0], **EXTRA}]
    said = json.loads(sent(sandbox, "messages", [HumanMessage([given])] if human else result([given])))
    assert (said[0]["content"][0] if human else said[2]["content"][0]["content"][0]) == block


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_an_embedded_resource_of_mcp_is_a_text_or_a_file(sandbox: Sandbox, endpoint: str) -> None:
    text = {"type": "resource", "resource": {"uri": "notes://1", "mimeType": "text/plain", "text": "Bring tea."}}
    image = {"type": "resource", "resource": {"uri": "image://1", "mimeType": "image/png", "blob": PNG}}
    untyped = {"type": "resource", "resource": {"uri": "image://2", "blob": PNG}}
    said = sent(sandbox, endpoint, result([text, image, untyped]))
    assert "Bring tea." in said
    assert "notes://1" not in said
    kind = "image" if endpoint == "messages" else "input_image"
    assert said.count(f'"type": "{kind}"') == said.count(PNG) == 2


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_results_in_anthropics_blocks_name_their_own_calls(sandbox: Sandbox, endpoint: str) -> None:
    calls = [{"name": "read", "args": {}, "id": name, "type": "tool_call"} for name in ("call_1", "call_2")]
    blocks = [
        {"type": "tool_result", "tool_use_id": "call_2", "content": "two", "is_error": True},
        {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "one"}]},
    ]
    answer = AIMessage("", tool_calls=calls)
    said = json.loads(
        sent(sandbox, endpoint, [HumanMessage("Read both."), answer, ToolMessage(blocks, tool_call_id="call_1")])
    )
    if endpoint == "messages":
        results = [(block["tool_use_id"], block["content"], block.get("is_error")) for block in said[-1]["content"]]
        assert sorted(results) == [("call_1", "one", None), ("call_2", "two", True)]
    else:
        results = [(item["call_id"], item["output"]) for item in said if item.get("type") == "function_call_output"]
        assert sorted(results) == [("call_1", "one"), ("call_2", "Error: two")]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
def test_a_result_in_a_users_message_is_that_of_its_call(sandbox: Sandbox, endpoint: str, wrapped: bool) -> None:
    block: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": "call_1",
        "content": [{"type": "text", "text": "Gone."}],
        "is_error": True,
    }
    block["cache_control"] = {"type": "ephemeral"}
    wanted = {"type": "non_standard", "value": block} if wrapped else block
    users = HumanMessage([wanted, {"type": "text", "text": "Well?"}])
    if endpoint == "chat":  # has only text
        said = native(sandbox, [HumanMessage("Read it."), CALL, users])
        assert "[Tool result call_1 (error): Gone.]" in said
        return
    said = json.loads(sent(sandbox, endpoint, [HumanMessage("Read it."), CALL, users]))
    if endpoint == "messages":
        assert said[-1]["content"][0] == {**block, "content": "Gone."}
        assert said[-1]["content"][1]["text"] == "Well?"
    else:
        (output,) = (item for item in said if item.get("type") == "function_call_output")
        assert (output["call_id"], output["output"]) == ("call_1", "Error: Gone.")
        assert said[-1]["content"] == "Well?"


@pytest.mark.parametrize("others", [[], [{"type": "text", "text": "outer"}]])
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_result_within_a_result_is_its_content(sandbox: Sandbox, endpoint: str, others: list[Any]) -> None:
    block = {"type": "tool_result", "tool_use_id": "call_of_another_agent", "content": "inner"}
    said = sent(sandbox, endpoint, result([*others, block]))
    assert "inner" in said
    assert "another_agent" not in said
    assert "no longer in the conversation" not in said
