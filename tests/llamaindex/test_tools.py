"""Tools: offered, chosen, called, answered."""

import asyncio
import copy
import json
import random
from typing import Generic, TypeVar

import pytest
from llama_index.core.base.llms.types import ChatResponse, ImageBlock, TextBlock, ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from hatz_client.errors import HatzUnsupportedError
from hatz_client.wire.common.tools.tool_names import wire_name
from llama_index_hatz._tools import FirstCallOnly, first_call_only, selections

T = TypeVar("T")


class Box(BaseModel, Generic[T]):
    """A box."""

    value: T


class Leaf(BaseModel):
    """A leaf."""

    color: str = "green"


class Tree(BaseModel):
    """A tree."""

    leaves: list[Leaf]
    age: int | None = None


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def now() -> str:
    """The time."""
    return "noon"


EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
ADD, NOW = FunctionTool.from_defaults(add), FunctionTool.from_defaults(now)
TWO = [("add", {"a": 2, "b": 3}), ("add", {"a": 4, "b": 5})]


def chosen(llm, answer, **options):
    return [(call.tool_name, call.tool_kwargs) for call in llm.get_tool_calls_from_response(answer, **options)]


class TestAsked:
    def test_choice_is_left_to_the_model(self, llm, asked):
        llm.chat_with_tools([ADD], user_msg="x", allow_parallel_tool_calls=True)
        assert asked.tools == ["add"]
        assert "tool_choice" not in asked.body

    @pytest.mark.parametrize("word", ["auto", "none"])
    def test_choice_in_words(self, llm, asked, word):
        llm.chat_with_tools([ADD], user_msg="x", tool_choice=word)
        assert asked.choice == word

    @pytest.mark.parametrize("more", [{}, {"tool_choice": None}, {"tool_choice": "any"}])
    def test_a_tool_can_be_required(self, llm, asked, more):
        llm.chat_with_tools([ADD], user_msg="x", tool_required=True, **more)
        assert asked.choice == "required"

    def test_a_tool_can_be_named(self, llm, asked):
        llm.chat_with_tools([ADD, NOW], user_msg="x", tool_choice="now")
        assert asked.choice == "now"

    def test_one_call_at_a_time_is_said(self, llm, asked):
        llm.chat_with_tools([ADD], user_msg="x")
        assert asked.parallel is False

    def test_without_tools_nothing_is_said_of_them(self, llm, asked):
        llm.chat_with_tools([], user_msg="x", tool_required=True, tool_choice="auto")
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & asked.body.keys()

    def test_the_history_is_not_touched(self, llm, asked):
        history = [ChatMessage(content="a"), ChatMessage(role="assistant", content="b")]
        before = copy.deepcopy(history)
        llm.chat_with_tools([ADD], user_msg=ChatMessage(content="MARK"), chat_history=history)
        assert history == before
        assert "MARK" in asked.text

    def test_long_descriptions(self, llm, asked):
        llm.chat_with_tools([FunctionTool.from_defaults(add, description="x" * 3000)], user_msg="x")
        assert "x" * 3000 in asked.text

    @pytest.mark.parametrize("endpoint", ["messages"])
    def test_server_tools_are_offered_beside_functions(self, make, asked):
        search = {"type": "web_search_20250305", "name": "web_search"}
        make(built_in_tools=[search]).chat_with_tools([ADD], user_msg="x")
        assert asked.body["tools"][0] == search
        assert asked.tools[1] == "add"

    def test_strict_schemas(self, make, asked):
        make(strict=True).chat_with_tools([ADD], user_msg="add 2 and 3")
        assert asked.body["tools"][0]["strict"] is True

    @pytest.mark.parametrize("endpoint", ["responses"])
    def test_strict_schemas_all_the_way_down(self, make, asked):
        make(strict=True).chat_with_tools([get_function_tool(Tree)], user_msg="grow a tree")
        schema = asked.body["tools"][0]["parameters"]
        objects = [schema, *schema["$defs"].values()]
        assert len(objects) > 1
        for one in objects:
            assert one["additionalProperties"] is False
            assert one["required"] == list(one["properties"])

    @pytest.mark.parametrize("endpoint", ["messages"])
    def test_server_tools_are_there_when_an_object_is_asked_for(self, make, sandbox, asked):
        sandbox.tool_call("Leaf", {"color": "red"})
        search = {"type": "web_search_20250305", "name": "web_search"}
        assert make(built_in_tools=[search]).structured_predict(Leaf, PromptTemplate("x")) == Leaf(color="red")
        assert asked.tools == ["web_search", "Leaf"]
        assert asked.choice == "Leaf"

    async def test_chat_takes_tools_as_they_are(self, llm, asked):
        await llm.achat([ChatMessage(content="x")], tools=[ADD, {"type": "function", "name": "f"}])
        assert asked.tools == ["add", "f"]


