"""`stream_events(version="v3")`: our own events, against those that LangChain makes of our chunks."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from langchain.agents import create_agent
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from langchain_core.version import VERSION
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
from packaging.version import Version
from pydantic import BaseModel

from hatz_client.content import Finish, Media, Opaque, Refusal, Reply, Text
from hatz_client.events import Delta, End, Event, Start
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzStreamInterruptedError
from langchain_hatz._messages.chunks import Chunks
from langchain_hatz._messages.convert import to_ai_message
from langchain_hatz._messages.protocol_events import ProtocolEvents
from tests.harness.streams import DIALECT, call, replies, stream, text
from tests.harness.versions import needs

pytestmark = pytest.mark.filterwarnings("ignore:.*(is in beta|is experimental).*")

HOOKS = ("_stream_chat_model_events", "_astream_chat_model_events")
TOOL = {"name": "look", "description": "Look.", "input_schema": {"type": "object", "properties": {}}}


@pytest.fixture(params=["directly", "of chunks"])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the events are made: without the hooks LangChain makes them of chunks."""
    if request.param == "of chunks":
        for hook in HOOKS:
            monkeypatch.setattr(ChatHatz, hook, None)
    return request.param


@pytest.fixture(params=["gpt-5.2", "anthropic.claude-haiku-4-5", "auto"])
def chat(request: pytest.FixtureRequest, sandbox: Sandbox) -> ChatHatz:
    return model(sandbox, request.param)


def model(sandbox: Sandbox, name: str, **fields: Any) -> ChatHatz:
    return ChatHatz(name, base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0, **fields)


def told(events: list[Event], **options: Any) -> list[Any]:
    writing = ProtocolEvents(model="asked", **options)
    return [*(one for event in events for one in writing.feed(event)), *writing.close()]


def added_up(events: list[Any]) -> AIMessage:
    assert_valid_event_stream(events)
    adding = ChatModelStream(message_id="run")
    for event in events:
        adding.dispatch(event)
    return adding.output


def blocks(answer: AIMessage) -> list[dict[str, Any]]:
    assert isinstance(answer.content, list)
    return [{key: value for key, value in block.items() if key != "index"} for block in answer.content]  # type: ignore[union-attr]


@given(replies(mixed=True))
@settings(deadline=None, max_examples=200)
def test_events_add_up_to_the_message(made: tuple[Reply, list[Event]]) -> None:
    reply, events = made
    whole, answer = to_ai_message(reply, model="asked", blocks=True), added_up(told(events))
    assert (blocks(answer) if reply.parts else answer.content or []) == whole.content
    assert (answer.tool_calls, answer.usage_metadata) == (whole.tool_calls, whole.usage_metadata)
    assert answer.response_metadata == whole.response_metadata
    assert answer.content_blocks == answer.content or not reply.parts


def test_what_an_answer_may_hold_besides() -> None:
    image = Media("image", "image/png", data="AAAA")
    search = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}
    found = {**search, "input": {"query": "x"}}
    events = stream(
        [Start(0, Opaque(DIALECT, search)), End(0, block=Opaque(DIALECT, found))],
        [Start(1, image), End(1)],
        [Start(2, Refusal("")), Delta(2, "No."), End(2)],
        [Start(3, Text("Begun")), Delta(3, " and ended."), End(3)],
        call(4, '{"a": [1', name="odd"),
        finish=Finish("length", "max_tokens"),
    )
    events_told = told(events, message_id="run_1")
    starts = [event["content"] for event in events_told if event["event"] == "content-block-start"]
    assert [start["type"] for start in starts] == ["server_tool_call", "image", "refusal", "text", "tool_call_chunk"]
    assert "AAAA" not in json.dumps(starts)
    answer = added_up(events_told)
    # The message that langchain-core 1.8.3 puts together leaves refusal blocks out.
    assert [block["type"] for block in answer.content_blocks if block["type"] != "refusal"] == [
        "server_tool_call",
        "image",
        "text",
        "invalid_tool_call",
    ]
    assert (answer.content_blocks[0]["args"], answer.content_blocks[1]["base64"]) == ({"query": "x"}, "AAAA")
    assert (answer.id, answer.text, answer.additional_kwargs) == ("run_1", "Begun and ended.", {"refusal": "No."})
    (broken,) = answer.invalid_tool_calls
    assert (broken["id"], broken["name"], broken["args"]) == ("call_4", "odd", '{"a": [1')


