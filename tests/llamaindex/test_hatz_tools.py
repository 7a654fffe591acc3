"""Apps, workflows and agents of Hatz as tools, alone and in an agent, against the sandbox."""

import pytest
from llama_index.core import Settings
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent, ToolCallResult
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler

from hatz_client import Client, HatzCreditsError, HatzInvalidInputError, HatzJobError
from hatz_client.connection import retries
from hatz_client.operations import jobs
from llama_index_hatz import (
    HatzLLM,
    HatzProgressEvent,
    HatzToolSpec,
    hatz_agent_tool,
    hatz_app_tool,
    hatz_workflow_tool,
)

APP = "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40"
FLOW = "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11"
pytestmark = pytest.mark.filterwarnings("ignore:.*(memory|serialize|Skipping).*")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.0)
    monkeypatch.setattr(retries, "JITTER", 0.0)
    monkeypatch.setattr(jobs, "_POLL_DELAYS", (0.01, 0.02))


@pytest.fixture
def settings(sandbox):
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}


@pytest.fixture
def client(settings):
    return Client(**settings)


@pytest.fixture
def app(client, settings):
    return hatz_app_tool(next(client.list_apps()), **settings)


@pytest.fixture
def workflow(client, settings):
    return hatz_workflow_tool(next(client.list_workflows()), **settings)


async def call(tool, how, **arguments):
    return tool.call(**arguments) if how == "call" else await tool.acall(**arguments)


def started(sandbox):
    return [request.path for request in sandbox.requests].count("/v1/workflows/run")


hows = pytest.mark.parametrize("how", ["call", "acall"])


@hows
async def test_an_app(sandbox, app, how):
    sandbox.reply("Dear Ada", usage={"input": 7, "output": 2})
    output = await call(app, how, ticket="No mail", tone="formal")
    assert (output.content, output.is_error) == ("Dear Ada", False)
    assert (output.raw_output["text"], output.raw_output["usage"]["total"]) == ("Dear Ada", 9)
    assert output.raw_input == {"args": (), "kwargs": {"ticket": "No mail", "tone": "formal"}}
    assert sandbox.last_request.body["inputs"] == {"ticket": "No mail", "tone": "formal"}
    assert "llama-index-core" in sandbox.last_request.headers["user-agent"]


@hows
async def test_a_workflow(sandbox, workflow, how):
    sandbox.job(["made", "full", "Welcome!"])
    output = await call(workflow, how, full_name="Ada")
    assert output.content == "Welcome!"
    assert [step["text"] for step in output.raw_output["steps"]] == ["made", "full", "Welcome!"]


@hows
async def test_an_agent(sandbox, client, settings, how):
    tool = hatz_agent_tool(client.list_agents()[0], **settings)
    sandbox.reply("None today.")
    output = await call(tool, how, request="Known outages?")
    assert (tool.metadata.name, output.content) == ("Research_Assistant", "None today.")
    assert sandbox.last_request.body["model"].startswith("agent-")
    with pytest.raises(ValueError, match="pass description="):
        hatz_agent_tool("123", **settings)
    assert hatz_agent_tool("agent-123", description="Looks things up.", **settings).metadata.name == "hatz_agent_123"


def test_the_tools_say_what_they_are(app, workflow):
    assert (app.metadata.name, app.metadata.description) == ("Ticket_reply", "Writes the reply to a support ticket.")
    schema = app.metadata.get_parameters_dict()
    assert schema["required"] == ["ticket"]
    assert list(schema["properties"]) == ["ticket", "tone", "screenshot"]
    assert schema["properties"]["tone"]["anyOf"][0]["enum"] == ["friendly", "formal"]
    assert workflow.metadata.name == "Onboard_a_user"


@hows
async def test_errors_are_for_the_model(sandbox, app, workflow, how):
    sandbox.fail(402, "Out of credits")
    output = await call(app, how, ticket="x")
    assert output.is_error
    assert output.content.startswith("The tool Ticket_reply failed: ")
    assert "Do not call it again" in output.content
    assert isinstance(output.exception, HatzCreditsError)
    sandbox.job(fails_at=2, error="No licence is left")
    output = await call(workflow, how, full_name="Ada")
    assert "failed in step 'Assign the licence': No licence is left" in output.content
    assert isinstance(output.exception, HatzJobError)


@hows
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "'ticket' (Ticket) is required"),
        ({"ticket": "x", "tone": "rude"}, "'tone' is 'rude': use one of 'friendly', 'formal'"),
        ({"ticket": "x", "other": "y"}, "'other' is not an input"),
        ({"ticket": "x", "screenshot": "/etc/passwd"}, "a tool reads no files of this machine"),
    ],
)
async def test_arguments_that_do_not_fit_send_nothing(sandbox, app, how, arguments, words):
    before = len(sandbox.requests)
    output = await call(app, how, **arguments)
    assert output.is_error
    assert words in output.content
    assert "Correct the arguments and call the tool again." in output.content
    assert len(sandbox.requests) == before


@hows
async def test_a_deadline_ends_the_waiting_and_starts_nothing_again(sandbox, settings, how):
    sandbox.job(polls=1000)
    output = await call(hatz_workflow_tool(FLOW, **settings, deadline=1.5), how, full_name="Ada")
    assert output.is_error
    assert "goes on at Hatz" in output.content
    assert started(sandbox) == 1


def test_wrong_settings_are_named_when_the_tool_is_made(settings):
    with pytest.raises(HatzInvalidInputError, match="use hatz_workflow_tool"):
        hatz_app_tool(FLOW, **settings)
    with pytest.raises(HatzInvalidInputError, match="use hatz_app_tool"):
        hatz_workflow_tool(APP, **settings)
    with pytest.raises(TypeError, match="did you mean 'timeout'"):
        hatz_app_tool(APP, **settings, timeuot=1)


