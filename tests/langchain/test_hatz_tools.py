"""Apps, workflows and agents of Hatz as tools, alone and in an agent, against the sandbox."""

import contextlib
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.tools import BaseTool, ToolException
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import ValidationError

from hatz_client import Client
from hatz_client.connection import retries
from hatz_client.operations import jobs
from hatz_sandbox import Sandbox
from langchain_hatz import (
    ChatHatz,
    HatzInvalidInputError,
    HatzToolkit,
    hatz_agent_tool,
    hatz_app_tool,
    hatz_workflow_tool,
)

APP = "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40"
FLOW = "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.0)
    monkeypatch.setattr(retries, "JITTER", 0.0)
    monkeypatch.setattr(jobs, "_POLL_DELAYS", (0.01, 0.02))


def settings(sandbox: Sandbox) -> dict[str, Any]:
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}


def client(sandbox: Sandbox) -> Client:
    return Client(**settings(sandbox))


@pytest.fixture
def app(sandbox: Sandbox) -> BaseTool:
    return hatz_app_tool(next(client(sandbox).list_apps()), **settings(sandbox))


@pytest.fixture
def workflow(sandbox: Sandbox) -> BaseTool:
    return hatz_workflow_tool(next(client(sandbox).list_workflows()), **settings(sandbox))


async def call(tool: BaseTool, how: str, **arguments: Any) -> Any:
    given: Any = {"name": tool.name, "args": arguments, "id": "call_1", "type": "tool_call"}
    return tool.invoke(given) if how == "invoke" else await tool.ainvoke(given)


def started(sandbox: Sandbox) -> int:
    return [request.path for request in sandbox.requests].count("/v1/workflows/run")


hows = pytest.mark.parametrize("how", ["invoke", "ainvoke"])


@hows
async def test_an_app(sandbox: Sandbox, app: BaseTool, how: str) -> None:
    sandbox.reply("Dear Ada", usage={"input": 7, "output": 2})
    message = await call(app, how, ticket="No mail", tone="formal")
    assert (message.content, message.status) == ("Dear Ada", "success")
    assert (message.artifact["text"], message.artifact["usage"]["total"]) == ("Dear Ada", 9)
    assert sandbox.last_request.body["inputs"] == {"ticket": "No mail", "tone": "formal"}
    assert "langchain-core" in sandbox.last_request.headers["user-agent"]


@hows
async def test_a_workflow(sandbox: Sandbox, workflow: BaseTool, how: str) -> None:
    sandbox.job(["made", "full", "Welcome!"])
    message = await call(workflow, how, full_name="Ada")
    assert message.content == "Welcome!"
    assert [step["text"] for step in message.artifact["steps"]] == ["made", "full", "Welcome!"]


def test_the_tools_say_what_they_are(app: BaseTool, workflow: BaseTool) -> None:
    assert (app.name, app.description) == ("Ticket_reply", "Writes the reply to a support ticket.")
    assert set(app.args) == {"ticket", "tone", "screenshot"}
    schema = app.tool_call_schema.model_json_schema()  # type: ignore[union-attr]
    assert schema["required"] == ["ticket"]
    assert schema["properties"]["tone"]["anyOf"][0]["enum"] == ["friendly", "formal"]
    assert workflow.name == "Onboard_a_user"


@pytest.mark.parametrize("model", ["gpt-5.2", "anthropic.claude-haiku-4-5"])
def test_the_tools_are_offered_to_a_model(sandbox: Sandbox, app: BaseTool, model: str) -> None:
    ChatHatz(model, **settings(sandbox)).bind_tools([app]).invoke("Hi")
    (tool,) = sandbox.last_request.body["tools"]
    properties = tool.get("parameters", tool.get("input_schema"))["properties"]
    assert list(properties) == ["ticket", "tone", "screenshot"]
    assert properties["ticket"]["description"] == "Ticket. The customer's words."


@hows
async def test_errors_are_for_the_model(sandbox: Sandbox, app: BaseTool, workflow: BaseTool, how: str) -> None:
    sandbox.fail(402, "Out of credits")
    message = await call(app, how, ticket="x")
    assert message.status == "error"
    assert message.content.startswith("The tool Ticket_reply failed: ")
    assert "Do not call it again" in message.content
    sandbox.job(fails_at=2, error="No licence is left")
    message = await call(workflow, how, full_name="Ada")
    assert message.status == "error"
    assert "failed in step 'Assign the licence': No licence is left" in message.content
    workflow.handle_tool_error = False
    sandbox.job(fails_at=1)
    with pytest.raises(ToolException, match="Create the account"):
        await call(workflow, how, full_name="Ada")