def test_without_usage_and_without_an_answer() -> None:
    start, finish = told(stream(), usage=False)
    assert start["metadata"] == {"provider": "hatz", "model": "answered"}
    assert "usage" not in finish
    assert told(stream(text(0, "a")))[-1]["usage"]["input_tokens"] == 10


@pytest.mark.parametrize(
    ("events", "block"),
    [
        (stream([Start(0, Refusal("")), Delta(0, "No."), End(0)]), {"type": "refusal", "refusal": "No."}),
        (stream(finish=Finish("refusal", "refusal"), residue={DIALECT: {"stop_details": {"category": "bio"}}}),
         {"type": "refusal", "refusal": "", "extras": {"category": "bio"}}),
    ],
)  # fmt: skip
def test_a_refusal_is_a_standard_block(events: list[Event], block: dict[str, Any]) -> None:
    made = told(events)
    assert [event["content"] for event in made if event["event"] == "content-block-finish"] == [block]
    answer = added_up(made)
    assert answer.content_blocks == [block]
    assert answer.response_metadata["normalized_finish_reason"] == "refusal"


@pytest.mark.parametrize(
    ("parts", "finish", "words"),
    [
        ([text(0, "a")], Finish("stop", "end_turn"), ("stop", "stop", "complete")),
        ([call(0, "{}")], Finish("stop", "completed"), ("stop", "tool_call", "complete")),
        ([call(0, "{}")], Finish("tool_calls", "tool_use"), ("tool_calls", "tool_call", "complete")),
        ([call(0, "{", invalid=True)], Finish("length", "max_tokens"), ("length", "length", "complete")),
        ([text(0, "a")], Finish("length", "model_context_window_exceeded"),
         ("length", "context_exceeded", "complete")),
        ([], Finish("pause", "pause_turn"), ("pause", "other", "suspended")),
        ([], Finish("content_filter", "content_filter"), ("content_filter", "content_filter", "complete")),
        ([], Finish("refusal", "refusal"), ("refusal", "refusal", "complete")),
        ([[Start(0, Refusal("No.")), End(0)]], Finish("stop", "completed"), ("stop", "refusal", "complete")),
        ([], Finish("other", "tired"), ("other", "other", "complete")),
    ],
)  # fmt: skip
def test_how_it_ended_is_told_at_the_end_alone(parts: Any, finish: Finish, words: tuple[str, ...]) -> None:
    """In one event and one chunk: LangChain adds strings up."""
    fields = dict(zip(("finish_reason", "normalized_finish_reason", "finish_state"), words, strict=True))
    events = stream(*parts, finish=finish)
    *others, last = told(events)
    assert fields.items() <= last.items()
    assert fields.items() <= last["metadata"].items()
    assert not any("finish_reason" in json.dumps(event) for event in others)
    for blocks in (False, True):
        pieces = Chunks(model="asked", blocks=blocks)
        made = [chunk.message for event in events for chunk in pieces.feed(event)]
        (end,) = (chunk.message for chunk in pieces.close())
        assert fields.items() <= end.response_metadata.items()
        assert not any(fields.keys() & chunk.response_metadata.keys() for chunk in made)


def script(sandbox: Sandbox, chat: ChatHatz) -> None:
    if chat.model == "auto":
        sandbox.reply("Let me look.", reasoning="Hm.")
    else:
        sandbox.tool_calls([("look", {"at": "a"}), ("look", {"at": "b"})], text="Let me look.", reasoning="Hm.")


async def streamed(chat: ChatHatz, how: str, **kwargs: Any) -> tuple[AIMessage, list[Any], list[str], str, list[Any]]:
    """The message, the events, and what the projections say: pieces of text, reasoning, tool calls."""
    tools = {} if chat.model == "auto" else {"tools": [TOOL]}
    if how == "stream_events":
        found = chat.stream_events("Hello", version="v3", **tools, **kwargs)
        events = list(found)
        return found.output, events, list(found.text), str(found.reasoning), found.tool_calls.get()
    again = await chat.astream_events("Hello", version="v3", **tools, **kwargs)
    try:
        events = [event async for event in again]
        pieces = [piece async for piece in again.text]
        return await again.output, events, pieces, await again.reasoning, await again.tool_calls
    finally:  # a task of LangChain's own tells observers of the end when the message is there
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