class TestCalls:
    async def test_are_blocks_with_ids(self, llm, sandbox):
        for _ in range(2):
            sandbox.tool_call("add", {"a": 2, "b": 3})
        for answer in (llm.chat_with_tools([ADD], user_msg="x"), await llm.achat_with_tools([ADD], user_msg="x")):
            (block,) = answer.message.blocks
            assert (block.tool_name, block.tool_kwargs) == ("add", {"a": 2, "b": 3})
            assert block.tool_call_id

    @pytest.mark.parametrize("arguments", [{}, ""])
    async def test_without_arguments(self, llm, sandbox, arguments):
        for _ in range(2):
            sandbox.tool_call("now", arguments)
        assert chosen(llm, llm.chat_with_tools([NOW], user_msg="x")) == [("now", {})]
        last = [chunk async for chunk in await llm.astream_chat_with_tools([NOW], user_msg="x")][-1]
        assert chosen(llm, last) == [("now", {})]

    def test_with_broken_arguments_are_calls_of_no_tool(self, llm, sandbox, caplog):
        sandbox.tool_call("add", '{"a": 2, "b"')
        last = list(llm.stream_chat_with_tools([ADD], user_msg="x"))[-1]
        ((name, arguments),) = chosen(llm, last)
        assert name.startswith("add (not run: its arguments were cut off")
        assert arguments == {"invalid_arguments": '{"a": 2, "b"'}
        assert "not a JSON object" in caplog.text

    async def test_come_together_with_text_in_a_stream(self, llm, sandbox):
        for _ in range(2):
            sandbox.tool_calls(TWO, text="Let me see.")
        options = {"user_msg": "x", "allow_parallel_tool_calls": True}
        for chunks in (
            list(llm.stream_chat_with_tools([ADD], **options)),
            [chunk async for chunk in await llm.astream_chat_with_tools([ADD], **options)],
        ):
            for chunk in chunks:
                llm.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)
            assert chosen(llm, chunks[-1]) == TWO
            assert "".join(chunk.delta for chunk in chunks) == chunks[-1].message.content == "Let me see."
            assert len({call.tool_id for call in llm.get_tool_calls_from_response(chunks[-1])}) == 2

    def test_grow_in_a_stream(self, llm, sandbox):
        sandbox.tool_call("add", {"a": 2, "b": 345678901234567890})
        sizes = [len(json.dumps(kwargs)) for chunk in llm.stream_chat_with_tools([ADD], user_msg="x")
                 for _, kwargs in chosen(llm, chunk, error_on_no_tool_call=False)]  # fmt: skip
        assert sizes == sorted(sizes)

    async def test_are_cut_to_one_where_only_one_is_allowed(self, llm, sandbox):
        for _ in range(2):
            sandbox.tool_calls(TWO, text="Let me see.")
        for answer in (llm.chat_with_tools([ADD], user_msg="x"), await llm.achat_with_tools([ADD], user_msg="x")):
            assert chosen(llm, answer) == TWO[:1]
            assert answer.message.content == "Let me see."

    async def test_are_cut_to_one_in_streams_too(self, llm, sandbox):
        for _ in range(2):
            sandbox.tool_calls(TWO, text="Let me see.", reasoning="hm")
        streams = [
            list(llm.stream_chat_with_tools([ADD], user_msg="x")),
            [chunk async for chunk in await llm.astream_chat_with_tools([ADD], user_msg="x")],
        ]
        for chunks in streams:
            assert chosen(llm, chunks[-1]) == TWO[:1]
            assert chunks[-1].message.content == "Let me see."
            assert {len(chosen(llm, chunk, error_on_no_tool_call=False)) for chunk in chunks} == {0, 1}
            kept = [chunk.message.additional_kwargs.get("tool_calls", ()) for chunk in chunks]
            assert {len(calls) for calls in kept} == {0, 1}

    def test_a_stream_that_is_cut_can_be_left(self, llm, sandbox):
        sandbox.tool_calls(TWO, text="Let me see.")
        chunks = llm.stream_chat_with_tools([ADD], user_msg="x")
        next(chunks)
        chunks.close()
        assert list(chunks) == []

    @pytest.mark.parametrize("seed", range(20))
    def test_cutting_a_stream_is_cutting_each_chunk(self, seed):
        pick, blocks, filtering = random.Random(seed), [], FirstCallOnly()  # noqa: S311 (a repeatable choice)
        for number in range(40):
            made = pick.choice([TextBlock(text=f"{number}"), ToolCallBlock(tool_call_id=f"{number}", tool_name="x")])
            if blocks and pick.random() < 0.5:
                blocks[pick.randrange(len(blocks))] = made
            else:
                blocks.append(made)
            message = ChatMessage(blocks=blocks[:], additional_kwargs={"tool_calls": [1, 2]})
            chunk = ChatResponse(message=message, raw={"type": "text", "delta": ""})
            assert filtering.feed(chunk) == first_call_only(chunk)

    def test_cutting_leaves_what_observers_saw(self):
        blocks = [TextBlock(text="a"), *(ToolCallBlock(tool_call_id=name, tool_name=name) for name in "xyz")]
        layout = [{"text": 1, "residue": {"messages": {"q": 1}}}, *({"part": "ToolCall"} for _ in "xyz")]
        whole = ChatResponse(message=ChatMessage(blocks=blocks, additional_kwargs={"hatz": layout}))
        before = whole.model_copy(deep=True)
        cut = first_call_only(whole)
        assert whole == before
        assert [block.block_type for block in cut.message.blocks] == ["text", "tool_call"]
        assert cut.message.additional_kwargs["hatz"] == layout[:2]

    def test_that_are_missing_raise_or_not(self, llm, sandbox):
        sandbox.reply("no tools today")
        answer = llm.chat_with_tools([ADD], user_msg="x")
        assert chosen(llm, answer, error_on_no_tool_call=False) == []
        with pytest.raises(ValueError, match="no tools today"):
            llm.get_tool_calls_from_response(answer)

    async def test_are_run(self, llm, sandbox):
        for _ in range(2):
            sandbox.tool_call("add", {"a": 2, "b": 3})
        sandbox.tool_calls(TWO)
        assert llm.predict_and_call([ADD], user_msg="x").response == "5"
        assert (await llm.apredict_and_call([ADD], user_msg="x")).response == "5"
        both = llm.predict_and_call([ADD], user_msg="x", allow_parallel_tool_calls=True)
        assert [source.raw_output for source in both.sources] == [5, 9]

    async def test_that_fail_are_told_or_raised(self, llm, sandbox):
        def add(a: int, b: int) -> int:
            """Add."""
            raise RuntimeError("kaputt")

        tool = FunctionTool.from_defaults(add)
        for _ in range(4):
            sandbox.tool_call("add", {"a": 2, "b": 3})
        assert "kaputt" in llm.predict_and_call([tool], user_msg="x").response
        assert "kaputt" in (await llm.apredict_and_call([tool], user_msg="x")).response
        with pytest.raises(ValueError, match="kaputt"):
            llm.predict_and_call([tool], user_msg="x", error_on_tool_error=True)
        with pytest.raises(ValueError, match="kaputt"):
            await llm.apredict_and_call([tool], user_msg="x", error_on_tool_error=True)

    def test_of_tools_with_odd_names_find_them(self, llm, sandbox):
        sandbox.tool_call(wire_name("Box[int]"), {"value": 3})
        tool = get_function_tool(Box[int])
        assert llm.predict_and_call([tool], user_msg="x", tool_required=True).sources[0].raw_output == Box[int](value=3)

    def test_without_an_id_get_one(self):
        block = ToolCallBlock(tool_call_id=None, tool_name="add")
        answer = ChatResponse(message=ChatMessage(role="assistant", blocks=[block, block]))
        assert len({call.tool_id for call in selections(answer)}) == 2


