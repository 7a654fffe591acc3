"""The calls of a service's own tools as LangChain's standard blocks, and back to the service."""

import json
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_openai import custom_tool

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from tests.harness.versions import needs

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DRAWN = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": PNG, "output_format": "png"}
FAILED = {"type": "image_generation_call", "id": "ig_2", "status": "failed", "result": None}
CODE = {
    "type": "code_interpreter_call", "id": "ci_1", "status": "completed", "code": "1 + 1", "container_id": "cntr_1",
    "outputs": [{"type": "logs", "logs": "2"}],
}  # fmt: skip
SEARCH = {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["tea"], "results": None}
REMOTE = {
    "type": "mcp_call", "id": "mcp_1", "name": "roll", "server_label": "dice", "arguments": '{"sides": 6}',
    "output": "4",
}  # fmt: skip
ODD = {**REMOTE, "id": "mcp_2", "arguments": "[1"}
ITEMS: list[dict[str, Any]] = [DRAWN, FAILED, CODE, SEARCH, REMOTE, ODD]
WORDS = {
    "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
    "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
}  # fmt: skip


class Service:
    """Gives one queued answer after another; the sandbox knows none of a service's own tools."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.inputs: list[Any] = []
        self.client = httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        self.inputs.append(sent.get("input") or sent["messages"])
        text = self.answers.pop(0)
        kind = "application/json" if text.startswith("{") else "text/event-stream"
        return httpx.Response(200, text=text, headers={"content-type": kind})

    def model(self, **settings: Any) -> ChatHatz:
        settings = {"model": "gpt-5.2", "endpoint": "responses", **settings}
        return ChatHatz(api_key="k", max_retries=0, http_client=self.client, **settings)


@pytest.fixture
def service() -> Service:
    return Service()


def body(*items: dict[str, Any]) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    return {
        "id": "resp_1",
        "object": "response",
        "model": "gpt-5.2",
        "status": "completed",
        "output": [*items],
        "usage": usage,
    }


def stream_text(*items: dict[str, Any]) -> str:
    """The stream of these items; at its beginning an item has only its type, id and status."""
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {**body(), "status": "in_progress"}}]
    for at, item in enumerate(items):
        begun = {"type": item["type"], "id": item["id"], "status": "in_progress"}
        events.append({"type": "response.output_item.added", "output_index": at, "item": begun})
    for at, item in enumerate(items):
        events.append({"type": "response.output_item.done", "output_index": at, "item": item})
    events.append({"type": "response.completed", "response": body(*items)})
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def ask(service: Service, way: str, version: str | None) -> AIMessage:
    asked = service.model(output_version=version)
    if way == "invoke":
        service.answers.append(json.dumps(body(*ITEMS, WORDS)))
        return asked.invoke("Work.")
    service.answers.append(stream_text(*ITEMS, WORDS))
    first, *others = asked.stream("Work.")
    return sum(others, start=first)


@pytest.mark.parametrize("way", ["invoke", "stream"])
@pytest.mark.parametrize("version", [None, "v1"])
def test_of_responses(service: Service, way: str, version: str | None) -> None:
    answer = ask(service, way, version)
    image, failed, *calls, words = answer.content_blocks
    assert (image["type"], image.get("base64"), image.get("mime_type")) == ("image", PNG, "image/png")
    assert (failed["type"], failed.get("base64")) == ("image", None)
    assert [(call["type"], call.get("name"), call.get("args")) for call in calls] == [
        ("server_tool_call", "code_interpreter", {"code": "1 + 1"}),
        ("server_tool_call", "file_search", {"queries": ["tea"]}),
        ("server_tool_call", "remote_mcp", {"sides": 6}),
        ("server_tool_call", "remote_mcp", {"input": "[1"}),
    ]
    assert words["type"] == "text"
    assert str(answer.model_dump()).count(PNG) == 1, "an image is kept once: histories are saved after every step"
    service.answers.append(json.dumps(body(WORDS)))
    service.model().invoke([HumanMessage("Work."), answer, HumanMessage("Go on.")])
    assert service.inputs[-1][1:-2] == ITEMS


def test_a_generated_image_in_the_next_question(service: Service) -> None:
    service.answers.append(json.dumps(body(DRAWN)))
    image = service.model().invoke("Draw.").content_blocks[0]
    service.answers.append(json.dumps(body(WORDS)))
    service.model().invoke([HumanMessage([{"type": "text", "text": "Whose is it?"}, dict(image)])])
    assert service.inputs[-1][0]["content"][1]["image_url"] == f"data:image/png;base64,{PNG}"


@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_an_approval_of_a_remote_tools_call(service: Service, way: str) -> None:
    wanted = {
        "type": "mcp_approval_request", "id": "mcpr_1", "name": "roll", "server_label": "dice", "arguments": "{}",
    }  # fmt: skip
    if way == "invoke":
        service.answers.append(json.dumps(body(wanted)))
        answer: Any = service.model().invoke("Roll.")
    else:
        service.answers.append(stream_text(wanted))
        first, *others = service.model().stream("Roll.")
        answer = sum(others, start=first)
    assert answer.content_blocks == [{"type": "non_standard", "value": wanted}]
    approval = {"type": "mcp_approval_response", "approve": True, "approval_request_id": "mcpr_1"}
    service.answers.append(json.dumps(body(WORDS)))
    service.model().invoke([HumanMessage("Roll."), answer, HumanMessage(["Yes.", approval, "Twice."])])
    said = [{"role": "user", "content": text} for text in ("Roll.", "Yes.", "Twice.")]
    assert service.inputs[-1] == [said[0], wanted, said[1], approval, said[2]]


REMOTE_USE = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "roll", "server_name": "dice", "input": {"sides": 6}}
REMOTE_RESULT = {
    "type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": True,
    "content": [{"type": "text", "text": "No dice."}],
}  # fmt: skip


def message_stream(*blocks: dict[str, Any]) -> str:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": None}
    events: list[dict[str, Any]] = [
        {
            "type": "message_start",
            "message": {**message, "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}},
        }
    ]
    for at, block in enumerate(blocks):
        begun = {**block, "input": {}} if "input" in block else block
        events.append({"type": "content_block_start", "index": at, "content_block": begun})
        if "input" in block:
            piece = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            events.append({"type": "content_block_delta", "index": at, "delta": piece})
        events.append({"type": "content_block_stop", "index": at})
    events.append({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}})
    events.append({"type": "message_stop"})
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


@pytest.mark.parametrize("way", ["invoke", "stream", pytest.param("v3", marks=needs("langchain_core", "1.7"))])
@pytest.mark.parametrize("version", [None, "v1"])
def test_a_failed_remote_tool_of_messages(service: Service, way: str, version: str | None) -> None:
    asked = service.model(model="anthropic.claude-haiku-4-5", endpoint="messages", output_version=version)
    service.answers.append(message_stream(REMOTE_USE, REMOTE_RESULT))
    if way == "invoke":
        answer: Any = asked.invoke("Roll.")
    elif way == "v3":
        answer = asked.stream_events("Roll.", version="v3").output
    else:
        first, *others = asked.stream("Roll.")
        answer = sum(others, start=first)
    call, result = answer.content_blocks
    assert (call["type"], call["name"], call["args"]) == ("server_tool_call", "remote_mcp", {"sides": 6})
    assert (result["type"], result["tool_call_id"], result["status"]) == ("server_tool_result", call["id"], "error")
    service.answers.append(message_stream({"type": "text", "text": "Done."}))
    asked.invoke([HumanMessage("Roll."), answer, HumanMessage("Go on.")])
    assert service.inputs[-1][1]["content"] == [REMOTE_USE, REMOTE_RESULT]


@custom_tool
def run_code(code: str) -> str:
    """Run code."""
    return f"ran {code}"


@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_openais_custom_tool_of_langchain(service: Service, way: str) -> None:
    call = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "call_1",
        "name": "run_code",
        "input": "1",
        "status": "completed",
    }
    asked = service.model().bind_tools([run_code])
    if way == "invoke":
        service.answers.append(json.dumps(body(call)))
        answer: Any = asked.invoke("Run it.")
    else:
        service.answers.append(stream_text(call))
        first, *others = asked.stream("Run it.")
        answer = sum(others, start=first)
    result = run_code.invoke(answer.tool_calls[0])
    service.answers.append(json.dumps(body(WORDS)))
    asked.invoke([HumanMessage("Run it."), answer, result])
    assert service.inputs[-1][-1] == {
        "type": "custom_tool_call_output", "call_id": "call_1", "output": "ran 1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("output", "sent"),
    [
        ("ran", "ran"),
        ([{"type": "input_text", "text": "ran"}], "ran"),
        ({"ok": True}, '{"ok": true}'),
    ],
)
def test_a_custom_tools_output_goes_to_messages_as_its_content(sandbox: Sandbox, output: Any, sent: str) -> None:
    call = {"type": "tool_call", "id": "call_1", "name": "run_code", "args": {"input": "1"}}
    result = ToolMessage([{"type": "custom_tool_call_output", "output": output}], tool_call_id="call_1")
    sandbox.reply("Fine.")
    asked = ChatHatz(
        "anthropic.claude-haiku-4-5", endpoint="messages", base_url=sandbox.base_url, api_key=sandbox.api_key
    )
    asked.invoke([HumanMessage("Run it."), AIMessage("", tool_calls=[call]), result])
    assert sandbox.last_request.body["messages"][-1]["content"][0]["content"] == sent


SCREEN = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
CHECKS = [{"id": "check_1", "code": "malicious_instructions", "message": "Careful."}]
PATCHED = {"type": "apply_patch_call_output", "call_id": "call_1", "status": "completed", "output": "Done."}
RAN = {
    "type": "shell_call_output",
    "output": [{"stdout": "1", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
}
OF_SCREEN = {"type": "computer_call_output", "call_id": "call_1", "output": SCREEN}


@pytest.mark.parametrize(
    ("content", "about", "sent"),
    [
        ([SCREEN], {"type": "computer_call_output"}, OF_SCREEN),
        (SCREEN["image_url"], {"type": "computer_call_output"}, OF_SCREEN),
        ([{"type": "non_standard", "value": OF_SCREEN}], {}, OF_SCREEN),
        (
            [SCREEN],
            {"type": "computer_call_output", "acknowledged_safety_checks": CHECKS},
            {**OF_SCREEN, "acknowledged_safety_checks": CHECKS},
        ),
        ([PATCHED], {}, PATCHED),
        ([RAN], {}, {"call_id": "call_1", **RAN}),
    ],
)
def test_the_output_of_an_openai_tools_call_goes_back_as_langchain_openai_sends_it(
    service: Service, content: Any, about: dict[str, Any], sent: dict[str, Any]
) -> None:
    call = {"type": sent["type"].removesuffix("_output"), "id": "item_1", "call_id": "call_1", "status": "completed"}
    service.answers += [json.dumps(body(call)), json.dumps(body(WORDS))]
    answer = service.model().invoke("Do it.")
    result = ToolMessage(content, tool_call_id="call_1", additional_kwargs=about)
    service.model().invoke([HumanMessage("Do it."), answer, result, HumanMessage("Thanks.")])
    assert service.inputs[-1][1:-1] == [call, sent]


def test_the_output_of_an_openai_tools_call_is_text_for_messages(sandbox: Sandbox) -> None:
    asked = ChatHatz(
        "anthropic.claude-haiku-4-5", endpoint="messages", base_url=sandbox.base_url, api_key=sandbox.api_key
    )
    asked.invoke([HumanMessage("Do it."), AIMessage("Yes."), ToolMessage([PATCHED], tool_call_id="call_1")])
    assert "apply_patch_call_output" in str(sandbox.last_request.body["messages"][-1]["content"])
