"""Response synthesizers in all their modes on HatzLLM: sync, async, streamed, with objects.

Where a test scripts nothing, the sandbox answers by itself: with the sentence of its context that fits best.
"""

import pytest
from llama_index.core import PromptTemplate, SummaryIndex, get_response_synthesizer
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.schema import NodeWithScore, TextNode
from pydantic import BaseModel

from tests.harness.versions import needs

QUESTION = "Who built the harbor of Vell?"


class Fact(BaseModel):
    """A fact."""

    who: str


MODES = [mode for mode in ResponseMode if mode not in {ResponseMode.NO_TEXT, ResponseMode.CONTEXT_ONLY}]


@pytest.fixture
def found(nodes):
    return [NodeWithScore(node=node, score=1.0) for node in nodes]


@pytest.mark.parametrize("mode", MODES)
async def test_every_mode_sync_and_async(llm, found, mode):
    synthesizer = get_response_synthesizer(llm=llm, response_mode=mode)
    assert str(synthesizer.synthesize(QUESTION, nodes=found))
    assert str(await synthesizer.asynthesize(QUESTION, nodes=found))


@pytest.mark.parametrize("mode", [mode for mode in MODES if "accumulate" not in mode.value])
async def test_every_mode_that_streams(llm, found, mode):
    synthesizer = get_response_synthesizer(llm=llm, response_mode=mode, streaming=True)
    assert "".join(synthesizer.synthesize(QUESTION, nodes=found).response_gen)
    answer = await synthesizer.asynthesize(QUESTION, nodes=found)
    assert "".join([piece async for piece in answer.async_response_gen()])


def test_objects(llm, sandbox, nodes, ask):
    sandbox.tool_call("Fact", {"who": "Ida Marsh"})
    engine = SummaryIndex(nodes).as_query_engine(llm=llm.as_structured_llm(Fact), response_mode="compact")
    assert ask(engine, QUESTION).response == Fact(who="Ida Marsh")


@pytest.mark.parametrize("mode", [ResponseMode.TREE_SUMMARIZE, ResponseMode.ACCUMULATE])
async def test_objects_of_a_class(llm, sandbox, found, mode):
    calls = 2 if mode == ResponseMode.TREE_SUMMARIZE else 2 * len(found)
    for _ in range(calls):
        sandbox.tool_call("Fact", {"who": "Ida Marsh"})
    synthesizer = get_response_synthesizer(llm=llm, response_mode=mode, output_cls=Fact)
    for answer in (synthesizer.synthesize(QUESTION, nodes=found), await synthesizer.asynthesize(QUESTION, nodes=found)):
        assert "Ida Marsh" in str(answer)
    assert len(sandbox.requests) == calls


@pytest.mark.parametrize("streaming", [pytest.param(True, marks=needs("llama-index-core", "0.14.17")), False])
async def test_filtering_by_objects(llm, sandbox, found, streaming):
    for good in (False, True, True) * 2:
        answer = "Ida Marsh" if good else "Nobody"
        sandbox.tool_call("StructuredRefineResponse", {"answer": answer, "query_satisfied": good})
    synthesizer = get_response_synthesizer(
        llm=llm, response_mode=ResponseMode.REFINE, structured_answer_filtering=True, streaming=streaming
    )
    answers = [synthesizer.synthesize(QUESTION, nodes=found), await synthesizer.asynthesize(QUESTION, nodes=found)]
    if streaming:
        answers = ["".join(answers[0].response_gen), "".join([one async for one in answers[1].async_response_gen()])]
    assert [str(answer) for answer in answers] == ["Ida Marsh"] * 2


def test_small_windows_pack_small(make, asked):
    words = " ".join(f"Part {n} of Vell." for n in range(40))
    index = SummaryIndex([TextNode(text=f"{at}: {words}") for at in range(40)])
    index.as_query_engine(llm=make(context_window=5000), response_mode="compact").query("Vell?")
    small = len(asked.bodies)
    index.as_query_engine(llm=make(context_window=200_000), response_mode="compact").query("Vell?")
    assert small > len(asked.bodies) - small == 1


def test_prompts_with_a_system_prompt(make, asked):
    make(system_prompt="SYSTEM").predict(PromptTemplate("q"))
    assert "SYSTEM" in asked.text
