"""`HatzDecisionModel`: questions answered with the probabilities that a model states, on each endpoint over a real socket."""

import json
import pickle
import subprocess
import sys
from typing import Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import ConfigurableField
from langchain_core.tracers.context import collect_runs

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzInvalidInputError, HatzRefusalError, HatzUnsupportedError

pytest.importorskip("langchain_core.decisions", reason="needs langchain-core 1.8")

from langchain_core.decisions import Box, Choice, Noul, NoulCriteria, Score

from langchain_hatz import HatzDecisionModel

ENDPOINTS = ["responses", "messages", "chat"]
on_each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS)
with_tools = pytest.mark.parametrize("endpoint", ENDPOINTS[:2])
sync_or_async = pytest.mark.parametrize("how", ["invoke", "ainvoke"])

QUESTIONS: dict[str, Any] = {
    "refund": Noul(instructions="Is a refund wanted?", criteria=NoulCriteria(true="They say so.")),
    "team": Choice(instructions="Who answers?", criteria={"billing": "Payments.", "shipping": None}),
    "anger": Score(instructions="How angry?", criteria=["calm", "annoyed", "furious"]),
}
VALUES: dict[str, Any] = {
    "refund": 0.9,
    "team": {"billing": 0.75, "shipping": 0.25},
    "anger": {"level_0": 0.1, "level_1": 0.4, "level_2": 0.5},
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
IMAGE = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}


def decider(sandbox: Sandbox, endpoint: str = "responses", **settings: Any) -> HatzDecisionModel:
    given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0, "endpoint": endpoint}
    return HatzDecisionModel("gpt-5.2", **{**given, **settings})


def state_values(sandbox: Sandbox, endpoint: str, values: Any, finish: str | None = None) -> None:
    """The model's next answer: a call where it must make one, else JSON."""
    if endpoint == "chat":
        sandbox.reply(json.dumps(values))
    else:
        sandbox.tool_calls([("answers", json.dumps(values))], finish=finish)


async def ask(model: HatzDecisionModel, how: str = "invoke", state: Any = "Money!", **questions: Any) -> Any:
    request: Any = {"state": state, "questions": questions or QUESTIONS}
    return model.invoke(request) if how == "invoke" else await model.ainvoke(request)


def sent(sandbox: Sandbox) -> str:
    return json.dumps(sandbox.last_request.body, ensure_ascii=False)


@on_each_endpoint
@sync_or_async
async def test_several_questions_are_answered_in_one_request(sandbox: Sandbox, endpoint: str, how: str) -> None:
    state_values(sandbox, endpoint, VALUES)
    response = await ask(decider(sandbox, endpoint), how)
    assert len(sandbox.requests) == 1
    assert response.nouls["refund"].noul == 0.9
    team, anger = response.choices["team"], response.scores["anger"]
    assert (team.choice, team.probabilities, team.confidence) == ("billing", VALUES["team"], 0.75)
    assert (anger.score, anger.confidence) == (pytest.approx(1.4), 0.5)
    assert anger.legend == {0: "calm", 1: "annoyed", 2: "furious"}
    assert anger.probabilities == {0: 0.1, 1: 0.4, 2: 0.5}
    assert [*response.answers] == [*QUESTIONS]
    assert response.model == "gpt-5.2"
    assert response.usage["output_tokens"] > 0
    assert response.request_id
    for words in ("Money!", "Is a refund wanted?", "They say so.", "billing: Payments.", "level_2: furious"):
        assert words in sent(sandbox)


