"""Objects instead of text: whole and while they are being written, and what is said when there is none."""

import json
from enum import Enum
from itertools import pairwise
from typing import Generic, Literal, TypeVar

import pytest
from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.program import FunctionCallingProgram, LLMTextCompletionProgram
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, Field, PrivateAttr

from hatz_client.errors import HatzInvalidInputError
from llama_index_hatz.partial_objects import parse_object
from tests.harness.useless_answers import USELESS, reply_uselessly

T = TypeVar("T")


class Song(BaseModel):
    """A song."""

    title: str
    seconds: int


class Album(BaseModel):
    """An album."""

    name: str
    songs: list[Song]
    label: str | None = Field(default=None, description="record label")


class Box(BaseModel, Generic[T]):
    """A box."""

    value: T


class Color(Enum):
    red = "r"
    blue = "b"


class Odd(BaseModel):
    """Names, choices and defaults of all kinds."""

    kind: Literal["big", "small"]
    color: Color = Color.red
    long_name: str = Field(alias="longName")
    count: int = 3


OBJECT = {
    "name": "Blue Train",
    "songs": [{"title": "Locomotion", "seconds": 434}, {"title": "Lazy Bird", "seconds": 427}],
    "label": None,
}
EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
ALBUM = Album(**OBJECT)


class Open(BaseModel):
    """Counts of anything."""

    counts: dict[str, int]


class Branch(BaseModel):
    """A branch of a tree."""

    name: str
    branches: list["Branch"] = []


ABOUT = PromptTemplate("make an album about {topic}")


async def four(llm, cls=Album, prompt=ABOUT, **given):
    """What each of the four structured calls ends with, by name."""
    yield "sync", llm.structured_predict(cls, prompt, **given)
    yield "async", await llm.astructured_predict(cls, prompt, **given)
    yield "stream", list(llm.stream_structured_predict(cls, prompt, **given))[-1]
    yield "astream", [one async for one in await llm.astream_structured_predict(cls, prompt, **given)][-1]


@pytest.fixture
def albums(sandbox):
    for _ in range(8):
        sandbox.tool_call("Album", OBJECT)


async def test_all_four_give_the_object(llm, albums, asked):
    async for name, made in four(llm, topic="trains"):
        assert made == ALBUM, name
        assert asked.choice == "Album"
        assert "trains" in asked.text


async def test_everything_that_holds_for_a_chat_holds(make, albums, asked, endpoint):
    llm = make(temperature=0.33, max_tokens=99, system_prompt="SYSTEM-MARK")
    async for name, _ in four(llm, topic="x"):
        assert asked.body["temperature"] == 0.33, name
        assert asked.body["max_tokens" if endpoint == "messages" else "max_output_tokens"] == 99
        assert "SYSTEM-MARK" in asked.text


async def test_keyword_arguments_of_the_call(llm, albums, asked, endpoint):
    given = {"max_tokens": 77, "tool_choice": "nonsense", "allow_parallel_tool_calls": True}
    async for _ in four(llm, topic="x", llm_kwargs=given):
        assert asked.body["max_tokens" if endpoint == "messages" else "max_output_tokens"] == 77
        assert asked.choice == "Album"
    assert given == {"max_tokens": 77, "tool_choice": "nonsense", "allow_parallel_tool_calls": True}


@pytest.mark.parametrize("given", [None, {"title": "Album"}, ALBUM, "Album"], ids=repr)
def test_what_is_no_class_is_named(llm, given):
    with pytest.raises(HatzInvalidInputError, match=r"output_cls=.* is not a class"):
        llm.structured_predict(given, ABOUT, topic="x")


class TestStreams:
    def test_show_the_object_grow(self, llm, albums):
        states = [draft.model_dump() for draft in llm.stream_structured_predict(Album, ABOUT, topic="x")]
        assert len(states) > 3
        sizes = [len(json.dumps(state, default=str)) for state in states]
        assert sizes[0] < sizes[-1]
        assert all(one != other for one, other in pairwise(states[:-1]))

    def test_show_fields_that_are_not_yet_whole(self, llm, albums):
        names = [getattr(draft, "name", None) for draft in llm.stream_structured_predict(Album, ABOUT, topic="x")]
        assert any(name and name != "Blue Train" and "Blue Train".startswith(name) for name in names)

    def test_end_with_an_object_of_the_class(self, llm, albums):
        assert isinstance(list(llm.stream_structured_predict(Album, ABOUT, topic="x"))[-1], Album)

    def test_raise_when_there_is_none(self, llm, sandbox):
        sandbox.reply("I would rather not.")
        with pytest.raises(ValueError, match=r"no Album: it answered in words.*I would rather not\."):
            list(llm.stream_structured_predict(Album, ABOUT, topic="x"))


