"""What LlamaIndex asks of an LLM, against the gateway: contract, streams, tools, structured output, an agent."""

import asyncio

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from llama_index_hatz import HatzLLM

from .conftest import MODELS

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:.*(memory|serialize|Skipping|dict|__fields__).*"),
]


class Person(BaseModel):
    """A person."""

    name: str
    born: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.fixture(params=["responses", "messages", "chat"])
def llm(request):
    return HatzLLM(MODELS.get(request.param, "none"), endpoint=request.param)


@pytest.fixture(params=["responses", "messages"])
def tool_llm(request):
    return HatzLLM(MODELS.get(request.param, "none"), endpoint=request.param)


def test_complete_and_chat(llm):
    assert llm.complete("Reply with the one word OK.").text.strip()
    assert llm.chat([ChatMessage("Reply with the one word OK.")]).message.content


def test_streams_add_up(llm):
    *_, last = pieces = list(llm.stream_chat([ChatMessage("Count from one to five in words.")]))
    assert "".join(piece.delta or "" for piece in pieces) == last.message.content
    assert last.message.content


async def test_async_is_the_same(llm):
    assert (await llm.acomplete("Reply with the one word OK.")).text.strip()
    stream = await llm.astream_chat([ChatMessage("Reply with the one word OK.")])
    assert [piece async for piece in stream][-1].message.content


def test_a_tool_is_called(tool_llm):
    tool = FunctionTool.from_defaults(add)
    answer = tool_llm.chat_with_tools([tool], "Add 2 and 3 with the tool.", tool_required=True)
    (call,) = tool_llm.get_tool_calls_from_response(answer)
    assert (call.tool_name, call.tool_kwargs) == ("add", {"a": 2, "b": 3})


def test_structured_output(tool_llm):
    person = tool_llm.structured_predict(Person, PromptTemplate("Ada Lovelace was born in 1815."))
    assert (person.name, person.born) == ("Ada Lovelace", 1815)


def test_an_agent(tool_llm):
    async def run():
        return await FunctionAgent(llm=tool_llm, tools=[add]).run("What is 2 + 3? Use the tool.")

    assert "5" in str(asyncio.run(run()))
