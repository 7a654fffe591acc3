"""Logs, callbacks and events: once for each call, in every verb, also when it fails or is left early."""

import asyncio
import json
import logging
import re
import subprocess
import sys
from contextlib import aclosing, suppress

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import HumanMessage
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool

from hatz_client import HatzError
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.harness import ways

from . import faults, wires
from .server import RESET, Server, chunk, whole
from .wires import MODEL

pytestmark = pytest.mark.usefixtures("no_waiting")

LINE = re.compile(
    r"POST http://127\.0\.0\.1:\d+/v1/anthropic/messages (?P<status>\w+) \d+ ms attempt=(?P<attempt>\d) request_id=(?P<id>[\w-]+)"
)


@pytest.mark.parametrize("verb", ways.ALL)
def test_one_line_a_request_and_never_content(loop, caplog, verb):
    def acts(asked):
        match asked.number:
            case 1:
                return [whole(b"no", 503, "text/plain")]
            case 2:
                return [RESET]
            case _:
                return faults.good(asked)

    caplog.set_level(logging.DEBUG, "hatz_client")
    with Server(acts) as server:
        settings = {"api_key": "k", "base_url": server.base_url, "endpoint": "messages"}
        outcome = ways.run(loop, ways.ALL[verb], settings, "Do not log this.")
        ids = [asked.headers["x-request-id"] for asked in server.requests]
    assert outcome.text == wires.TEXT
    ours = [record for record in caplog.records if record.name.startswith("hatz_client")]
    retries = [record for record in ours if record.levelno == logging.WARNING]
    ours = [record for record in ours if record not in retries]
    lines = [LINE.fullmatch(record.getMessage()) for record in ours]
    assert [(line["status"], line["attempt"]) for line in lines] == [("503", "1"), ("ReadError", "2"), ("200", "3")]
    assert [line["id"] for line in lines] == ids
    assert {record.levelno for record in ours} == {logging.DEBUG}
    said = [record.getMessage() for record in retries]
    assert [line.partition(" s: ")[2].partition(":")[0] for line in said] == [
        "HatzServerError",
        "HatzStreamInterruptedError",
    ]
    assert [line.partition(",")[0] for line in said] == ["Attempt 1 failed", "Attempt 2 failed"]
    assert all("next attempt in 0.0 s: " in line for line in said)


KEY = "sk-never-to-be-seen-4711"
SAID = "Words that one may want to see."


def _run_with_loggers(loop, caplog, verb, *, refused=False, **levels):
    for name, level in levels.items():
        caplog.set_level(level, name.replace("_content", "_client.content"))
    acts = (lambda _: [whole({"error": {"message": "I refuse."}}, 400)]) if refused else faults.good
    with Server(acts) as server:
        settings = {"api_key": KEY, "base_url": server.base_url, "default_headers": {"X-Own": KEY}}
        ways.run(loop, ways.ALL[verb], settings, SAID)
    assert KEY not in caplog.text
    return [record.getMessage() for record in caplog.records if record.name.startswith("hatz_client")]


@pytest.mark.parametrize("verb", ways.ALL)
def test_content_is_logged_only_when_it_is_asked_for_by_name(loop, caplog, verb):
    lines = _run_with_loggers(loop, caplog, verb, hatz_client=logging.DEBUG)
    assert len(lines) == 1
    caplog.clear()
    lines = _run_with_loggers(loop, caplog, verb, hatz_content=logging.DEBUG)
    request_id = lines[-1].split()[1]
    asked = [line for line in lines if line.startswith(f"asked {request_id} ")]
    answered = "".join(line.partition(f"answered {request_id} ")[2] for line in lines)
    assert len(asked) == 1
    assert SAID in asked[0]
    assert "世界" in answered or json.dumps("世界").strip('"') in answered


@pytest.mark.parametrize("verb", ways.ALL)
def test_a_refusals_words_are_content_too(loop, caplog, verb):
    assert not any("I refuse." in line for line in _run_with_loggers(loop, caplog, verb, refused=True, hatz_client=10))
    assert any("I refuse." in line for line in _run_with_loggers(loop, caplog, verb, refused=True, hatz_content=10))