@with_tools
def test_usage_that_nobody_knows_is_none(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply(json.dumps(VALUES), usage={"input": 0, "output": 0})
    model = decider(sandbox, endpoint, structured_output_strategy="prompt")
    assert model.invoke({"state": "Money!", "questions": QUESTIONS}).usage is None


@with_tools
@pytest.mark.parametrize("strategy", ["native", "tool", "prompt"])
async def test_however_the_object_is_requested(sandbox: Sandbox, endpoint: str, strategy: str) -> None:
    if strategy == "tool":
        state_values(sandbox, endpoint, VALUES)
    else:
        sandbox.reply(json.dumps(VALUES))
    response = await ask(decider(sandbox, endpoint, structured_output_strategy=strategy))
    assert response.nouls["refund"].noul == 0.9


# What is no answer


@on_each_endpoint
@sync_or_async
@pytest.mark.parametrize("total", [0.92, 1.0, 1.09])
async def test_rounded_probabilities_are_divided_by_their_sum(
    sandbox: Sandbox, endpoint: str, how: str, total: float
) -> None:
    state_values(sandbox, endpoint, {"team": {"billing": total - 0.2, "shipping": 0.2}})
    answer = (await ask(decider(sandbox, endpoint), how, team=QUESTIONS["team"])).choices["team"]
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.probabilities["shipping"] == pytest.approx(0.2 / total)


NO_ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "sum too low": ({"team": {"billing": 0.5, "shipping": 0.1}}, "add up to 0.6"),
    "sum too high": ({"team": {"billing": 0.9, "shipping": 0.9}}, "add up to 1.8"),
    "all zero": ({"team": {"billing": 0, "shipping": 0}}, "add up to 0"),
    "all zero levels": ({"anger": {"level_0": 0, "level_1": 0, "level_2": 0}}, "add up to 0"),
    "above 1": ({"refund": 1.01}, "for refund, but 1.01"),
    "percent": ({"refund": 90}, "for refund, but 90"),
    "negative": ({"team": {"billing": 1.2, "shipping": -0.2}}, "for billing in team, but 1.2"),
    "boolean": ({"refund": True}, "for refund, but True"),
    "text": ({"refund": "0.9"}, "for refund, but '0.9'"),
    "null": ({"refund": None}, "for refund, but None"),
    "an option is missing": ({"team": {"billing": 1.0}}, "for shipping in team, but None"),
    "a label for probabilities": ({"team": "billing"}, "for billing in team, but None"),
    "a question is missing": ({"team": None}, "for billing in team, but None"),
}


@with_tools
@sync_or_async
@pytest.mark.parametrize("case", NO_ANSWERS)
async def test_what_is_no_probability_is_an_error(sandbox: Sandbox, endpoint: str, how: str, case: str) -> None:
    wrong, words = NO_ANSWERS[case]
    state_values(sandbox, endpoint, {**VALUES, **wrong})
    with pytest.raises(OutputParserException, match=words) as caught:
        await ask(decider(sandbox, endpoint), how)
    assert caught.value.llm_output
    assert "The answer was: " in str(caught.value)


@with_tools
@sync_or_async
async def test_a_truncated_answer_is_an_error(sandbox: Sandbox, endpoint: str, how: str) -> None:
    state_values(sandbox, endpoint, VALUES, finish="length")
    with pytest.raises(OutputParserException, match="cut off"):
        await ask(decider(sandbox, endpoint), how)


@with_tools
@sync_or_async
async def test_a_refusal_is_an_error(sandbox: Sandbox, endpoint: str, how: str) -> None:
    sandbox.reply(refusal="I will not.")
    with pytest.raises(HatzRefusalError, match="I will not"):
        await ask(decider(sandbox, endpoint), how)