def round_of(*results, arguments):
    calls = [ToolCallBlock(tool_call_id=name, tool_name="add", tool_kwargs=arguments) for name, _ in results]
    return [
        ChatMessage(content="2+3"),
        ChatMessage(role="assistant", blocks=[TextBlock(text=""), *calls]),
        *(ChatMessage(role="tool", content=text, additional_kwargs={"tool_call_id": name}) for name, text in results),
    ]


class TestHistory:
    @pytest.mark.parametrize("arguments", [{"a": 2}, '{"a": 2}'])
    def test_a_round_of_tools(self, llm, asked, arguments):
        llm.chat_with_tools([ADD], chat_history=round_of(("id7", "5"), ("id8", "6"), arguments=arguments))
        assert asked.calls == [("id7", "add", {"a": 2}), ("id8", "add", {"a": 2})]
        assert asked.results == [("id7", "5"), ("id8", "6")]

    async def test_the_models_own_answer_after_a_stay_in_a_store(self, llm, sandbox, asked):
        for how in ("chat", "stream"):
            sandbox.tool_calls(TWO, text="Let me see.", reasoning="hm")
            options = {"user_msg": "x", "allow_parallel_tool_calls": True}
            if how == "chat":
                answer = llm.chat_with_tools([ADD], **options)
            else:
                answer = [chunk async for chunk in await llm.astream_chat_with_tools([ADD], **options)][-1]
            ids = [call.tool_id for call in llm.get_tool_calls_from_response(answer)]
            results = [ChatMessage(role="tool", content="5", additional_kwargs={"tool_call_id": name}) for name in ids]
            history = [ChatMessage(content="x"), answer.message, *results]
            stored = [ChatMessage.model_validate_json(one.model_dump_json()) for one in history]
            await llm.achat_with_tools([ADD], chat_history=stored)
            assert [name for name, _ in asked.results] == ids

    def test_results_without_calls_and_calls_without_results(self, llm, sandbox):
        gone = ChatMessage(role="tool", content="5", additional_kwargs={"tool_call_id": "gone"})
        (_, calling, _) = round_of(("id7", "5"), arguments={})
        assert llm.chat([gone, ChatMessage(content="and?")]).message.content
        assert llm.chat([ChatMessage(content="q"), calling, ChatMessage(content="and?")]).message.content

    def test_pictures_in_a_result(self, llm, asked):
        png = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
        (question, calling, _) = round_of(("id7", ""), arguments={})
        result = ChatMessage(
            role="tool",
            blocks=[TextBlock(text="here"), ImageBlock(image=png)],
            additional_kwargs={"tool_call_id": "id7"},
        )
        llm.chat([question, calling, result])
        assert "iVBORw0KGgo" in asked.text