def test_whoever_asked_for_content_before_the_import_gets_it():
    code = (
        "import logging; log = logging.getLogger('hatz_client.content'); log.setLevel(logging.DEBUG); "
        "import hatz_client; hatz_client.Client; import hatz_client.operations.generate; assert log.level == logging.DEBUG"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# LangChain


class Seen(AsyncCallbackHandler):
    """Names of the callbacks of models, in order."""

    def __init__(self):
        self.names = []
        self.errors = []

    async def on_chat_model_start(self, *_, **__):
        self.names.append("start")

    async def on_llm_new_token(self, token, **_):
        if self.names[-1] != "token":
            self.names.append("token")

    async def on_llm_end(self, *_, **__):
        self.names.append("end")

    async def on_llm_error(self, error, **_):
        self.names.append("error")
        self.errors.append(error)


def begins(asked):
    yield faults.opening(asked)
    for frame in wires.frames(asked.wire)[:4]:
        yield chunk(frame)
    yield faults.FOR_EVER


def breaks_off(asked):
    return [faults.opening(asked), *(chunk(frame) for frame in wires.frames(asked.wire)[:4]), 0.1, RESET]


async def _langchain(verb, model, seen, *, early=False):
    config = {"callbacks": [seen]}
    given = {
        "invoke": lambda: model.invoke("Hi", config),
        "batch": lambda: model.batch(["Hi"], config),
        "generate": lambda: model.generate([[HumanMessage("Hi")]], callbacks=[seen]),
        "stream": lambda: _read(lambda: model.stream("Hi", config), early),
        "ainvoke": lambda: model.ainvoke("Hi", config),
        "abatch": lambda: model.abatch(["Hi"], config),
        "agenerate": lambda: model.agenerate([[HumanMessage("Hi")]], callbacks=[seen]),
        "astream": lambda: _aread(model.astream("Hi", config), early),
        "astream_events": lambda: _aread(model.astream_events("Hi", config, version="v2"), early),
    }[verb]
    await (given() if verb.startswith("a") else asyncio.to_thread(given))


def _read(make, early):
    for piece in make():
        if early and _says_something(piece):
            break


async def _aread(stream, early):
    async with aclosing(stream) as pieces:
        async for piece in pieces:
            if early and _says_something(piece):
                break


def _says_something(piece):
    if isinstance(piece, dict):
        return piece["event"] == "on_chat_model_stream" and piece["data"]["chunk"].text
    return getattr(piece, "text", "") or getattr(piece, "delta", "")


@pytest.mark.parametrize(
    "verb",
    ["invoke", "ainvoke", "stream", "astream", "astream_events", "batch", "abatch", "generate", "agenerate"],
)
@pytest.mark.parametrize("how", ["well", "refused", "broken off", "left early"])
async def test_langchains_callbacks_begin_and_end_once(verb, how):
    streamed = "stream" in verb
    if not streamed and how in {"broken off", "left early"}:
        pytest.skip("only streams are left or broken off within")
    acts = {
        "well": faults.good,
        "refused": lambda _: [whole({"error": {"message": "no"}}, 400)],
        "broken off": breaks_off,
        "left early": begins,
    }[how]
    seen = Seen()
    with Server(acts) as server:
        model = ChatHatz(MODEL, api_key="k", base_url=server.base_url)
        with suppress(HatzError):
            await _langchain(verb, model, seen, early=how == "left early")
    tokens = ["token"] if streamed and how != "refused" else []
    assert seen.names == ["start", *tokens, "end" if how == "well" else "error"]
    if how in {"refused", "broken off"}:
        assert isinstance(seen.errors[0], HatzError)


# LlamaIndex


class Called(BaseCallbackHandler):
    def __init__(self):
        super().__init__([], [])
        self.started, self.ended = [], []

    def on_event_start(self, event_type, payload=None, event_id="", parent_id="", **_):
        if event_type == CBEventType.LLM:
            self.started.append(event_id)
        return event_id

    def on_event_end(self, event_type, payload=None, event_id="", **_):
        if event_type == CBEventType.LLM:
            # Whoever keeps the exception keeps the frames it went through, and with them the stream.
            self.ended.append((event_id, EventPayload.EXCEPTION in payload))

    def start_trace(self, trace_id=None): ...

    def end_trace(self, trace_id=None, trace_map=None): ...


def look(where: str) -> str:
    """Looks."""
    return where


LOOK = FunctionTool.from_defaults(look)


class Heard(BaseEventHandler):
    names: list = []  # noqa: RUF012 (pydantic copies it)

    def handle(self, event, **_):
        self.names.append(type(event).__name__)


async def _llama_index(verb, llm, *, early=False):
    said, tools = [ChatMessage("Hi")], [LOOK]
    given = {
        "chat": lambda: llm.chat(said),
        "complete": lambda: llm.complete("Hi"),
        "chat_with_tools": lambda: llm.chat_with_tools(tools, "Hi"),
        "predict": lambda: llm.predict(PromptTemplate("Hi")),
        "stream_chat": lambda: _read(lambda: llm.stream_chat(said), early),
        "stream_complete": lambda: _read(lambda: llm.stream_complete("Hi"), early),
        "stream_chat_with_tools": lambda: _read(lambda: llm.stream_chat_with_tools(tools, "Hi"), early),
        "achat": lambda: llm.achat(said),
        "acomplete": lambda: llm.acomplete("Hi"),
        "achat_with_tools": lambda: llm.achat_with_tools(tools, "Hi"),
        "apredict": lambda: llm.apredict(PromptTemplate("Hi")),
        "astream_chat": lambda: llm.astream_chat(said),
        "astream_complete": lambda: llm.astream_complete("Hi"),
        "astream_chat_with_tools": lambda: llm.astream_chat_with_tools(tools, "Hi"),
    }[verb]
    if verb.startswith("astream"):
        await _aread(await given(), early)
    else:
        await (given() if verb.startswith("a") else asyncio.to_thread(given))


@pytest.mark.parametrize(
    "verb",
    [
        *(
            "chat",
            "achat",
            "complete",
            "acomplete",
            "stream_chat",
            "astream_chat",
            "stream_complete",
            "astream_complete",
        ),
        *("chat_with_tools", "achat_with_tools", "stream_chat_with_tools", "astream_chat_with_tools"),
        *("predict", "apredict"),
    ],
)
@pytest.mark.parametrize("how", ["well", "refused", "broken off", "left early"])
async def test_llama_indexes_events_begin_and_end_once(verb, how):
    streamed = "stream" in verb
    if not streamed and how in {"broken off", "left early"}:
        pytest.skip("only streams are left or broken off within")
    acts = {
        "well": faults.good,
        "refused": lambda _: [whole({"error": {"message": "no"}}, 400)],
        "broken off": breaks_off,
        "left early": begins,
    }[how]
    called, heard = Called(), Heard()
    dispatcher = get_dispatcher()
    dispatcher.add_event_handler(heard)
    try:
        with Server(acts) as server:
            llm = HatzLLM(MODEL, api_key="k", base_url=server.base_url, callback_manager=CallbackManager([called]))
            with suppress(HatzError):
                await _llama_index(verb, llm, early=how == "left early")
            assert how != "left early" or await asyncio.to_thread(server.settles)
    finally:
        dispatcher.event_handlers.remove(heard)
    assert len(called.started) == 1
    assert [event_id for event_id, _ in called.ended] == called.started
    assert called.ended[0][1] == (how != "well")
    kind = "Completion" if "complete" in verb else "Chat"
    assert heard.names.count(f"LLM{kind}StartEvent") == 1
    assert heard.names.count(f"LLM{kind}EndEvent") == (1 if how == "well" else 0)