@hows
async def test_a_model_cannot_send_a_file_of_this_machine(sandbox: Sandbox, app: BaseTool, how: str) -> None:
    before = len(sandbox.requests)
    message = await call(app, how, ticket="x", screenshot="/etc/passwd")
    assert message.status == "error"
    assert "a tool reads no files of this machine" in message.content
    assert len(sandbox.requests) == before


@pytest.mark.parametrize("arguments", [{}, {"ticket": "x", "tone": "rude"}, {"ticket": "x", "other": 1}])
def test_arguments_that_do_not_fit_send_nothing(sandbox: Sandbox, app: BaseTool, arguments: Any) -> None:
    before = len(sandbox.requests)
    with pytest.raises(ValidationError):
        app.invoke(arguments)
    assert len(sandbox.requests) == before


@hows
async def test_a_failing_poll_starts_nothing_again(sandbox: Sandbox, how: str) -> None:
    workflow = hatz_workflow_tool(FLOW, **{**settings(sandbox), "max_retries": 0})
    start = sandbox.jobs.start

    def start_and_fail(*given: Any) -> str:
        job_id = start(*given)
        sandbox.fail(503, path=job_id)
        return job_id

    sandbox.jobs.start = start_and_fail  # type: ignore[method-assign]
    message = await call(workflow, how, full_name="Ada")
    assert message.status == "error"
    assert "goes on at Hatz" in message.content
    assert started(sandbox) == 1


@hows
async def test_a_deadline_ends_the_waiting(sandbox: Sandbox, how: str) -> None:
    sandbox.job(polls=1000)
    workflow = hatz_workflow_tool(FLOW, **settings(sandbox), deadline=1.5)
    message = await call(workflow, how, full_name="Ada")
    assert message.status == "error"
    assert "goes on at Hatz" in message.content


def test_wrong_settings_are_named_when_the_tool_is_made(sandbox: Sandbox) -> None:
    with pytest.raises(HatzInvalidInputError, match="use hatz_workflow_tool"):
        hatz_app_tool(FLOW, **settings(sandbox))
    with pytest.raises(HatzInvalidInputError, match="use hatz_app_tool"):
        hatz_workflow_tool(APP, **settings(sandbox))
    with pytest.raises(HatzInvalidInputError, match="timeout"):
        hatz_app_tool(APP, **settings(sandbox), timeout=-1)
    with pytest.raises(TypeError, match="did you mean 'timeout'"):
        hatz_app_tool(APP, **settings(sandbox), timeuot=1)
    assert sandbox.api_key not in repr(hatz_app_tool(APP, **settings(sandbox)))


def test_an_error_of_a_hatz_agent_is_for_the_model(sandbox: Sandbox) -> None:
    tool = hatz_agent_tool(client(sandbox).list_agents()[0], **settings(sandbox))
    sandbox.fail(403, "Disabled")
    assert "The tool Research_Assistant failed: " in tool.invoke({"request": "x"})


# The toolkit


@hows
async def test_the_toolkit_gives_all_that_a_key_can_reach(sandbox: Sandbox, how: str) -> None:
    sandbox.apps.append({**sandbox.apps[0], "id": "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a41", "description": None})
    sandbox.agents.append({"id": "other", "name": "Ticket reply"})

    async def names(*given: Any, **more: Any) -> list[str]:
        toolkit = HatzToolkit(*given, **more, **settings(sandbox))
        tools = toolkit.get_tools() if how == "invoke" else await toolkit.aget_tools()
        return [tool.name for tool in tools]

    everything = ["Ticket_reply", "Ticket_reply_2", "Onboard_a_user", "Research_Assistant", "Ticket_reply_3"]
    assert await names() == everything
    assert await names(["ticket*"], kinds=["apps"]) == everything[:2]
    assert await names([FLOW, "Research Assistant"]) == everything[2:4]
    with pytest.raises(HatzInvalidInputError, match="did you mean 'Onboard a user'"):
        await names(["Onboard the user"])
    with pytest.raises(HatzInvalidInputError, match="kinds="):
        await names(kinds=["files"])


def test_the_toolkit_looks_up_forms_that_the_list_does_not_have(sandbox: Sandbox) -> None:
    short = [{key: value for key, value in entry.items() if key != "user_inputs"} for entry in sandbox.apps]
    sandbox.raw({"data": short}, path="/app/list")
    (tool,) = HatzToolkit(kinds=["apps"], **settings(sandbox)).get_tools()
    assert "ticket" in tool.args


# In an agent