@pytest.mark.parametrize("model", ["gpt-5.2", "agent-1"])
def test_native_chat_never_takes_tools_in_silence(make, sandbox, model):
    llm = make(model, endpoint="chat" if model == "gpt-5.2" else "auto")
    assert not llm.metadata.is_function_calling_model
    with pytest.raises(HatzUnsupportedError, match="native chat"):
        llm.chat_with_tools([ADD], user_msg="x")
    assert not sandbox.requests


@EVERYWHERE
def test_without_function_calling_tools_are_run_by_react(make, sandbox):
    sandbox.reply('Thought: I need a tool.\nAction: add\nAction Input: {"a": 2, "b": 3}')
    sandbox.reply("Thought: done.\nAnswer: five")
    llm = make(is_function_calling_model=False)
    assert llm.predict_and_call([ADD], user_msg="2+3?").response == "5"


@EVERYWHERE
async def test_without_function_calling_tools_are_run_by_react_async(make, sandbox):
    sandbox.reply('Thought: I need a tool.\nAction: add\nAction Input: {"a": 2, "b": 3}')
    llm = make(is_function_calling_model=False)
    assert (await llm.apredict_and_call([ADD], user_msg="2+3?")).response == "5"


async def test_many_at_once(llm, sandbox):
    answers = await asyncio.gather(*(llm.achat_with_tools([ADD], user_msg=f"add {n} and 1") for n in range(20)))
    assert all(answer.message.role == "assistant" for answer in answers)