class TestStructuredLLM:
    async def test_chats(self, llm, albums):
        structured = llm.as_structured_llm(Album)
        said = [ChatMessage(content="x {not a variable}")]
        assert structured.chat(said).raw == ALBUM
        assert (await structured.achat(said)).raw == ALBUM
        assert json.loads(structured.complete("x").text) == ALBUM.model_dump()

    @pytest.mark.filterwarnings("ignore:The `json` method is deprecated")  # LlamaIndex's own
    async def test_streams(self, llm, albums):
        structured = llm.as_structured_llm(Album)
        said = [ChatMessage(content="x")]
        assert list(structured.stream_chat(said))[-1].raw == ALBUM
        assert [chunk async for chunk in await structured.astream_chat(said)][-1].raw == ALBUM


class TestPrograms:
    async def test_with_functions(self, llm, albums):
        program = FunctionCallingProgram.from_defaults(Album, prompt_template_str="about {topic}", llm=llm)
        assert program(topic="x") == ALBUM
        assert await program.acall(topic="x") == ALBUM
        assert list(program.stream_call(topic="x"))[-1] == ALBUM
        assert [one async for one in await program.astream_call(topic="x")][-1] == ALBUM

    async def test_with_text(self, make, sandbox):
        for _ in range(2):
            sandbox.reply("```json\n" + json.dumps(OBJECT) + "\n```")
        llm = make(pydantic_program_mode=PydanticProgramMode.LLM)
        program = LLMTextCompletionProgram.from_defaults(output_cls=Album, prompt_template_str="about {topic}", llm=llm)
        assert program(topic="x") == ALBUM
        assert await program.acall(topic="x") == ALBUM

    async def test_the_mode_is_respected(self, make, sandbox, asked):
        for _ in range(2):
            sandbox.reply(json.dumps(OBJECT))
        llm = make(pydantic_program_mode=PydanticProgramMode.LLM)
        assert llm.structured_predict(Album, ABOUT, topic="x") == ALBUM
        assert await llm.astructured_predict(Album, ABOUT, topic="x") == ALBUM
        assert "tools" not in asked.body

    def test_a_model_without_tools_is_asked_for_text(self, make, sandbox, asked):
        sandbox.reply(json.dumps(OBJECT))
        assert make(is_function_calling_model=False).structured_predict(Album, ABOUT, topic="x") == ALBUM
        assert "tools" not in asked.body

    @pytest.mark.parametrize("endpoint", ["chat"])
    async def test_native_chat_is_asked_for_text(self, make, sandbox):
        for _ in range(4):
            sandbox.reply(json.dumps(OBJECT))
        async for name, made in four(make(), topic="x"):
            assert made.model_dump() == OBJECT, name


class TestPrompt:
    async def test_the_schema_is_in_the_prompt(self, make, sandbox, asked):
        for _ in range(4):
            sandbox.reply("Sure:\n```json\n" + json.dumps(OBJECT) + "\n```")
        llm = make(structured_output_strategy="prompt", system_prompt="SYSTEM-MARK", temperature=0.5)
        async for name, made in four(llm, topic="trains"):
            assert made == ALBUM, name
            assert "record label" in asked.text
            assert "trains" in asked.text
            assert "SYSTEM-MARK" in asked.text
            assert "tools" not in asked.body
            assert asked.body["temperature"] == 0.5

    @EVERYWHERE
    def test_grows_too(self, make, sandbox):
        sandbox.reply(json.dumps(OBJECT))
        llm = make(structured_output_strategy="prompt")
        assert len(list(llm.stream_structured_predict(Album, ABOUT, topic="x"))) > 2

    def test_a_conversation_that_ends_otherwise(self, make, sandbox, asked):
        sandbox.reply(json.dumps(OBJECT))
        prompt = ChatPromptTemplate(message_templates=[ChatMessage(role="system", content="Make an album.")])
        assert make(structured_output_strategy="prompt").structured_predict(Album, prompt) == ALBUM

    def test_the_template_is_left_as_it_is(self, make, sandbox):
        for _ in range(2):
            sandbox.reply(json.dumps(OBJECT))
        said = [ChatMessage(role="user", content="an album")]
        structured = make(structured_output_strategy="prompt").as_structured_llm(Album)
        structured.chat(said)
        assert said == [ChatMessage(role="user", content="an album")]


