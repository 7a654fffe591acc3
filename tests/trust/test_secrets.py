"""The key and the headers: sent to the gateway, and shown nowhere."""

import asyncio
import contextlib
import io
import json
import logging
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import httpx
import pytest
from langchain_core.load import dumps
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.langchain import LangChainTracer
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from pydantic import SecretStr
from rich.console import Console
from rich.traceback import Traceback

from hatz_client import AsyncClient, Client, HatzError, HatzInvalidInputError
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.harness import ways

from . import faults
from .server import Server, whole
from .wires import MODEL

pytestmark = pytest.mark.usefixtures("no_waiting")

KEY = "sk-never-to-be-seen-4711"
HUSH = "header-never-to-be-seen-0815"


def settings(where, **more):
    headers = {"X-Own": HUSH}
    return {"api_key": KEY, "base_url": where, "default_headers": headers, "max_retries": 1, "timeout": 20.0, **more}


def shown(error):
    """All that a traceback can show, with the values of local variables."""
    outcome = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    return "\n".join([*outcome, str(error), repr(error), repr(vars(error)), repr(error.__cause__)])


def shown_by_rich(error):
    """The same as rich shows it, which looks into objects by itself."""
    out = io.StringIO()
    frames = {"show_locals": True, "locals_max_length": 1000, "locals_max_string": 100_000}
    Console(file=out, width=400).print(Traceback.from_exception(type(error), error, error.__traceback__, **frames))
    return out.getvalue()


def assert_silent(*texts):
    for text in map(str, texts):
        for secret in (KEY, HUSH):
            at = text.find(secret)
            assert at < 0, text[max(0, at - 300) : at + 100]


FAULTS = {
    "refused": lambda _: [whole({"error": {"message": "no"}}, 401)],
    "no answer": lambda _: [whole(b"<html>", content_type="text/html")],
    "reset": next(row.steps for row in faults.CONNECTION if row.name == "reset before the status line"),
    "cut off": next(row.steps for row in faults.CONNECTION if "between two events" in row.name),
    "redirect": lambda _: [whole(b"", 307, Location="http://127.0.0.1:9/")],
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", ways.ALL)
def test_no_traceback_shows_them_even_with_local_variables(loop, caplog, fault, verb):
    caplog.set_level(logging.DEBUG)
    with Server(FAULTS[fault]) as server:
        outcome = ways.run(loop, ways.ALL[verb], settings(server.base_url))
        assert server.requests[0].headers["x-api-key"] == KEY
        assert server.requests[0].headers["x-own"] == HUSH
        assert_silent(*(asked.headers["x-request-id"] for asked in server.requests))
    assert outcome.error is not None
    error = without_the_tests_own_frames(outcome.error)
    assert_silent(shown(error), shown_by_rich(error) if "Client" in verb and fault != "redirect" else "")
    assert_silent(*(record.getMessage() for record in caplog.records))
    assert_silent(*(record.exc_text or "" for record in caplog.records), *(vars(record) for record in caplog.records))
    assert any(record.name == "httpcore.http11" for record in caplog.records)


def without_the_tests_own_frames(error):
    """The tests' frames hold the settings as they were given; so would a user's."""
    not_ours = (str(Path(__file__).parents[1]), "concurrent/futures")
    while error.__traceback__ and any(name in error.__traceback__.tb_frame.f_code.co_filename for name in not_ours):
        error.__traceback__ = error.__traceback__.tb_next
    return error


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"default_headers": {"X-Own": f"{HUSH}\nX-Injected: 1"}}, "X-Own"),
        ({"default_headers": {"X-Own": f"{HUSH}é"}}, "X-Own"),
        ({"default_headers": {"X Own": HUSH}}, "X Own"),
        ({"api_key": f"{KEY}\r\nX-Injected: 1"}, "key"),
        ({"api_key": f"{KEY}é"}, "key"),
        ({"timeout": -1}, "timeout"),
        ({"base_url": "https://gateway.example:port/v1"}, "base_url"),
        ({"base_url": "https://[::1/v1"}, "base_url"),
        ({"base_url": "http://gateway.example/v1"}, "unencrypted"),
        ({"base_url": f"ftp://user:{KEY}@gateway.example/v1"}, "password"),
    ],
)
@pytest.mark.parametrize("verb", ways.ALL)
def test_what_cannot_be_sent_is_said_by_name_only(loop, verb, wrong, names):
    outcome = ways.run(loop, ways.ALL[verb], settings("http://127.0.0.1:9/v1", **wrong))
    assert outcome.error is not None
    assert names in str(outcome.error)
    if "password" in names:  # a base URL is shown in tracebacks: it is no place for a secret
        assert_silent(outcome.error, repr(outcome.error))
    else:
        assert_silent(shown(without_the_tests_own_frames(outcome.error)))


