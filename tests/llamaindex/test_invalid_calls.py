"""A call whose arguments were cut off, or are no JSON object, is run by nobody, and the model is told."""

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from tests.harness.versions import needs

RAN = []
CUT = [('{"recursive": false, "folder": "/srv/scra', "stop"), ({"folder": "/"}, "length"), ("[1", "stop")]


def delete_files(folder: str = "/", recursive: bool = True, **more: str) -> str:
    """Delete files."""
    RAN.append((folder, recursive, more))
    return "deleted"


def skip_lost(endpoint, arguments):
    if endpoint == "messages" and isinstance(arguments, str):
        pytest.skip("a whole Messages body always holds an object")


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()
    yield
    assert RAN == []


@pytest.mark.parametrize(("arguments", "finish"), CUT)
@pytest.mark.parametrize("streaming", [True, False])
async def test_an_agent_tells_the_model(llm, endpoint, sandbox, arguments, finish, streaming):
    if not streaming:
        skip_lost(endpoint, arguments)
    sandbox.tool_calls([("delete_files", arguments)], finish=finish)
    sandbox.reply("I see.")
    agent = FunctionAgent(llm=llm, tools=[delete_files], streaming=streaming)
    assert str(await agent.run("clean up")) == "I see."
    assert "not run: its arguments were cut off" in sandbox.last_request.raw.decode()


@pytest.mark.parametrize(("arguments", "finish"), CUT)
async def test_predict_and_call_says_so(llm, endpoint, sandbox, arguments, finish):
    skip_lost(endpoint, arguments)
    tool = FunctionTool.from_defaults(delete_files)
    for _ in range(3):
        sandbox.tool_calls([("delete_files", arguments)], finish=finish)
    assert "not run" in llm.predict_and_call([tool], user_msg="clean up").response
    assert "not run" in (await llm.apredict_and_call(tools=[tool], user_msg="clean up")).response
    assert [tool["name"] for tool in sandbox.last_request.body["tools"]] == ["delete_files"]
    with pytest.raises(ValueError, match="not run"):
        llm.predict_and_call([tool], user_msg="clean up", error_on_tool_error=True)


class Folder(BaseModel):
    """A folder."""

    folder: str


@needs("llama-index-core", "0.14.19")  # earlier ones do not look whether a tool failed, and return None
@pytest.mark.parametrize(("arguments", "finish"), CUT)
async def test_a_program_reports_it(llm, endpoint, sandbox, arguments, finish):
    skip_lost(endpoint, arguments)
    program = FunctionCallingProgram.from_defaults(Folder, prompt_template_str="where?", llm=llm)
    for _ in range(2):
        sandbox.tool_calls([("Folder", arguments)], finish=finish)
    with pytest.raises(ValueError, match=r"Error: Folder \(not run: its arguments were cut off"):
        program()
    with pytest.raises(ValueError, match=r"Error: Folder \(not run: its arguments were cut off"):
        await program.acall()