def comparable(answer: AIMessage) -> Any:
    known = {
        key: value for key, value in answer.response_metadata.items() if key not in {"request_id", "id", "created_at"}
    }
    said = [{key: value for key, value in block.items() if key not in {"id", "extras"}} for block in blocks(answer)]
    return (
        said,
        [(c["name"], c["args"]) for c in answer.tool_calls],
        answer.usage_metadata,
        known,
        # Of chunks whose content is a string the message keeps what stood beside it, though its blocks say the same.
        {
            key: value
            for key, value in answer.additional_kwargs.items()
            if key not in {"reasoning_content", "hatz_blocks"}
        },
    )


@pytest.mark.parametrize("how", ["stream_events", "astream_events"])
async def test_directly_and_of_chunks_is_the_same(
    sandbox: Sandbox, chat: ChatHatz, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(sandbox, chat)
    direct = await streamed(chat, how)
    for hook in HOOKS:
        monkeypatch.setattr(ChatHatz, hook, None)
    script(sandbox, chat)
    bridged = await streamed(chat, how)
    assert comparable(direct[0]) == comparable(bridged[0])
    assert direct[2:4] == bridged[2:4]
    assert [c["args"] for c in direct[4]] == [c["args"] for c in bridged[4]]
    assert direct[0].id.startswith("lc_run--")  # type: ignore[union-attr]
    kinds = [
        [event["event"] for event in events if event["event"] != "content-block-finish"]
        for _, events, *_ in (direct, bridged)
    ]
    assert kinds[0] == kinds[1]
    assert_valid_event_stream(direct[1])


class Watching(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.seen.append("start")

    def on_llm_new_token(self, token: str, *, chunk: Any = None, **_: Any) -> None:
        self.seen.append((token, chunk.message.content))

    def on_llm_end(self, response: Any, **_: Any) -> None:
        self.seen.append(response.generations[0][0].message.text)


class WatchingAsync(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def on_llm_new_token(self, token: str, *, chunk: Any = None, **_: Any) -> None:
        self.seen.append((token, chunk.message.content))


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("how", ["stream_events", "astream_events"])
async def test_observers_see_tokens_and_the_run(sandbox: Sandbox, how: str) -> None:
    sandbox.reply("Good morning.", chunks=["Good ", "morning."])
    watching, run = Watching(), RunCollectorCallbackHandler()
    handlers: list[Any] = [watching, run, *([] if how == "stream_events" else [also := WatchingAsync()])]
    answer, *_ = await streamed(model(sandbox, "gpt-5.2"), how, config={"callbacks": handlers})
    tokens = [("Good ", "Good "), ("morning.", "morning."), ("", "")]
    assert watching.seen == ["start", *tokens, answer.text]
    if how == "astream_events":
        assert also.seen == tokens
    (traced,) = run.traced_runs
    assert [event["name"] for event in traced.events] == ["start", *["new_token"] * 3, "end"]
    assert traced.outputs["generations"][0][0]["text"] == "Good morning."


class Told(BaseCallbackHandler):
    """One that takes the events, and would take tokens."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_stream_event(self, event: Any, **_: Any) -> None:
        self.seen.append(event)

    def on_llm_new_token(self, token: str, **_: Any) -> None:
        self.seen.append(token)


@needs("langchain-core", "1.7")
async def test_who_takes_the_events_gets_no_chunks(sandbox: Sandbox) -> None:
    for how in ("stream_events", "astream_events"):
        _, events, *_ = await streamed(model(sandbox, "gpt-5.2"), how, config={"callbacks": [watching := Told()]})
        assert watching.seen == events


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("how", ["stream_events", "astream_events"])
async def test_stop_and_usage_and_the_limit_of_a_rate(sandbox: Sandbox, chat: ChatHatz, how: str) -> None:
    waited: list[bool] = []

    class Limiter(InMemoryRateLimiter):
        def acquire(self, *, blocking: bool = True) -> bool:
            waited.append(blocking)
            return True

        async def aacquire(self, *, blocking: bool = True) -> bool:
            return self.acquire(blocking=blocking)

    chat = chat.model_copy(update={"rate_limiter": Limiter()})
    sandbox.reply("One two. END three.")
    answer, *_ = await streamed(chat, how, stop=["END"], stream_usage=False)
    assert answer.text == "One two. "
    assert answer.usage_metadata is None
    assert waited == [True]


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("how", ["stream_events", "astream_events"])
@pytest.mark.parametrize("name", ["gpt-5.2", "anthropic.claude-haiku-4-5"])
async def test_a_stream_that_breaks_off(sandbox: Sandbox, name: str, how: str) -> None:
    sandbox.cut_stream_after(6, clean=True, reply="one two three four five six seven")
    chat, run = model(sandbox, name), RunCollectorCallbackHandler()
    with pytest.raises(HatzStreamInterruptedError) as caught:
        await streamed(chat, how, config={"callbacks": [run]})
    assert caught.value.partial_message.text.startswith("one")
    assert "HatzStreamInterruptedError" in run.traced_runs[0].error


@pytest.mark.usefixtures("made")
async def test_who_leaves_closes_the_connection(sandbox: Sandbox) -> None:
    sandbox.stall(after_events=8, seconds=30, reply="one two three four five six seven eight nine ten")
    found = await model(sandbox, "gpt-5.2").astream_events("Hello", version="v3")
    assert (await anext(aiter(found.text))).startswith("one")
    await found.aclose()
    assert await asyncio.to_thread(sandbox.last_request.client_closed.wait, 5)


class Loud(ChatHatz):
    """A subclass that streams in its own way."""

    def _stream(self, *args: Any, **kwargs: Any) -> Any:
        for chunk in super()._stream(*args, **kwargs):
            chunk.message.content = chunk.message.text.upper()
            yield chunk


class LoudAsync(ChatHatz):
    """The same for async calls."""

    async def _astream(self, *args: Any, **kwargs: Any) -> Any:
        async for chunk in super()._astream(*args, **kwargs):
            chunk.message.content = chunk.message.text.upper()
            yield chunk


class LoudChild(Loud):
    """A subclass of such a class."""


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
@pytest.mark.parametrize(("kind", "loud"), [(Loud, "sync"), (LoudChild, "sync"), (LoudAsync, "async")])
async def test_a_subclass_that_streams_in_its_own_way(
    sandbox: Sandbox, endpoint: Any, kind: type[ChatHatz], loud: str
) -> None:
    chat = kind("gpt-5.2", endpoint=endpoint, base_url=sandbox.base_url, api_key=sandbox.api_key)
    for how, at in (("stream_events", "sync"), ("astream_events", "async")):
        sandbox.reply("Good morning.")
        found = chat.stream_events("Hello", version="v3") if at == "sync" else None
        answer = found.output if found else await (await chat.astream_events("Hello", version="v3")).output
        assert answer.text == ("GOOD MORNING." if at == loud else "Good morning."), how


def test_an_older_langchain_is_given_chunks() -> None:
    code = (
        "import langchain_core.version; langchain_core.version.VERSION = '1.6.10'; from langchain_hatz import ChatHatz; "
        "Sub = type('Sub', (ChatHatz,), {}); "
        f"print([getattr(kind, hook) for kind in (ChatHatz, Sub) for hook in {HOOKS}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[None, None, None, None]", done.stderr
    assert (None in [getattr(ChatHatz, hook) for hook in HOOKS]) == (Version(VERSION) < Version("1.7"))


class Weather(BaseModel):
    """What the weather is like."""

    temperature: int


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("how", ["stream_events", "astream_events"])
async def test_an_object_as_the_answer(sandbox: Sandbox, chat: ChatHatz, how: str) -> None:
    if chat.model == "auto":
        sandbox.reply('Here: {"temperature": 21}')
    else:
        sandbox.tool_call("Weather", {"temperature": 21})
    bound: Any = chat.bind_tools([], response_format=Weather)
    if how == "stream_events":
        answer = bound.stream_events("Hello", version="v3").output
    else:
        answer = await (await bound.astream_events("Hello", version="v3")).output
    assert json.loads(answer.text) == {"temperature": 21}
    assert not answer.tool_calls
    assert len(sandbox.requests) == 1


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("streaming", [None, False])
def test_an_agent_streams_its_model_unless_that_is_off(sandbox: Sandbox, streaming: bool | None) -> None:
    sandbox.reply("Hello there.")
    agent = create_agent(model(sandbox, "gpt-5.2", streaming=streaming), [])
    run: Any = agent.stream_events({"messages": [("user", "Hello")]}, version="v3")
    assert [str(answer.text) for answer in run.messages] == ["Hello there."]
    assert bool(sandbox.last_request.body.get("stream")) is (streaming is None)