def test_the_connection_of_the_key_is_not_a_proxys(monkeypatch, loop):
    """A proxy of the environment neither gets what is for this machine nor keeps it from arriving."""
    with Server(faults.good) as proxy, Server(faults.good) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        code = (
            "import sys; from hatz_client import *; "
            "P = Prompt('m', (Turn('user', (Text('hi'),)),)); "
            "print(Client('k', sys.argv[1]).ask(P).text); "
            "import asyncio; print(asyncio.run(AsyncClient('k', sys.argv[1]).ask(P)).text)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, server.base_url], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 2
        assert not proxy.requests


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/v1/anthropic/messages", "//127.0.0.1:{port}/x"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_is_never_sent_elsewhere(status, location):
    with Server(faults.good) as elsewhere:
        where = location.format(port=elsewhere.port)
        with Server(lambda _: [whole(b"", status, Location=where)]) as server:
            for client in (
                Client(KEY, server.base_url, max_retries=0),
                ChatHatz(MODEL, api_key=KEY, base_url=server.base_url),
            ):
                with pytest.raises(HatzError, match="not followed"):
                    client.ask(ways.prompt()) if isinstance(client, Client) else client.invoke("Hi")
        assert elsewhere.accepted == 0


@pytest.mark.parametrize("verb", ways.ALL)
def test_a_client_of_the_users_own_that_follows_redirects_follows_none_with_the_key(loop, verb):
    async def closed(http):
        await http.aclose()

    with Server(faults.good) as elsewhere:
        where = f"http://127.0.0.1:{elsewhere.port}/v1/anthropic/messages"
        with Server(lambda _: [whole(b"", 307, Location=where)]) as server, httpx.Client(follow_redirects=True) as http:
            ahttp = httpx.AsyncClient(follow_redirects=True)
            own = {"http_client": http, "http_async_client": ahttp}
            if "Client" in verb:
                del own["http_client" if "Async" in verb else "http_async_client"]
            outcome = ways.run(loop, ways.ALL[verb], settings(server.base_url, **own))
            loop.run(closed(ahttp))
        assert "not followed" in str(outcome.error)
        assert len(server.requests) == 1
        assert elsewhere.accepted == 0


def test_headers_are_sent_once_whatever_their_case(loop):
    with Server(faults.good) as server:
        client = Client(
            KEY,
            server.base_url,
            default_headers={"x-api-key": "other", "content-type": "text/odd", "x-request-ID": "1"},
        )
        client.ask(ways.prompt(), headers={"user-agent": "mine"})
    asked = server.requests[0]
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["content-type"] == "text/odd"
    assert asked.headers["user-agent"] == "mine"
    assert asked.headers["x-request-id"] != "1"
    assert asked.repeated == []


# What shows a model's settings


HIDDEN = {
    "default_headers": {"X-Own": HUSH},
    "default_query": {"tenant": HUSH},
    "proxy": f"http://user:{HUSH}@127.0.0.1:9",
}


@pytest.mark.parametrize(
    "make",
    [
        lambda: Client(KEY, **HIDDEN),
        lambda: AsyncClient(SecretStr(KEY), **HIDDEN),
        lambda: ChatHatz(MODEL, api_key=KEY, **HIDDEN),
        lambda: HatzLLM(MODEL, api_key=KEY, **HIDDEN),
    ],
)
def test_no_repr_str_or_dump_shows_them(make):
    made = make()
    assert_silent(repr(made), str(made), f"{made}")
    if isinstance(made, ChatHatz):
        assert_silent(
            dumps(made), made.model_dump(), made.model_dump_json(), made.asdict(), made.to_json(), made._identifying_params,
            made._get_ls_params(), made._get_invocation_params(), made.lc_attributes,
        )  # fmt: skip
    elif isinstance(made, HatzLLM):
        assert_silent(
            made.to_dict(), made.to_json(), made.model_dump(), made.model_dump_json(), made.to_payload(), made.metadata,
            json.dumps(type(made).model_json_schema()),
        )  # fmt: skip


@pytest.mark.parametrize("make", [ChatHatz, HatzLLM])
def test_no_error_of_construction_shows_them(make):
    shown = []
    for wrong in ({"api_key": "sk-4711"}, {"model": MODEL, "api_key": ["sk-4711"]}):
        with pytest.raises((ValueError, TypeError)) as caught:
            make(**wrong)
        shown.append(str(caught.value))
    assert "sk-4711" not in "".join(shown)


@pytest.mark.parametrize("make", [ChatHatz, HatzLLM, Client, AsyncClient])
def test_a_pickle_carries_a_key_only_if_it_was_given(make, monkeypatch):
    monkeypatch.setenv("HATZ_API_KEY", "sk-of-the-environment")
    named = (MODEL,) if make in (ChatHatz, HatzLLM) else ()
    from_environment = pickle.dumps(make(*named))
    assert b"sk-of-the-environment" not in from_environment
    given = pickle.dumps(make(*named, api_key=KEY))
    assert KEY.encode() in given
    monkeypatch.setenv("HATZ_API_KEY", "sk-of-the-worker")
    with Server(faults.good) as server:
        for data, key in ((from_environment, "sk-of-the-worker"), (given, KEY)):
            _ask_with(pickle.loads(data), server.base_url)
            assert server.requests[-1].headers["x-api-key"] == key


def key_of_a_function():
    """A callable that worker processes find again by its name."""
    return KEY


@pytest.mark.parametrize("make", [ChatHatz, HatzLLM, Client, AsyncClient])
def test_a_pickle_carries_a_callable_and_not_the_key_it_gives(make):
    named = (MODEL,) if make in (ChatHatz, HatzLLM) else ()
    made = make(*named, api_key=key_of_a_function)
    with Server(faults.good) as server:
        _ask_with(made, server.base_url)
        data = pickle.dumps(made)
        assert KEY.encode() not in data
        _ask_with(pickle.loads(data), server.base_url)
        assert [asked.headers["x-api-key"] for asked in server.requests] == [KEY, KEY]


def _ask_with(made, where):
    if isinstance(made, ChatHatz):
        made.model_copy(update={"base_url": where}).invoke("Hi")
    elif isinstance(made, HatzLLM):
        made.base_url = where
        made.chat([ChatMessage("Hi")])
    else:
        client = type(made)(made.settings.api_key, where)
        asked = client.ask(ways.prompt())
        asyncio.run(asked) if isinstance(client, AsyncClient) else None


# What watches a call


class Everything(BaseTracer):
    """LangChain's own tracer, as LangSmith's is one, keeping each run as it would be sent."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def _persist_run(self, run):
        self.seen.append(
            run.model_dump_json(exclude={"child_runs"}) if hasattr(run, "model_dump_json") else repr(vars(run))
        )


@pytest.mark.parametrize("fails", [False, True])
def test_no_trace_of_langchain_shows_them(fails):
    with Server(FAULTS["refused"] if fails else faults.good) as server:
        tracer = Everything()
        model = ChatHatz(MODEL, **settings(server.base_url))
        calls = [
            lambda: model.invoke("Hi", config={"callbacks": [tracer]}),
            lambda: list(model.stream("Hi", config={"callbacks": [tracer]})),
            lambda: asyncio.run(model.ainvoke("Hi", config={"callbacks": [tracer]})),
        ]
        for call in calls:
            try:
                call()
            except HatzError:
                assert fails
        assert len(tracer.seen) == 3
        assert_silent(*tracer.seen)


class Letterbox:
    """In LangSmith's place: keeps what would be sent to it."""

    def __init__(self):
        self.sent = []

    def create_run(self, *args, **fields):
        self.sent.append(repr((args, fields)))

    update_run = create_run

    def __getattr__(self, name):
        return lambda *_, **__: None


@pytest.mark.parametrize("fails", [False, True])
def test_langsmith_is_sent_none_of_them(fails):
    letters = Letterbox()
    with Server(FAULTS["refused"] if fails else faults.good) as server:
        tracer = LangChainTracer(client=letters)
        model = ChatHatz(MODEL, **settings(server.base_url))
        for call in (model.invoke, lambda said, config: list(model.stream(said, config))):
            with contextlib.suppress(HatzError):
                call("Hi", {"callbacks": [tracer]})
        tracer.wait_for_futures()
    assert len(letters.sent) >= 4
    assert any(MODEL in sent for sent in letters.sent)
    assert_silent(*letters.sent)


class Heard(BaseEventHandler):
    seen: list = []  # noqa: RUF012 (pydantic copies it)

    def handle(self, event, **_):
        self.seen.append(event.model_dump_json(fallback=repr))
        self.seen.append(repr(event))


class Called(BaseCallbackHandler):
    def __init__(self):
        super().__init__([], [])
        self.seen = []

    def on_event_start(self, event_type, payload=None, event_id="", parent_id="", **_):
        self.seen.append(repr(payload))
        return event_id

    def on_event_end(self, event_type, payload=None, event_id="", **_):
        self.seen.append(repr(payload))

    def start_trace(self, trace_id=None): ...

    def end_trace(self, trace_id=None, trace_map=None): ...


@pytest.mark.parametrize("fails", [False, True])
def test_no_event_of_llama_index_shows_them(fails):
    heard, called = Heard(), Called()
    dispatcher = get_dispatcher()
    dispatcher.add_event_handler(heard)
    try:
        with Server(FAULTS["refused"] if fails else faults.good) as server:
            llm = HatzLLM(MODEL, callback_manager=CallbackManager([called]), **settings(server.base_url))
            for call in (lambda: llm.chat([ChatMessage("Hi")]), lambda: list(llm.stream_complete("Hi"))):
                try:
                    call()
                except HatzError:
                    assert fails
    finally:
        dispatcher.event_handlers.remove(heard)
    assert len(heard.seen) >= 4
    assert len(called.seen) >= 4
    assert_silent(*heard.seen, *called.seen)


def test_the_key_is_no_argument_of_a_process():
    code = (
        "import os, pathlib, subprocess\n"
        "key = os.environ['HATZ_API_KEY']; assert key\n"
        "for pid in (os.getpid(), os.getppid()):\n"
        "    line = pathlib.Path(f'/proc/{pid}/cmdline')\n"
        "    assert not line.exists() or key.encode() not in line.read_bytes()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "hatz_cli", "sandbox", "--", sys.executable, "-c", code],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_given_key_is_refused_over_plain_http_to_others(loop):
    for verb in ways.ALL.values():
        outcome = ways.run(loop, verb, settings("http://192.0.2.1/v1"))
        assert isinstance(outcome.error, HatzInvalidInputError)
        assert "unencrypted" in str(outcome.error)


def test_the_sandbox_shows_no_key():
    with Sandbox(api_key=KEY) as sandbox:
        client = Client(KEY, sandbox.base_url)
        client.ask(ways.prompt())
        assert_silent(repr(sandbox))