async def run(agent: Any, how: str) -> tuple[list[Any], list[Any]]:
    question = {"messages": [("user", "A customer has no mail; their colleague Ada starts today.")]}
    config: Any = {"configurable": {"thread_id": "1"}}
    modes = ["custom", "values"]
    if how == "invoke":
        pieces = list(agent.stream(question, config, stream_mode=modes))
    else:
        pieces = [piece async for piece in agent.astream(question, config, stream_mode=modes)]
    return pieces[-1][1]["messages"], [piece["hatz_progress"] for mode, piece in pieces if mode == "custom"]


@hows
async def test_an_agent_answers_a_ticket_with_an_app_a_watched_workflow_and_an_agent(
    sandbox: Sandbox, how: str
) -> None:
    sandbox.tool_call("Ticket_reply", {"ticket": "I get no mail."})
    sandbox.reply("Dear customer")
    sandbox.tool_call("Onboard_a_user", {"full_name": "Ada", "licence": "full"})
    sandbox.job(["made", "full", "Welcome, Ada!"])
    sandbox.tool_call("Research_Assistant", {"request": "Known mail outages?"})
    sandbox.reply("None today.")
    sandbox.reply("All done.")
    tools = HatzToolkit(**settings(sandbox)).get_tools()
    agent = create_agent(ChatHatz("gpt-5.2", **settings(sandbox)), tools, checkpointer=InMemorySaver())
    messages, progress = await run(agent, how)
    assert [(message.name, message.content) for message in messages if message.type == "tool"] == [
        ("Ticket_reply", "Dear customer"), ("Onboard_a_user", "Welcome, Ada!"), ("Research_Assistant", "None today."),
    ]  # fmt: skip
    assert messages[-1].text == "All done."
    config: Any = {"configurable": {"thread_id": "1"}}
    kept = agent.get_state(config).values["messages"]  # as the checkpoint has them
    assert [getattr(message, "artifact", None) for message in kept] == [
        getattr(message, "artifact", None) for message in messages
    ]
    assert next(message for message in kept if message.name == "Onboard_a_user").artifact["status"] == "complete"
    assert [(step["tool"], step["steps_complete"], step["status"]) for step in progress] == [
        ("Onboard_a_user", 0, "Workflow Job Invoked"), ("Onboard_a_user", 1, "running"), ("Onboard_a_user", 2, "running"),
        ("Onboard_a_user", 3, "complete"),
    ]  # fmt: skip
    assert started(sandbox) == 1


@hows
async def test_a_streaming_app_writes_its_text(sandbox: Sandbox, how: str) -> None:
    sandbox.tool_call("Ticket_reply", {"ticket": "I get no mail."})
    sandbox.reply(chunks=["Dear ", "customer"], reasoning="Hm.")
    sandbox.reply("Done.")
    tool = hatz_app_tool(APP, streaming=True, **settings(sandbox))
    messages, progress = await run(create_agent(ChatHatz("gpt-5.2", **settings(sandbox)), [tool]), how)
    assert [piece["text"] for piece in progress] == ["Dear ", "customer"]
    assert messages[-2].content == "Dear customer"
    assert [part["type"] for part in messages[-2].artifact["parts"]] == ["Reasoning", "Text"]


@hows
async def test_an_agent_corrects_wrong_inputs(sandbox: Sandbox, how: str) -> None:
    sandbox.tool_call("Ticket_reply", {"ticket": "x", "screenshot": "screen.png"})
    sandbox.tool_call("Ticket_reply", {"ticket": "x"})
    sandbox.reply("Dear customer")
    sandbox.reply("Done.")
    tool = hatz_app_tool(APP, **settings(sandbox))
    messages, _ = await run(create_agent(ChatHatz("gpt-5.2", **settings(sandbox)), [tool]), how)
    assert [message.status for message in messages if message.type == "tool"] == ["error", "success"]


def test_leaving_an_agent_in_a_workflow_leaves_the_job_alone(sandbox: Sandbox) -> None:
    sandbox.tool_call("Onboard_a_user", {"full_name": "Ada"})
    sandbox.job(polls=50)
    agent = create_agent(ChatHatz("gpt-5.2", **settings(sandbox)), [hatz_workflow_tool(FLOW, **settings(sandbox))])
    with contextlib.closing(agent.stream({"messages": [("user", "Hi")]}, stream_mode="custom")) as pieces:
        assert next(pieces)["hatz_progress"]["tool"] == "Onboard_a_user"
    assert started(sandbox) == 1


def test_langchains_own_counter_counts_a_hatz_agent(sandbox: Sandbox) -> None:
    tool = hatz_agent_tool(client(sandbox).list_agents()[0], **settings(sandbox))
    sandbox.reply("Fine.", usage={"input": 5, "output": 2})
    with get_usage_metadata_callback() as counter:
        tool.invoke({"request": "Hi"})
    (counted,) = counter.usage_metadata.values()
    assert counted["total_tokens"] == 7