@with_tools
async def test_words_are_no_answer(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply("It is probably about money.")
    with pytest.raises(OutputParserException, match="it answered in words"):
        await ask(decider(sandbox, endpoint))


# States and questions


@with_tools
async def test_media_of_the_state_and_of_a_question_are_sent(sandbox: Sandbox, endpoint: str) -> None:
    url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    state = {"letter": [IMAGE, "two"], "chat": [HumanMessage([{"type": "text", "text": "Look:"}, url])]}
    like = Noul(instructions=["Does it look like this?", IMAGE])
    state_values(sandbox, endpoint, {"like": 0.5})
    await ask(decider(sandbox, endpoint), state=state, like=like)
    body = sandbox.last_request.body
    content = body["input" if endpoint == "responses" else "messages"][0]["content"]
    assert [block["type"] for block in content if "image" in block["type"]] == [content[2]["type"]] * 3
    assert '"letter":["[attachment 2]","two"]' in content[0]["text"]
    assert "[attachment 3]" in content[0]["text"]
    assert [block["text"] for block in content[1::2]] == [f"[attachment {number}]:" for number in (1, 2, 3)]
    assert '"[attachment 1]"' in json.dumps(body["tools"]).replace("\\", "")
    assert sent(sandbox).count(PIXEL) == 3


@with_tools
async def test_media_that_no_endpoint_takes_are_refused_by_name(sandbox: Sandbox, endpoint: str) -> None:
    sound = {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"}
    with pytest.raises(HatzUnsupportedError, match="audio"):
        await ask(decider(sandbox, endpoint), state={"call": sound})
    assert sandbox.requests == []


@on_each_endpoint
async def test_messages_are_states_too(sandbox: Sandbox, endpoint: str) -> None:
    call = {"name": "pay", "args": {"euros": 5}, "id": "call_1"}
    messages = [
        HumanMessage("Pay it."),
        AIMessage("I do.", tool_calls=[call]),
        ToolMessage("Too poor.", tool_call_id="call_1", name="pay", status="error"),
    ]
    state_values(sandbox, endpoint, VALUES)
    await ask(decider(sandbox, endpoint), state=messages)
    body = sandbox.last_request.body
    turn = body["input" if endpoint == "responses" else "messages"][-1]
    user, assistant, tool = json.loads(
        turn["content"] if isinstance(turn["content"], str) else turn["content"][0]["text"]
    )
    assert user == {"role": "user", "content": "Pay it."}
    assert assistant["role"] == "assistant"
    assert assistant["content"] == [{"type": "text", "text": "I do."}, {"type": "tool_call", **call}]
    assert tool == {
        "role": "tool",
        "name": "pay",
        "tool_call_id": "call_1",
        "status": "error",
        "content": "Too poor.",
    }


@with_tools
async def test_any_names_can_be_given(sandbox: Sandbox, endpoint: str) -> None:
    choice = Choice(instructions="Where?", criteria={"Bergen (NO)": None, "other": "Elsewhere.", "": None})
    state_values(sandbox, endpoint, {"question_1": {"option_1": 0.6, "option_2": 0.3, "option_3": 0.1}})
    response = await ask(decider(sandbox, endpoint), **{"Which port?": choice})
    answer = response.choices["Which port?"]
    assert (answer.choice, answer.probabilities) == ("Bergen (NO)", {"Bergen (NO)": 0.6, "other": 0.3, "": 0.1})
    assert "Bergen (NO)" in sent(sandbox)


@with_tools
@pytest.mark.parametrize("name", ["root", "answers", "type", "properties", "option_2"])
async def test_names_of_schemas_are_names_too(sandbox: Sandbox, endpoint: str, name: str) -> None:
    state_values(sandbox, endpoint, {name: {name: 0.8, "b": 0.2}})
    choice = Choice(instructions="Which?", criteria={name: None, "b": None})
    assert (await ask(decider(sandbox, endpoint), **{name: choice})).choices[name].confidence == 0.8


async def test_of_equally_probable_options_the_first_is_chosen(sandbox: Sandbox) -> None:
    state_values(sandbox, "responses", {"team": {"billing": 0.5, "shipping": 0.5}})
    assert (await ask(decider(sandbox), team=QUESTIONS["team"])).choices["team"].choice == "billing"


async def test_questions_may_be_plain_dicts(sandbox: Sandbox) -> None:
    state_values(sandbox, "responses", {"late": 0.4})
    response = await ask(decider(sandbox), late={"type": "noul", "instructions": "Is it late?"})
    assert response.nouls["late"].noul == 0.4


@pytest.mark.parametrize("state", ["", " ", [], {}, HumanMessage("")])
@with_tools
async def test_an_empty_state_is_a_state(sandbox: Sandbox, endpoint: str, state: Any) -> None:
    state_values(sandbox, endpoint, VALUES)
    assert (await ask(decider(sandbox, endpoint), state=state)).nouls["refund"].noul == 0.9


@sync_or_async
async def test_what_cannot_be_asked_is_an_error_before_a_request(sandbox: Sandbox, how: str) -> None:
    model = decider(sandbox)
    with pytest.raises(HatzUnsupportedError, match="'where' is a Box"):
        await ask(model, how, where=Box(instructions="The cat."))
    with pytest.raises(HatzInvalidInputError, match="at least one"):
        model.invoke({"state": "Hi", "questions": {}})
    with pytest.raises(HatzInvalidInputError, match="is of type object"):
        await ask(model, how, state={"a": object()})
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(HatzInvalidInputError, match="contains itself"):
        await ask(model, how, state=endless)
    assert sandbox.requests == []


# As a Runnable


@with_tools
def test_made_of_a_model_or_of_its_settings(sandbox: Sandbox, endpoint: str) -> None:
    llm = ChatHatz("gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key, endpoint=endpoint, temperature=0.3)
    other = "anthropic.claude-haiku-4-5"
    models = [HatzDecisionModel(llm=llm), HatzDecisionModel(other, llm=llm)]
    models.append(models[0].model_copy(update={"model": other}))
    models.append(pickle.loads(pickle.dumps(decider(sandbox, endpoint, temperature=0.3))))
    chosen = models[0].configurable_fields(model=ConfigurableField(id="model"))
    for model, name in zip(
        [*models, chosen, chosen], ["gpt-5.2", other, other, "gpt-5.2", "gpt-5.2", other], strict=True
    ):
        state_values(sandbox, endpoint, VALUES)
        config: Any = {"configurable": {"model": name}} if model is chosen else None
        model.invoke({"state": "Money!", "questions": QUESTIONS}, config)
        assert (sandbox.last_request.model, sandbox.last_request.body["temperature"]) == (name, 0.3)
        assert sandbox.last_request.path.endswith(endpoint)
    assert sandbox.api_key not in repr(models)
    with pytest.raises(TypeError, match="got llm and temperature"):
        HatzDecisionModel(llm=llm, temperature=0)


@with_tools
@sync_or_async
async def test_a_decision_is_one_run_in_a_trace(sandbox: Sandbox, endpoint: str, how: str) -> None:
    state_values(sandbox, endpoint, VALUES)
    with collect_runs() as traced:
        await ask(decider(sandbox, endpoint), how)
    (run,) = traced.traced_runs
    assert (run.run_type, run.child_runs) == ("llm", [])
    assert (run.metadata["ls_provider"], run.metadata["ls_model_name"]) == ("hatz", "gpt-5.2")


@pytest.mark.filterwarnings("ignore:.*in beta.*")
@with_tools
@sync_or_async
async def test_a_decision_in_an_agent_is_not_streamed_as_its_message(sandbox: Sandbox, endpoint: str, how: str) -> None:
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelChoice, ModelRouterMiddleware

    model = decider(sandbox, endpoint)
    choices = {"only": ModelChoice(model.llm, "Everything.")}
    agent: Any = create_agent(
        model.llm, middleware=[ModelRouterMiddleware(choices=choices, instructions="Which?", classifier=model)]
    )
    state_values(sandbox, endpoint, {"model_route": {"only": 1}})
    sandbox.reply("Good morning.")
    asked: Any = {"messages": [("user", "Hi")]}
    if how == "invoke":
        seen = list(agent.stream(asked, stream_mode="messages"))
    else:
        seen = [one async for one in agent.astream(asked, stream_mode="messages")]
    assert "".join(message.text for message, _ in seen) == "Good morning."


async def test_async_calls_use_the_async_client(sandbox: Sandbox) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise AssertionError("the sync client was used")

    state_values(sandbox, "responses", VALUES)
    sync_client = httpx.Client(transport=httpx.MockTransport(refuse))
    assert (await ask(decider(sandbox, http_client=sync_client), "ainvoke")).nouls["refund"].noul == 0.9


@with_tools
@sync_or_async
async def test_the_cache_and_the_rate_limiter_of_the_model_are_used(sandbox: Sandbox, endpoint: str, how: str) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=1000, check_every_n_seconds=0.001)
    model = decider(sandbox, endpoint, cache=InMemoryCache(), rate_limiter=limiter)
    state_values(sandbox, endpoint, VALUES)
    first, second = await ask(model, how), await ask(model, how)
    assert first.answers == second.answers
    assert len(sandbox.requests) == 1
    assert limiter.last is not None


# Middleware of LangChain


@pytest.mark.filterwarnings("ignore:.*in beta.*")
@with_tools
@sync_or_async
@pytest.mark.parametrize("route", ["fast", "strong"])
async def test_a_model_is_chosen_for_each_request(sandbox: Sandbox, endpoint: str, how: str, route: str) -> None:
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelChoice, ModelRouterMiddleware

    llm = decider(sandbox, endpoint).llm
    models = {"fast": "anthropic.claude-haiku-4-5", "strong": "anthropic.claude-sonnet-4-5"}
    router = ModelRouterMiddleware(
        choices={
            name: ModelChoice(llm.model_copy(update={"model": model, "endpoint": "auto"}), f"{name} ones")
            for name, model in models.items()
        },
        instructions="Which one?",
        classifier=HatzDecisionModel(llm=llm),
    )
    agent: Any = create_agent(llm, middleware=[router])
    shares = {name: 0.9 if name == route else 0.1 for name in models}
    state_values(sandbox, endpoint, {"model_route": shares})
    sandbox.reply("Done.")
    asked: Any = {"messages": [("user", "Do it.")]}
    state = agent.invoke(asked) if how == "invoke" else await agent.ainvoke(asked)
    assert state["messages"][-1].text == "Done."
    assert state["model_route"].choice == route
    assert [request.model for request in sandbox.requests] == ["gpt-5.2", models[route]]


@with_tools
@sync_or_async
@pytest.mark.parametrize(("risk", "runs"), [(0.2, 1), (0.5, 0), (0.9, 0), (None, 0)])
async def test_a_risky_call_is_not_run(
    sandbox: Sandbox, endpoint: str, how: str, risk: float | None, runs: int
) -> None:
    from langchain.agents import create_agent
    from langchain.agents.middleware import AutoModeMiddleware
    from langchain_core.tools import tool

    deleted: list[str] = []

    @tool
    def delete(path: str) -> str:
        """Delete a file."""
        deleted.append(path)
        return "Deleted."

    llm = decider(sandbox, endpoint).llm
    guard = AutoModeMiddleware(tools=[delete], classifier=HatzDecisionModel(llm=llm))
    agent: Any = create_agent(llm, [delete], middleware=[guard])
    sandbox.tool_call("delete", {"path": "/srv"})
    state_values(sandbox, endpoint, {"is_risky": risk})
    sandbox.reply("Done.")
    asked: Any = {"messages": [("user", "Tidy up.")]}
    if risk is None:
        with pytest.raises(OutputParserException, match="for is_risky, but None"):
            await (agent.ainvoke(asked) if how == "ainvoke" else _invoke(agent, asked))
    else:
        state = await (agent.ainvoke(asked) if how == "ainvoke" else _invoke(agent, asked))
        assert state["messages"][-2].status == ("success" if runs else "error")
    assert len(deleted) == runs
    classified = json.dumps(sandbox.requests[1].body)
    assert "Tidy up." in classified
    assert "/srv" in classified


async def _invoke(agent: Any, asked: Any) -> Any:
    return agent.invoke(asked)


def test_an_older_langchain_is_told_what_it_lacks() -> None:
    code = (
        "import sys; sys.modules['langchain_core.decisions'] = sys.modules['langchain'] = None; from langchain_hatz import *; "
        "import langchain_hatz as l; ChatHatz('m'); l.HatzDecisionModel"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "HatzDecisionModel needs langchain-core 1.8 or later" in done.stderr


@on_each_endpoint
async def test_a_tools_file_or_link_that_no_endpoint_takes_is_a_text(sandbox: Sandbox, endpoint: str) -> None:
    files = [
        {"type": "file", "url": "file:///srv/plan.pdf", "mime_type": "application/pdf"},
        {"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"},
    ]
    state_values(sandbox, endpoint, {"refund": 0.5})
    answer = await ask(
        decider(sandbox, endpoint), state=[ToolMessage(files, tool_call_id="1")], refund=QUESTIONS["refund"]
    )
    assert answer.nouls["refund"].noul == 0.5
    said = json.dumps(sandbox.last_request.body)
    assert "a document of type application/pdf at file:///srv/plan.pdf. It cannot be shown" in said
    assert "an audio recording of type audio/wav. It cannot be shown" in said
