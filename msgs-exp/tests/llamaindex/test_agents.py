"""LlamaIndex's agents on HatzLLM, over a real socket."""

import asyncio
import json

import pytest
from llama_index.core.agent.workflow import (
    AgentOutput,
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context, JsonSerializer
from pydantic import BaseModel

# LlamaIndex's own (0.14): a run's memory does not survive in its context.
pytestmark = pytest.mark.filterwarnings("ignore:.*(memory|serialize|Skipping).*")


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def ping() -> str:
    """Answer."""
    return "pong"


class Sum(BaseModel):
    """A sum."""

    total: int


async def run(agent, words, **options):
    handler = agent.run(words, **options)
    events = [event async for event in handler.stream_events()]
    return await handler, events


def results(events):
    return [
        (one.tool_name, one.tool_kwargs, one.tool_output.raw_output)
        for one in events
        if isinstance(one, ToolCallResult)
    ]


class TestFunctionAgent:
    @pytest.mark.parametrize("streaming", [True, False])
    async def test_a_round_of_tools(self, llm, sandbox, asked, streaming):
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It is 5.")
        agent = FunctionAgent(tools=[add], llm=llm, system_prompt="SYSTEM", streaming=streaming)
        answer, events = await run(agent, "add 2 and 3")
        assert str(answer) == "It is 5."
        assert results(events) == [("add", {"a": 2, "b": 3}, 5)]
        assert "SYSTEM" in json.dumps(asked.bodies[0])
        assert [text for _, text in asked.results] == ["5"]

    async def test_the_stream_shows_words_and_thoughts(self, llm, sandbox):
        sandbox.reply("just talking to you", reasoning="let me think")
        _, events = await run(FunctionAgent(tools=[add], llm=llm), "x")
        shown = [event for event in events if isinstance(event, AgentStream)]
        assert "".join(event.thinking_delta or "" for event in shown) == "let me think"
        so_far = ""
        for event in shown:
            so_far += event.delta
            assert event.response == so_far
        assert so_far == "just talking to you"

    async def test_calls_side_by_side_after_words(self, llm, sandbox, asked):
        sandbox.tool_calls([("add", {"a": 1, "b": 1}), ("add", {"a": 2, "b": 2})], text="Working on it.")
        sandbox.reply("Done.")
        answer, events = await run(FunctionAgent(tools=[add], llm=llm), "both please")
        assert str(answer) == "Done."
        assert sorted(raw for *_, raw in results(events)) == [2, 4]
        assert len(asked.results) == 2

    async def test_a_thought_goes_back_with_its_call(self, llm, sandbox, asked):
        sandbox.tool_calls([("add", {"a": 1, "b": 1})], reasoning="I should add.")
        sandbox.reply("Done.")
        await run(FunctionAgent(tools=[add], llm=llm), "add")
        assert "I should add." in asked.text

    @pytest.mark.parametrize("streaming", [True, False])
    async def test_a_tool_without_arguments(self, llm, sandbox, streaming):
        sandbox.tool_call("ping", {})
        sandbox.reply("It is pong.")
        answer, events = await run(FunctionAgent(tools=[ping], llm=llm, streaming=streaming), "ping")
        assert results(events) == [("ping", {}, "pong")]
        assert str(answer) == "It is pong."

    @pytest.mark.parametrize("memory", [ChatMemoryBuffer, Memory])
    async def test_memory_over_turns(self, llm, sandbox, asked, memory):
        kept = memory.from_defaults(token_limit=20000)
        agent = FunctionAgent(tools=[add], llm=llm)
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It is 5.")
        sandbox.reply("As I said: 5.")
        await run(agent, "add 2 and 3", memory=kept)
        answer, _ = await run(agent, "what was it?", memory=kept)
        assert str(answer) == "As I said: 5."
        assert "It is 5." in asked.text
        assert asked.calls
        if memory is Memory:
            await kept.sql_store._async_engine.dispose()

    async def test_the_first_tool_can_be_chosen(self, llm, sandbox, asked):
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("5")
        await run(FunctionAgent(tools=[add, ping], llm=llm, initial_tool_choice="add"), "add")
        assert "add" in json.dumps(asked.bodies[0]["tool_choice"])
        assert asked.choice in {None, "auto"}

    async def test_a_result_can_be_the_answer(self, llm, sandbox):
        sandbox.tool_call("add", {"a": 2, "b": 3})
        tool = FunctionTool.from_defaults(add, return_direct=True)
        answer, _ = await run(FunctionAgent(tools=[tool], llm=llm), "add")
        assert str(answer) == "5"

    async def test_errors_of_tools_go_to_the_model(self, llm, sandbox, asked):
        def add(a: int, b: int) -> int:
            """Add."""
            raise RuntimeError("kaputt")

        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It failed.")
        answer, _ = await run(FunctionAgent(tools=[add], llm=llm), "add")
        assert str(answer) == "It failed."
        assert "kaputt" in asked.results[0][1]

    async def test_a_tool_that_is_not_there(self, llm, sandbox):
        sandbox.tool_call("nope", {})
        sandbox.reply("Sorry.")
        answer, _ = await run(FunctionAgent(tools=[add], llm=llm), "x")
        assert str(answer) == "Sorry."

    async def test_an_object_at_the_end(self, llm, sandbox):
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It is 5.")
        sandbox.tool_call("Sum", {"total": 5})
        answer, _ = await run(FunctionAgent(tools=[add], llm=llm, output_cls=Sum), "add")
        assert answer.structured_response == {"total": 5}

    async def test_stopping_early_with_an_answer(self, llm, sandbox):
        for _ in range(2):
            sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("Enough.")
        agent = FunctionAgent(tools=[add], llm=llm, early_stopping_method="generate")
        answer, _ = await run(agent, "add forever", max_iterations=2)
        assert str(answer) == "Enough."

    async def test_a_context_that_was_stored(self, llm, sandbox, asked):
        agent = FunctionAgent(tools=[add], llm=llm)
        context, memory = Context(agent), ChatMemoryBuffer.from_defaults(token_limit=20000)
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It is 5.")
        sandbox.reply("Five.")
        await run(agent, "add 2 and 3", ctx=context, memory=memory)
        stored = json.loads(json.dumps(context.to_dict(serializer=JsonSerializer())))
        said = [ChatMessage.model_validate_json(one.model_dump_json()) for one in memory.get_all()]
        again = ChatMemoryBuffer.from_defaults(chat_history=said, token_limit=20000)
        context = Context.from_dict(agent, stored, serializer=JsonSerializer())
        answer, _ = await run(agent, "what was it?", ctx=context, memory=again)
        assert str(answer) == "Five."
        assert asked.results[0][1] == "5"

    async def test_events_are_json(self, llm, sandbox):
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It is 5.")
        _, events = await run(FunctionAgent(tools=[add], llm=llm), "add")
        for event in events:
            if isinstance(event, AgentStream | AgentOutput):
                json.dumps(event.model_dump(mode="json"))

    async def test_many_at_once_on_one_llm(self, llm):
        """The sandbox answers by itself here: it calls the tool, then speaks of its result."""
        agents = [FunctionAgent(tools=[add], llm=llm) for _ in range(8)]
        ran = await asyncio.gather(*(run(agent, f"add {n} and 1") for n, agent in enumerate(agents)))
        assert all(str(answer) for answer, _ in ran)


class TestReActAgent:
    CALL = 'Thought: I need a tool.\nAction: add\nAction Input: {"a": 2, "b": 3}'

    @pytest.mark.parametrize("streaming", [True, False])
    async def test_a_round_of_tools(self, llm, sandbox, asked, streaming):
        sandbox.reply(self.CALL)
        sandbox.reply("Thought: I can answer.\nAnswer: five")
        agent = ReActAgent(tools=[add], llm=llm, system_prompt="SYSTEM", streaming=streaming)
        answer, events = await run(agent, "2+3?")
        assert str(answer) == "five"
        assert results(events) == [("add", {"a": 2, "b": 3}, 5)]
        assert "SYSTEM" in asked.text
        assert "Observation: 5" in asked.text

    @pytest.mark.parametrize("streaming", [True, False])
    @pytest.mark.parametrize("nonsense", ["", "Action: add\nno input"])
    async def test_nonsense_is_asked_again(self, llm, sandbox, streaming, nonsense):
        sandbox.reply(nonsense)
        sandbox.reply("Thought: ok.\nAnswer: fine")
        answer, _ = await run(ReActAgent(tools=[add], llm=llm, streaming=streaming), "2+3?")
        assert str(answer) == "fine"

    @pytest.mark.parametrize("endpoint", ["chat"])
    async def test_works_on_native_chat(self, llm, sandbox):
        sandbox.reply(self.CALL)
        sandbox.reply("Thought: I can answer.\nAnswer: five")
        answer, events = await run(ReActAgent(tools=[add], llm=llm), "2+3?")
        assert str(answer) == "five"
        assert results(events)


class TestAgentWorkflow:
    async def test_one_agent_hands_on_to_another(self, llm, sandbox, asked):
        asks = FunctionAgent(
            name="front", description="takes questions", tools=[ping], llm=llm, can_handoff_to=["math"]
        )
        adds = FunctionAgent(name="math", description="adds", tools=[add], llm=llm)
        sandbox.tool_call("handoff", {"to_agent": "math", "reason": "numbers"})
        sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.reply("It is 5.")
        workflow = AgentWorkflow(agents=[asks, adds], root_agent="front")
        answer, events = await run(workflow, "add 2 and 3")
        assert str(answer) == "It is 5."
        assert [name for name, *_ in results(events)] == ["handoff", "add"]
        assert answer.current_agent_name == "math"
        assert len(asked.results) == 2

    @pytest.mark.parametrize("streaming", [True, False])
    async def test_hands_on_between_endpoints_and_back(self, make, sandbox, endpoint, streaming):
        """The history one has thought, called and answered in goes to the other's service, which refuses what it does not know."""
        models = {"messages": "anthropic.claude-haiku-4-5", "responses": "gpt-5.2"}
        other = "messages" if endpoint == "responses" else "responses"
        front = FunctionAgent(
            name="front",
            description="takes questions",
            tools=[ping],
            llm=make(models[endpoint]),
            can_handoff_to=["math"],
            streaming=streaming,
        )
        adds = FunctionAgent(
            name="math",
            description="adds",
            tools=[add],
            llm=make(models[other], endpoint=other),
            can_handoff_to=["front"],
            streaming=streaming,
        )
        sandbox.tool_calls(
            [("handoff", {"to_agent": "math", "reason": "numbers"})], text="Wait.", reasoning="Not mine."
        )
        sandbox.tool_calls([("add", {"a": 2, "b": 3}), ("add", {"a": 4, "b": 5})], reasoning="Sums.")
        sandbox.tool_calls([("handoff", {"to_agent": "front", "reason": "done"})], reasoning="Done.")
        sandbox.reply("They are 5 and 9.", reasoning="So.")
        workflow = AgentWorkflow(agents=[front, adds], root_agent="front")
        answer, events = await run(workflow, "add 2 and 3, and 4 and 5")
        assert str(answer) == "They are 5 and 9."
        assert answer.current_agent_name == "front"
        assert sorted(name for name, *_ in results(events)) == ["add", "add", "handoff", "handoff"]
        paths = [request.path.rsplit("/", 1)[1] for request in sandbox.requests]
        assert paths == [endpoint, other, other, endpoint]

    async def test_agents_without_tools_of_their_own_service(self, make, sandbox):
        """Native chat calls no tools: there agents act by words."""
        llm = make(endpoint="chat")
        front = ReActAgent(name="front", description="takes questions", tools=[ping], llm=llm, can_handoff_to=["math"])
        adds = ReActAgent(name="math", description="adds", tools=[add], llm=llm)
        handoff = json.dumps({"to_agent": "math", "reason": "numbers"})
        sandbox.reply(f"Thought: not mine.\nAction: handoff\nAction Input: {handoff}")
        sandbox.reply('Thought: mine.\nAction: add\nAction Input: {"a": 2, "b": 3}')
        sandbox.reply("Thought: I can answer.\nAnswer: five")
        answer, _ = await run(AgentWorkflow(agents=[front, adds], root_agent="front"), "add 2 and 3")
        assert str(answer) == "five"

    def test_a_model_that_calls_tools_gets_the_agent_that_does(self, make):
        assert isinstance(AgentWorkflow.from_tools_or_functions([add], llm=make()).agents["Agent"], FunctionAgent)
        react = AgentWorkflow.from_tools_or_functions([add], llm=make(is_function_calling_model=False))
        assert isinstance(react.agents["Agent"], ReActAgent)


@pytest.mark.parametrize("streaming", [True, False])
async def test_code_act(llm, sandbox, streaming):
    ran = []

    def execute(code: str) -> str:
        ran.append(code)
        return "5"

    sandbox.reply("Let me count.\n<execute>\nprint(add(2, 3))\n</execute>")
    sandbox.reply("It is 5.")
    agent = CodeActAgent(code_execute_fn=execute, tools=[add], llm=llm, streaming=streaming)
    answer, _ = await run(agent, "2+3?")
    assert "It is 5." in str(answer)
    assert "print(add(2, 3))" in ran[0]
