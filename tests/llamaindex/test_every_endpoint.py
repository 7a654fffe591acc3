"""What docs/llama-index.md says of each endpoint, shown on each endpoint over a real socket."""

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import BaseContentBlock, ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context

from hatz_client import HatzInvalidInputError
from llama_index_hatz import HatzLLM
from tests.harness.versions import needs

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ABOUT = {"name": "get_weather", "description": "Get the weather."}


def get_weather(city: str) -> str:
    """Get the weather."""
    return f"Sunny in {city}."


TOOLS = {
    "FunctionTool": FunctionTool.from_defaults(get_weather),
    "OpenAI, nested": {"type": "function", "function": {**ABOUT, "parameters": PARAMETERS}},
    "OpenAI, flat": {"type": "function", **ABOUT, "parameters": PARAMETERS},
    "Anthropic": {**ABOUT, "input_schema": PARAMETERS},
    "MCP": {**ABOUT, "inputSchema": PARAMETERS},
}


@pytest.mark.parametrize("form", TOOLS)
def test_each_form_of_a_tool_is_called(llm, sandbox, asked, form):
    sandbox.tool_call("get_weather", {"city": "Paris"})
    response = llm.chat_with_tools([TOOLS[form]], user_msg="The weather in Paris?")
    (call,) = llm.get_tool_calls_from_response(response)
    assert (call.tool_name, call.tool_kwargs) == ("get_weather", {"city": "Paris"})
    assert asked.tools == ["get_weather"]


def test_an_unknown_block_is_an_error_that_names_it(llm, sandbox):
    class HologramBlock(BaseContentBlock):
        pass

    message = ChatMessage("Look.")
    message.blocks.append(HologramBlock())
    with pytest.raises(HatzInvalidInputError, match="HologramBlock"):
        llm.chat([message])
    assert not sandbox.requests


@pytest.mark.parametrize("window", [None, 5000])
def test_metadata_without_a_request(make, sandbox, window):
    llm = make("gpt-5.2", context_window=window)
    assert llm.metadata.context_window == (window or 272_000)
    assert llm.metadata.is_function_calling_model
    assert not sandbox.requests


def test_the_namespace_package(sandbox, endpoint):
    from llama_index.llms.hatz import HatzLLM as Same

    assert Same is HatzLLM
    llm = Same("gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key, endpoint=endpoint)
    assert llm.complete("Hi").raw["endpoint"] == endpoint


@needs("llama-index-core", "0.14.17")  # the lowest, 0.14.16, keeps it
@pytest.mark.filterwarnings("ignore:Skipping serialization of known unserializable key")
async def test_a_context_alone_does_not_keep_the_conversation(llm, sandbox, asked):
    """A limit of LlamaIndex that docs/llama-index.md states; when this fails, take it out there."""
    agent = FunctionAgent(tools=[get_weather], llm=llm)
    context = Context(agent)
    for question in ("My name is Ada.", "What is my name?"):
        sandbox.reply("Well.")
        handler = agent.run(question, ctx=context)
        async for _ in handler.stream_events():
            pass
        assert str(await handler) == "Well."
    assert "Ada" not in asked.text
