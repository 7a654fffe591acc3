"""Models whose fields are chosen for each call: the choice holds with tools and with a schema."""

from typing import Any

import pytest
from langchain_core.runnables import ConfigurableField
from langchain_core.tools import tool
from pydantic import BaseModel

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzInvalidInputError

CHOSEN: Any = {"configurable": {"t": 0.3, "m": "anthropic.claude-sonnet-4-5", "which": "other"}}
ENDPOINTS = pytest.mark.parametrize("endpoint", ["messages", "responses"])


class Out(BaseModel):
    """An object."""

    x: int


@tool
def look(what: str) -> str:
    """Look."""
    return what


def chosen_later(sandbox: Sandbox, endpoint: str, how: str = "fields") -> Any:
    given: dict[str, Any] = {
        "base_url": sandbox.base_url,
        "api_key": sandbox.api_key,
        "endpoint": endpoint,
        "max_retries": 0,
    }
    model = ChatHatz("anthropic.claude-haiku-4-5", **given)
    if how == "fields":
        return model.configurable_fields(temperature=ConfigurableField(id="t"), model=ConfigurableField(id="m"))
    other = ChatHatz("anthropic.claude-sonnet-4-5", temperature=0.3, **given)
    return model.configurable_alternatives(ConfigurableField(id="which"), other=other)


def sent(sandbox: Sandbox) -> tuple[Any, Any]:
    body = sandbox.last_request.body
    return body["model"], body.get("temperature")


@ENDPOINTS
@pytest.mark.parametrize("how", ["fields", "alternatives"])
async def test_tools_and_a_schema_are_bound_to_the_model_that_is_chosen(
    sandbox: Sandbox, endpoint: str, how: str
) -> None:
    model = chosen_later(sandbox, endpoint, how)
    for _ in range(3):
        sandbox.tool_call("look", {"what": "x"})
    bound = model.bind_tools([look])
    assert bound.invoke("hi", CHOSEN).tool_calls
    assert sent(sandbox) == ("anthropic.claude-sonnet-4-5", 0.3)
    assert (await bound.ainvoke("hi", CHOSEN)).tool_calls
    assert bound.invoke("hi").tool_calls
    assert sent(sandbox) == ("anthropic.claude-haiku-4-5", None)
    for _ in range(2):
        sandbox.tool_call("Out", {"x": 1})
    structured = model.with_structured_output(Out)
    assert structured.invoke("hi", CHOSEN) == Out(x=1)
    assert sent(sandbox) == ("anthropic.claude-sonnet-4-5", 0.3)
    assert list(structured.with_config(CHOSEN).stream("hi"))[-1] == Out(x=1)
    assert sent(sandbox) == ("anthropic.claude-sonnet-4-5", 0.3)


@ENDPOINTS
@pytest.mark.parametrize("how", ["fields", "alternatives"])
@pytest.mark.parametrize("method", ["function_calling", "json_schema", "json_mode"])
def test_structured_output_takes_every_argument(sandbox: Sandbox, endpoint: str, how: str, method: str) -> None:
    sandbox.tool_call("Out", {"x": 1})
    structured = chosen_later(sandbox, endpoint, how).with_structured_output(Out, method=method, include_raw=True)
    assert structured.invoke("hi", CHOSEN)["parsed"] == Out(x=1)
    assert sent(sandbox) == ("anthropic.claude-sonnet-4-5", 0.3)


def test_what_is_wrong_is_said_when_it_is_bound(sandbox: Sandbox) -> None:
    with pytest.raises(HatzInvalidInputError, match="nope"):
        chosen_later(sandbox, "messages").bind_tools([look], tool_choice="nope")