@hows
async def test_the_tool_spec_gives_all_that_a_key_can_reach(sandbox, settings, how):
    async def names(*given, listed=None, **more):
        spec = HatzToolSpec(*given, **more, **settings)
        tools = spec.to_tool_list(listed) if how == "call" else await spec.to_tool_list_async(listed)
        return [tool.metadata.name for tool in tools]

    everything = ["Ticket_reply", "Onboard_a_user", "Research_Assistant"]
    assert await names() == everything
    assert await names(["ticket*"], kinds=["apps", "agents"]) == everything[:1]
    assert await names(["ticket*"], listed=[FLOW]) == everything[1:2]
    with pytest.raises(HatzInvalidInputError, match="did you mean 'Onboard a user'"):
        await names(["Onboard the user"])
    with pytest.raises(HatzInvalidInputError, match="func_to_metadata_mapping"):
        HatzToolSpec(**settings).to_tool_list(func_to_metadata_mapping={"x": None})


async def run(agent):
    handler = agent.run("A customer has no mail; their colleague Ada starts today.")
    events = [event async for event in handler.stream_events()]
    return str(await handler), events


async def test_an_agent_answers_a_ticket_with_an_app_a_watched_workflow_and_an_agent(sandbox, settings, llm):
    sandbox.tool_call("Ticket_reply", {"ticket": "I get no mail."})
    sandbox.reply("Dear customer")
    sandbox.tool_call("Onboard_a_user", {"full_name": "Ada", "licence": "full"})
    sandbox.job(["made", "full", "Welcome, Ada!"])
    sandbox.tool_call("Research_Assistant", {"request": "Known mail outages?"})
    sandbox.reply("None today.")
    sandbox.reply("All done.")
    tools = await HatzToolSpec(**settings).to_tool_list_async()
    answer, events = await run(FunctionAgent(llm=llm, tools=tools))
    assert answer == "All done."
    results = [event for event in events if isinstance(event, ToolCallResult)]
    assert [(one.tool_name, one.tool_output.content) for one in results] == [
        ("Ticket_reply", "Dear customer"), ("Onboard_a_user", "Welcome, Ada!"), ("Research_Assistant", "None today."),
    ]  # fmt: skip
    assert all(one.model_dump_json() for one in events)
    progress = [event for event in events if isinstance(event, HatzProgressEvent)]
    assert [(one.tool, one.steps_complete, one.status) for one in progress] == [
        ("Onboard_a_user", 0, "Workflow Job Invoked"), ("Onboard_a_user", 1, "running"), ("Onboard_a_user", 2, "running"),
        ("Onboard_a_user", 3, "complete"),
    ]  # fmt: skip
    assert started(sandbox) == 1


async def test_a_react_agent_on_a_model_without_tools(sandbox, settings):
    sandbox.reply('Thought: I need it.\nAction: Ticket_reply\nAction Input: {"ticket": "No mail"}')
    sandbox.reply("Dear customer")
    sandbox.reply("Thought: I can answer.\nAnswer: Done.")
    agent = ReActAgent(llm=HatzLLM("auto", **settings), tools=[hatz_app_tool(APP, **settings)])
    answer, events = await run(agent)
    assert answer == "Done."
    assert [one.tool_output.content for one in events if isinstance(one, ToolCallResult)] == ["Dear customer"]


async def test_a_streaming_app_writes_its_text(sandbox, settings, llm):
    sandbox.tool_call("Ticket_reply", {"ticket": "I get no mail."})
    sandbox.reply(chunks=["Dear ", "customer"], reasoning="Hm.")
    sandbox.reply("Done.")
    agent = FunctionAgent(llm=llm, tools=[hatz_app_tool(APP, streaming=True, **settings)])
    _, events = await run(agent)
    assert [one.text for one in events if isinstance(one, HatzProgressEvent)] == ["Dear ", "customer"]


async def test_an_agent_corrects_wrong_inputs(sandbox, settings, llm):
    sandbox.tool_call("Ticket_reply", {"ticket": "x", "tone": "rude"})
    sandbox.tool_call("Ticket_reply", {"ticket": "x"})
    sandbox.reply("Dear customer")
    sandbox.reply("Done.")
    answer, events = await run(FunctionAgent(llm=llm, tools=[hatz_app_tool(APP, **settings)]))
    assert [one.tool_output.is_error for one in events if isinstance(one, ToolCallResult)] == [True, False]
    assert answer == "Done."


async def test_a_single_argument_that_llama_index_passes_by_position(sandbox, settings, llm):
    sandbox.apps[0]["user_inputs"] = sandbox.apps[0]["user_inputs"][:1]
    tool = hatz_app_tool(APP, **settings)
    for predict in (llm.predict_and_call, llm.apredict_and_call):
        sandbox.tool_call("Ticket_reply", {"ticket": "No mail"})
        sandbox.reply("Dear customer")
        response = predict([tool], "Reply to the ticket.")
        assert str(await response if predict == llm.apredict_and_call else response) == "Dear customer"
        assert sandbox.last_request.body["inputs"] == {"ticket": "No mail"}
    with pytest.raises(TypeError, match="takes 1 arguments, not 2"):
        tool.call("a", "b")


def test_llama_indexs_own_counter_counts_a_hatz_agent(sandbox, client, settings, monkeypatch):
    counter = TokenCountingHandler(tokenizer=str.split)
    monkeypatch.setattr(Settings, "_callback_manager", CallbackManager([counter]))
    tool = hatz_agent_tool(client.list_agents()[0], **settings)
    sandbox.reply("Fine.", usage={"input": 5, "output": 2})
    tool.call(request="Hi")
    assert counter.total_llm_token_count == 7
