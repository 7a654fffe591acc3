"""What LangChain puts around a model (fallbacks, bindings, copies, tracing) leaves nothing of it behind."""

import inspect
import typing
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from pydantic import BaseModel, SecretStr

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

SECRET = "the-secret-key-1234567890"


class Place(BaseModel):
    """A place."""

    city: str


@tool
def look(at: str) -> str:
    """Look at something."""
    return at


def model(sandbox: Sandbox, name: str = "gpt-5.2", **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0, **fields})


def names_of_tools(sandbox: Sandbox) -> list[str]:
    return [tool["name"] for tool in sandbox.last_request.body["tools"]]


# Fallbacks read the annotations of what they hand on.


@pytest.mark.parametrize("failing", [False, True])
def test_a_model_with_fallbacks_is_bound_to_tools(sandbox: Sandbox, failing: bool) -> None:
    chat = model(sandbox).with_fallbacks([model(sandbox, "anthropic.claude-haiku-4-5")]).bind_tools([look])
    if failing:
        sandbox.fail(503)
    sandbox.tool_call("look", {"at": "it"})
    assert chat.invoke("Look!").tool_calls[0]["args"] == {"at": "it"}
    assert sandbox.last_request.body["model"] == ("anthropic.claude-haiku-4-5" if failing else "gpt-5.2")
    assert names_of_tools(sandbox) == ["look"]


def test_a_model_with_fallbacks_still_has_its_own_methods(sandbox: Sandbox) -> None:
    chat = model(sandbox).with_fallbacks([model(sandbox)])
    assert "gpt-5.2" in {listed.id for listed in chat.list_models()}
    assert chat.list_agents()
    assert chat.get_num_tokens_from_messages([AIMessage("Hi")])


def test_annotations_can_be_evaluated() -> None:
    for name in dir(ChatHatz):
        attribute = inspect.getattr_static(ChatHatz, name)
        method = getattr(attribute, "_ask", attribute)
        if not name.startswith("_") and inspect.isfunction(method) and method.__module__.startswith("langchain_hatz"):
            assert "return" in typing.get_type_hints(method), name


# Bindings


def test_binding_again_keeps_what_was_bound(sandbox: Sandbox) -> None:
    chat = model(sandbox, temperature=0).bind(temperature=0.5).with_config(tags=["mine"])
    again = chat.bind_tools([look], tool_choice="look").bind_tools([Place])
    again.invoke("Where?")
    assert sandbox.last_request.body["temperature"] == 0.5
    assert names_of_tools(sandbox) == ["Place"]
    assert "tool_choice" not in sandbox.last_request.body
    assert again.config["tags"] == ["mine"]


def test_an_agent_keeps_what_was_bound(sandbox: Sandbox) -> None:
    from langchain.agents import create_agent

    create_agent(model(sandbox).bind(temperature=0.5), [look]).invoke({"messages": [("user", "Hi")]})
    assert sandbox.last_request.body["temperature"] == 0.5
    assert names_of_tools(sandbox) == ["look"]


class Tags(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def on_chat_model_start(self, *args: Any, tags: list[str] | None = None, **kwargs: Any) -> None:
        self.seen.append([tag for tag in tags or () if tag == "nostream"])


@pytest.mark.parametrize("first", ["with_config", "bind"])
def test_configuration_stays_with_tools_and_structured_output(sandbox: Sandbox, first: str) -> None:
    tags = Tags()
    chat: Any = model(sandbox) if first == "with_config" else model(sandbox).bind(temperature=0.5)
    chat = chat.with_config(tags=["nostream"], callbacks=[tags])
    chat.bind_tools([look]).invoke("Hi")
    assert chat.with_structured_output(Place).invoke("The city is Rome.").city == "Rome"
    assert chat.with_structured_output(Place, include_raw=True).invoke("The city is Rome.")["raw"]
    assert tags.seen == [["nostream"]] * 3


@pytest.mark.parametrize("bound", [False, True])
def test_listeners_stay_with_tools_and_structured_output(sandbox: Sandbox, bound: bool) -> None:
    heard: list[str] = []
    chat: Any = model(sandbox).bind(temperature=0.5) if bound else model(sandbox)
    chat = chat.with_listeners(on_end=lambda run: heard.append(run.run_type))
    chat.bind_tools([look]).invoke("Hi")
    assert chat.with_structured_output(Place).invoke("The city is Rome.").city == "Rome"
    chat.bind_tools([look]).with_structured_output(Place).invoke("The city is Rome.")
    assert heard == ["chat_model", "chain", "chain"]


@pytest.mark.parametrize("bound", [False, True])
async def test_asynchronous_listeners_stay_with_tools(sandbox: Sandbox, bound: bool) -> None:
    heard: list[str] = []

    async def hear(run: Any) -> None:
        heard.append(run.run_type)

    chat: Any = model(sandbox).bind(temperature=0.5) if bound else model(sandbox)
    await chat.with_alisteners(on_end=hear).bind_tools([look]).ainvoke("Hi")
    assert heard == ["chat_model"]


# Copies


def test_a_copy_takes_every_name_that_the_constructor_does(sandbox: Sandbox) -> None:
    chat = ChatHatz("gpt-5.2", base_url=sandbox.base_url, api_key="none")
    copied = chat.model_copy(update={"api_key": sandbox.api_key, "max_output_tokens": 7, "stop_sequences": "x"})
    assert (copied.max_tokens, copied.stop) == (7, ["x"])
    assert copied.invoke("Hi").text
    with pytest.raises(TypeError, match="did you mean 'temperature'"):
        chat.model_copy(update={"temprature": 1})


@pytest.mark.parametrize("name", ["api_key", "hatz_api_key", "proxy"])
def test_a_copys_secrets_are_secret(name: str) -> None:
    copied = ChatHatz("gpt-5.2", api_key="none").model_copy(update={name: SECRET})
    assert SECRET not in repr(copied)
    kept = copied.proxy if name == "proxy" else copied.hatz_api_key
    assert kept == SecretStr(SECRET)


def test_a_copys_profile_is_refreshed_as_its_models(sandbox: Sandbox) -> None:
    chat = model(sandbox, "anthropic.claude-haiku-4-5")
    chat.refresh_profile()
    assert chat.model_copy(update={"temperature": 0.5}).profile == chat.profile
    assert chat.model_copy().profile == chat.profile
    assert chat.model_copy(update={"model": "gpt-4o"}).profile == ChatHatz("gpt-4o").profile
    assert chat.model_copy(update={"endpoint": "chat"}).profile["tool_calling"] is False


def test_a_model_is_one_or_the_other() -> None:
    assert ChatHatz("agent-123", agent_id="123").model == "agent-123"
    with pytest.raises(TypeError, match="agent_id"):
        ChatHatz("gpt-5.2", agent_id="123")


# Tracing


def test_traces_know_arguments_under_all_their_names() -> None:
    chat = ChatHatz("gpt-5.2", stop=["END"], model_kwargs={"max_output_tokens": 7})
    params = chat._get_ls_params(model_name="gpt-4o")
    assert (params["ls_model_name"], params["ls_max_tokens"], params["ls_stop"]) == ("gpt-4o", 7, ["END"])
    assert chat._get_invocation_params()["stop"] == ["END"]
    assert chat._get_invocation_params(stop=["X"])["stop"] == ["X"]