def test_a_forced_tool_is_asked_for_where_it_is_told_to(make, albums, asked):
    llm = make(is_function_calling_model=False, structured_output_strategy="tool")
    assert llm.structured_predict(Album, ABOUT, topic="x") == ALBUM
    assert asked.choice == "Album"


class TestNative:
    async def test_the_endpoints_own_schema(self, make, sandbox, asked, endpoint):
        for _ in range(4):
            sandbox.reply(json.dumps(OBJECT))
        llm = make(structured_output_strategy="native", system_prompt="SYSTEM-MARK", temperature=0.5)
        async for name, made in four(llm, topic="x"):
            assert made == ALBUM, name
            assert "json_schema" in asked.text
            assert "SYSTEM-MARK" in asked.text
            assert "tools" not in asked.body
            assert asked.body["temperature"] == 0.5

    def test_grows_too(self, make, sandbox):
        sandbox.reply(json.dumps(OBJECT))
        llm = make(structured_output_strategy="native")
        assert len(list(llm.stream_structured_predict(Album, ABOUT, topic="x"))) > 2

    @pytest.mark.parametrize("endpoint", ["responses"])
    def test_is_strict_where_the_schema_can_be(self, make, sandbox, asked):
        llm = make(structured_output_strategy="native")
        for cls, given, strict in [(Album, OBJECT, True), (Open, {"counts": {"a": 1}}, False)]:
            sandbox.reply(json.dumps(given))
            assert llm.structured_predict(cls, ABOUT, topic="x") == cls.model_validate(given)
            assert asked.body["text"]["format"]["strict"] is strict

    @pytest.mark.parametrize("endpoint", ["responses"])
    def test_is_strict_as_it_is_set(self, make, sandbox, asked):
        sandbox.reply(json.dumps(OBJECT))
        make(structured_output_strategy="native", strict=False).structured_predict(Album, ABOUT, topic="x")
        assert asked.body["text"]["format"]["strict"] is False
        with pytest.raises(HatzInvalidInputError, match="cannot be strict"):
            make(structured_output_strategy="native", strict=True).structured_predict(Open, ABOUT, topic="x")

    def test_a_null_for_what_was_optional_is_its_default(self, make, sandbox):
        sandbox.reply(json.dumps({"kind": "big", "color": "b", "longName": "x", "count": None}))
        llm = make(structured_output_strategy="native")
        assert llm.structured_predict(Odd, ABOUT, topic="x") == Odd(kind="big", color=Color.blue, longName="x")


class TestSchemas:
    def test_generics(self, llm, sandbox):
        sandbox.tool_call("Box_int_", {"value": 3})
        assert llm.structured_predict(Box[int], ABOUT, topic="x") == Box[int](value=3)

    def test_odd_fields(self, llm, sandbox):
        sandbox.tool_call("Odd", {"kind": "small", "color": "b", "longName": "y"})
        made = llm.structured_predict(Odd, ABOUT, topic="x")
        assert made == Odd(kind="small", color=Color.blue, longName="y")

    @pytest.mark.parametrize("settings", [{}, {"strict": True}, {"structured_output_strategy": "native"}])
    def test_classes_that_hold_themselves(self, make, asked, settings):
        prompt = PromptTemplate("use the tool to make {topic}")
        assert make(**settings).structured_predict(Branch, prompt, topic="x").name
        assert '"type": "object"' in asked.text
        assert '"#/$defs/Branch"' in asked.text

    def test_prompts_of_several_messages(self, llm, albums, asked):
        prompt = ChatPromptTemplate(
            message_templates=[
                ChatMessage(role="system", content="SYSTEM"),
                ChatMessage(role="user", content="about {topic}"),
            ]
        )
        assert llm.structured_predict(Album, prompt, topic="trains") == ALBUM
        assert "SYSTEM" in asked.text
        assert "about trains" in asked.text


class TestNoObject:
    def why(self, llm):
        with pytest.raises(ValueError, match="The model gave no Album") as caught:
            llm.structured_predict(Album, ABOUT, topic="x")
        return str(caught.value)

    def test_an_object_in_words_is_one(self, llm, sandbox):
        sandbox.reply("Here it is:\n```json\n" + json.dumps(OBJECT) + "\n```")
        assert llm.structured_predict(Album, ABOUT, topic="x") == ALBUM

    @pytest.mark.parametrize("before", ["", "Sure, {Album} as asked:\n", "```json\n"])
    @pytest.mark.parametrize("after", ["", "\n```", "\n```\nTell me if {more} is wanted.", " Done.", " {}"])
    async def test_whatever_is_said_around_it(self, make, sandbox, before, after):
        for _ in range(4):
            sandbox.reply(before + json.dumps(OBJECT) + after)
        async for name, made in four(make(structured_output_strategy="prompt"), topic="x"):
            assert made == ALBUM, name

    def test_what_is_within_a_cut_object_is_none(self, llm, sandbox):
        sandbox.reply('{"name": "x", "branches": [{"name": "y"}', finish="length")
        with pytest.raises(ValueError, match="max_tokens"):
            llm.structured_predict(Branch, ABOUT, topic="x")

    @EVERYWHERE
    def test_words(self, llm, sandbox):
        for _ in range(2):  # native chat, asked in words, is asked once more
            sandbox.reply("I would rather not.")
        assert "it answered in words" in (why := self.why(llm))
        assert "I would rather not." in why

    def test_an_object_that_does_not_fit(self, llm, sandbox):
        sandbox.tool_call("Album", {"name": "x", "songs": "none"})
        assert "songs: Input should be a valid" in (why := self.why(llm))
        assert '"songs":"none"' in why

    def test_a_refusal(self, llm, sandbox):
        sandbox.reply(refusal="I will not.")
        assert "it refused" in (why := self.why(llm))
        assert "I will not." in why

    def test_an_answer_that_was_cut_off(self, llm, sandbox):
        sandbox.tool_calls([("Album", '{"name": "Blue Tr')], finish="length")
        assert "max_tokens" in self.why(llm)

    def test_nothing(self, llm, sandbox):
        sandbox.reply("")
        assert self.why(llm)

    def test_arguments_that_are_no_json(self):
        block = ToolCallBlock(tool_call_id="1", tool_name="Album", tool_kwargs='{"name": ')
        answer = ChatResponse(message=ChatMessage(role="assistant", blocks=[block]))
        with pytest.raises(ValueError, match="Invalid JSON"):
            parse_object(Album, answer)


FIRST_ANSWERS = [
    ("Let me think.", "there is no JSON object"),
    ('{"name": "Blue Train"}', "the required fields songs are missing"),
    (" ", "there is no JSON object"),
]


class TestSecondAttempt:
    @EVERYWHERE
    @pytest.mark.parametrize(("first", "problem"), FIRST_ANSWERS, ids=["words", "fields missing", "empty"])
    async def test_gives_the_object(self, make, sandbox, asked, first, problem):
        for _ in range(4):
            sandbox.reply(first)
            sandbox.reply(json.dumps(OBJECT))
        async for name, made in four(make(structured_output_strategy="prompt"), topic="trains"):
            assert made == ALBUM, name
            assert problem in asked.text, name
            assert "trains" in asked.text, name
            assert ('"assistant"' in asked.text) is bool(first.strip()), name
            assert json.dumps(first)[1:-1] in asked.text, name
        assert len(asked.bodies) == 8

    @EVERYWHERE
    async def test_is_the_last(self, make, sandbox, asked):
        for text in ("One.", "Two.", json.dumps(OBJECT)):
            sandbox.reply(text)
        with pytest.raises(ValueError, match=r"Two\."):
            await make(structured_output_strategy="prompt").astructured_predict(Album, ABOUT, topic="x")
        assert len(asked.bodies) == 2

    @pytest.mark.parametrize("answer", USELESS)
    async def test_is_not_made_if_it_is_useless(self, make, sandbox, asked, answer):
        for _ in range(2):
            reply_uselessly(sandbox, answer)
        llm = make(structured_output_strategy="prompt")
        with pytest.raises(ValueError, match="no Album"):
            llm.structured_predict(Album, ABOUT, topic="x")
        with pytest.raises(ValueError, match="no Album"):
            list(llm.stream_structured_predict(Album, ABOUT, topic="x"))
        assert len(asked.bodies) == 2


class Names(BaseEventHandler):
    _seen: list = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls):
        return "Names"

    def handle(self, event, **_):
        self._seen.append(type(event).__name__)


async def test_observers_see_the_object_and_the_chat(llm, albums):
    root, names = get_dispatcher(), Names()
    root.add_event_handler(names)
    try:
        async for name, _ in four(llm, topic="x"):
            seen = [one for one in names._seen if one.endswith(("StartEvent", "EndEvent")) and "Span" not in one]
            assert seen == [
                "LLMStructuredPredictStartEvent",
                "LLMChatStartEvent",
                "LLMChatEndEvent",
                "LLMStructuredPredictEndEvent",
            ], name
            names._seen.clear()
    finally:
        root.event_handlers.remove(names)
