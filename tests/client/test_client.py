"""Both clients against the sandbox, over real sockets: answers, streams, retries, timeouts, loops, threads, secrets."""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import pickle
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from hatz_client import AsyncClient, Client, Fold, Meta, Prompt, Text, Tool, ToolCall, ToolResult, Turn, errors, fold
from hatz_client.connection import pools
from hatz_client.connection.http import time_limits
from hatz_client.connection.httpx_clients import certificates
from hatz_sandbox import Sandbox
from tests.harness.cancelling import cancel_on_arrival
from tests.harness.versions import needs

ENDPOINTS = ["responses", "messages", "chat"]
MODEL = "anthropic.claude-haiku-4-5"

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


class Sync:
    """The verbs of `Client`, each run to its end."""

    def __init__(self, sandbox, **settings):
        self.client = Client(settings.pop("api_key", sandbox.api_key), sandbox.base_url, **settings)

    def ask(self, prompt, **options):
        return self.client.ask(prompt, **options)

    def stream(self, prompt, **options):
        return list(self.client.stream(prompt, **options))

    def some(self, prompt, count):
        events = self.client.stream(prompt)
        taken = [next(events) for _ in range(count)]
        events.close()
        return taken

    def call(self, verb, *args, **options):
        return getattr(self.client, verb)(*args, **options)


class Async:
    """The same of `AsyncClient`, each in an event loop of its own."""

    def __init__(self, sandbox, **settings):
        self.client = AsyncClient(settings.pop("api_key", sandbox.api_key), sandbox.base_url, **settings)

    def ask(self, prompt, **options):
        return asyncio.run(self.client.ask(prompt, **options))

    def stream(self, prompt, **options):
        async def all_events():
            return [event async for event in self.client.stream(prompt, **options)]

        return asyncio.run(all_events())

    def some(self, prompt, count):
        async def first_events():
            async with contextlib.aclosing(self.client.stream(prompt)) as events:
                return [await anext(events) for _ in range(count)]

        return asyncio.run(first_events())

    def call(self, verb, *args, **options):
        return asyncio.run(getattr(self.client, verb)(*args, **options))


@pytest.fixture(params=[Sync, Async])
def kind(request):
    return request.param


def prompt(text="Hello!", **settings):
    return Prompt(settings.pop("model", MODEL), (Turn("user", (Text(text),)),), **settings)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("change", [lambda url: url.removesuffix("/v1"), lambda url: f"{url}/v1"])
def test_the_error_for_a_wrong_path_shows_the_url_and_names_base_url(kind, sandbox, endpoint, change):
    wrong = kind(sandbox, endpoint=endpoint)
    base_url = change(sandbox.base_url)
    wrong.client = type(wrong.client)(sandbox.api_key, base_url, endpoint=endpoint)
    with pytest.raises(errors.HatzNotFoundError, match=f"nothing at POST {base_url}/.* Check base_url") as caught:
        wrong.ask(prompt())
    assert "Check base_url" in str(caught.value)


def test_an_unknown_option_of_a_call_is_named_with_the_similar_one(kind, sandbox):
    for call in (kind(sandbox).ask, kind(sandbox).stream):
        with pytest.raises(TypeError, match="A call has no option 'time_out': did you mean 'timeout'"):
            call(prompt(), time_out=3)


@pytest.mark.parametrize("endpoint", ["responses", "messages"])
@pytest.mark.parametrize("result", ["14:20", Text("14:20"), [Text("14:20")], ["14:20"]])
def test_a_tools_result_may_be_a_string_a_part_or_a_list(kind, sandbox, endpoint, result):
    turns = [
        Turn("user", "When is high tide?"),
        Turn("assistant", ToolCall("call_1", "high_tide", {})),
        Turn("tool", ToolResult("call_1", result)),
    ]
    asked = Prompt(MODEL, turns, tools=Tool("high_tide"))
    assert kind(sandbox, endpoint=endpoint).ask(asked).text == "The result of high_tide is 14:20."


@pytest.mark.parametrize("endpoint", ["responses", "messages"])
@pytest.mark.parametrize("result", [None, 5, {"a": 1}, b"x"])
def test_a_tools_result_of_another_type_is_named(kind, sandbox, endpoint, result):
    turns = [
        Turn("user", "When is high tide?"),
        Turn("assistant", ToolCall("call_1", "high_tide", {})),
        Turn("tool", ToolResult("call_1", result)),
    ]
    with pytest.raises(errors.HatzInvalidInputError, match=r"A tool's result cannot hold a (NoneType|int|dict|bytes)"):
        kind(sandbox, endpoint=endpoint).ask(Prompt(MODEL, turns, tools=Tool("high_tide")))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_answer_whole_and_streamed(kind, sandbox, endpoint):
    sandbox.reply("Good day to you.")
    reply = kind(sandbox, endpoint=endpoint).ask(prompt())
    assert (reply.text, reply.endpoint) == ("Good day to you.", endpoint)
    assert reply.request_id == sandbox.last_request.headers["X-Request-ID"]
    sandbox.reply("Good day to you.")
    events = kind(sandbox, endpoint=endpoint).stream(prompt())
    streamed = fold(events)
    assert isinstance(events[0], Meta)
    assert streamed.request_id == events[0].request_id == sandbox.last_request.headers["X-Request-ID"]
    assert streamed.parts == reply.parts or streamed.text == reply.text
    assert streamed.finish == reply.finish
    assert sandbox.last_request.body["stream"] is True


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gpt-5.2", "/v1/openai/responses"),
        ("anthropic.claude-haiku-4-5", "/v1/anthropic/messages"),
        ("moonshot.kimi-k2-thinking", "/v1/anthropic/messages"),
        ("haiku", "/v1/anthropic/messages"),
        ("auto", "/v1/chat/completions"),
    ],
)
def test_each_model_on_the_wire_it_was_born_with(kind, sandbox, model, path):
    kind(sandbox).ask(prompt(model=model))
    assert sandbox.last_request.path == path


def test_native_parameters_and_agents_choose_native_chat(kind, sandbox):
    client = kind(sandbox)
    agent = client.call("list_agents")[0]
    assert client.ask(prompt(model=agent.model)).text
    assert client.ask(prompt(model="gpt-4o", tools_to_use=("google_search",))).text
    assert {request.path for request in sandbox.requests if request.method == "POST"} == {"/v1/chat/completions"}


def test_an_explicit_endpoint_wins_and_a_call_may_set_its_own(kind, sandbox):
    client = kind(sandbox, endpoint="messages")
    client.ask(prompt(model="gpt-5.2"))
    assert sandbox.last_request.path == "/v1/anthropic/messages"
    client.ask(prompt(model="gpt-5.2"), endpoint="chat", headers={"X-Own": "1"}, request_id="mine")
    assert sandbox.last_request.path == "/v1/chat/completions"
    assert sandbox.last_request.headers["X-Own"] == "1"
    assert sandbox.last_request.headers["X-Request-ID"] == "mine"
    with pytest.raises(errors.HatzInvalidInputError, match="'auto', 'responses', 'messages' or 'chat'"):
        client.ask(prompt(), endpoint="completions")


@pytest.mark.parametrize(
    ("verb", "given"),
    [("list_models", ()), ("list_agents", ()), ("count_tokens", (prompt(),)), ("upload", (b"words",))],
)
def test_every_call_may_set_its_own_timeout_headers_and_id(kind, sandbox, verb, given):
    client = kind(sandbox)
    client.call(verb, *given, timeout=7, headers={"X-Own": "1"}, request_id="mine")
    first, *rest = sandbox.requests
    assert first.headers["X-Request-ID"] == "mine"
    assert "mine" not in [request.headers["X-Request-ID"] for request in rest]
    assert {request.headers["X-Own"] for request in sandbox.requests} == {"1"}
    with pytest.raises(errors.HatzInvalidInputError, match="timeout"):
        client.call(verb, *given, timeout=-1)


@pytest.mark.parametrize("given", [{"request_id": "mine"}, {"headers": {"x-request-id": "mine"}}])
def test_attempts_have_ids_that_differ_however_the_id_was_given(kind, sandbox, given):
    sandbox.fail(503, times=1, path="/chat/models")
    kind(sandbox).call("list_models", **given)
    assert [request.headers["X-Request-ID"] for request in sandbox.requests] == ["mine", "mine-2"]


def test_every_endpoint_gets_the_key_in_its_own_header_only(kind, sandbox):
    client = kind(sandbox)
    for endpoint in ENDPOINTS:
        client.ask(prompt(model="gpt-4o"), endpoint=endpoint)
    client.call("list_models")
    client.call("list_agents")
    client.call("count_tokens", prompt())
    assert len(sandbox.requests) == 6
    for request in sandbox.requests:
        assert request.headers["X-API-Key"] == sandbox.api_key
        assert "Authorization" not in request.headers


def test_tokens_are_counted_for_any_model(kind, sandbox):
    few = kind(sandbox).call("count_tokens", prompt(model="gpt-5.2"))
    many = kind(sandbox).call("count_tokens", prompt("word " * 100, model="gpt-5.2"))
    assert 0 < few < many
    assert sandbox.last_request.path.endswith("/anthropic/messages/count_tokens")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_stop_sequences_hold_on_every_endpoint(kind, sandbox, endpoint, streamed):
    sandbox.reply("one two three four")
    client, asked = kind(sandbox, endpoint=endpoint), prompt(stop=("three",))
    reply = fold(client.stream(asked)) if streamed else client.ask(asked)
    assert reply.text == "one two "
    assert reply.finish is None or reply.finish.reason == "stop"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("streamed", [False, True])
def test_what_may_pass_is_tried_again(kind, sandbox, status, streamed):
    sandbox.fail(status, times=2)
    sandbox.reply("at last")
    client = kind(sandbox)
    assert (fold(client.stream(prompt())) if streamed else client.ask(prompt())).text == "at last"
    ids = [request.headers["X-Request-ID"] for request in sandbox.requests]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("streamed", [False, True])
def test_it_is_tried_no_more_often_than_asked(kind, sandbox, streamed):
    sandbox.fail(500, "down", times=9)
    client = kind(sandbox, max_retries=1)
    with pytest.raises(errors.HatzServerError, match="500: down"):
        client.stream(prompt()) if streamed else client.ask(prompt())
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 422])
def test_what_will_not_pass_is_not_tried_again(kind, sandbox, status):
    sandbox.fail(status, "no")
    with pytest.raises(errors.HatzStatusError) as caught:
        kind(sandbox).stream(prompt())
    assert caught.value.status_code == status
    assert caught.value.request_id
    assert len(sandbox.requests) == 1


def test_a_used_up_allowance_is_not_tried_again(kind, sandbox):
    sandbox.fail(429, "The tenant's monthly credit limit is reached.")
    with pytest.raises(errors.HatzCreditsError):
        kind(sandbox).ask(prompt())
    assert len(sandbox.requests) == 1


def test_retry_after_is_obeyed(kind, sandbox):
    sandbox.fail(429, headers={"Retry-After": "0.3"})
    began = time.monotonic()
    kind(sandbox).ask(prompt())
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("reset", [False, True])
def test_a_stream_that_breaks_off_is_an_error_with_what_had_come(kind, sandbox, endpoint, reset):
    words = "one two three four five six seven eight nine ten"
    sandbox.cut_stream_after(8, reply=words, reset=reset)
    with pytest.raises(errors.HatzStreamInterruptedError) as caught:
        kind(sandbox, endpoint=endpoint).stream(prompt())
    assert words.startswith(caught.value.partial.text)
    assert caught.value.partial.text
    assert caught.value.request_id == caught.value.partial.request_id
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("endpoint", ["responses", "messages"])
def test_a_stream_without_its_last_event_is_not_complete(kind, sandbox, endpoint):
    sandbox.cut_stream_after(8, reply="one two three four five six seven eight nine ten", clean=True)
    with pytest.raises(errors.HatzStreamInterruptedError):
        kind(sandbox, endpoint=endpoint).stream(prompt())


def test_a_connection_that_breaks_before_the_answer_is_tried_again(kind, sandbox):
    sandbox.cut_stream_after(n_bytes=0, reset=True)
    sandbox.reply("second")
    assert fold(kind(sandbox).stream(prompt())).text == "second"
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize("endpoint", ["responses", "messages"])
def test_an_error_in_the_stream_is_an_error(kind, sandbox, endpoint):
    sandbox.error_event(after=6, message="exploded", reply="one two three four five six")
    with pytest.raises(errors.HatzServerError, match="exploded") as caught:
        kind(sandbox, endpoint=endpoint).stream(prompt())
    assert caught.value.partial.text
    assert len(sandbox.requests) == 1


def test_nobody_there(kind):
    with Sandbox() as gone:
        client = kind(gone, max_retries=0)
    with pytest.raises(errors.HatzConnectionError, match="No connection"):
        client.ask(prompt())


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_that_does_not_begin_in_time(kind, sandbox, streamed):
    sandbox.stall(before_first_byte=30)
    client = kind(sandbox, timeout=0.3, max_retries=0)
    with pytest.raises(errors.HatzTimeoutError, match=r"timeout=0\.3"):
        client.stream(prompt()) if streamed else client.ask(prompt())


def test_silence_within_a_stream(kind, sandbox):
    sandbox.stall(after_events=7, seconds=30, reply="one two three four five six")
    with pytest.raises(errors.HatzTimeoutError, match=r"idle=0\.3") as caught:
        kind(sandbox, timeout=20, stream_idle_timeout=0.3, endpoint="messages").stream(prompt())
    assert caught.value.partial.text
    assert len(sandbox.requests) == 1


def test_pings_alone_do_not_go_on_for_ever(kind, sandbox):
    sandbox.stall(after_events=7, seconds=60, pings=True, reply="one two three four five six")
    with pytest.raises(errors.HatzTimeoutError, match="keep-alive messages"):
        kind(sandbox, stream_idle_timeout=0.4, endpoint="messages").stream(prompt())


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ("<html><title>Gateway down</title></html>", "text/html", "instead of JSON"),
        ("", "application/json", "an empty body"),
        ("{oops", "application/json", "instead of JSON"),
        ("[1, 2]", "application/json", "other than an object"),
    ],
)
def test_a_200_that_is_no_answer(kind, sandbox, body, content_type, words):
    sandbox.raw(body, content_type)
    with pytest.raises(errors.HatzResponseError, match=words) as caught:
        kind(sandbox).ask(prompt())
    assert caught.value.request_id


@pytest.mark.parametrize("body", ["<html><title>Gateway down</title></html>", "", "{oops"])
def test_a_200_that_is_no_stream(kind, sandbox, body):
    sandbox.raw(body, "text/html")
    with pytest.raises(errors.HatzResponseError, match="instead of JSON"):
        kind(sandbox, endpoint="messages").stream(prompt())


def test_a_whole_answer_where_a_stream_was_asked_for(kind, sandbox):
    body = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "whole"}],
        "stop_reason": "end_turn",
    }
    sandbox.raw(body, piece_size=7)
    reply = fold(kind(sandbox, endpoint="messages").stream(prompt()))
    assert (reply.text, reply.id, reply.finish.raw) == ("whole", "m1", "end_turn")


def test_no_redirect_is_followed(kind, sandbox):
    with Sandbox() as elsewhere:
        sandbox.fail(302, headers={"Location": f"{elsewhere.base_url}/chat/models"}, path="/chat/models")
        with pytest.raises(errors.HatzResponseError, match="not followed"):
            kind(sandbox).call("list_models")
        assert not elsewhere.requests


def test_no_cookie_is_kept(kind, sandbox):
    sandbox.raw({"choices": [{"message": {"content": "a"}}]}, headers={"Set-Cookie": "tenant=1"})
    client = kind(sandbox, endpoint="chat")
    client.ask(prompt())
    client.ask(prompt())
    assert "Cookie" not in sandbox.last_request.headers


def test_leaving_a_stream_early_closes_its_connection(kind, sandbox):
    sandbox.stall(after_events=7, seconds=30, reply="one two three four five six")
    taken = kind(sandbox, endpoint="messages").some(prompt(), 4)
    assert len(taken) == 4
    assert sandbox.last_request.client_closed.wait(10)


def test_the_connection_may_stay_open_after_the_answer_but_not_for_ever(kind, sandbox):
    stop = b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\ndata: {"type":"message_stop"}\n\n'
    begin = b'data: {"type":"message_start","message":{"content":[{"type":"text","text":"done"}]}}\n\n'
    sandbox.raw(begin + stop + b"data: oops\n\n" + b": ping\n\n" * 200_000, "text/event-stream")
    reply = fold(kind(sandbox, endpoint="messages").stream(prompt()))
    assert (reply.text, reply.finish.raw) == ("done", "end_turn")


def test_text_after_a_stop_sequence_is_a_sign_of_life(sandbox, monkeypatch):
    monkeypatch.setattr(time_limits, "STALL_FACTOR", 1)
    sandbox.pace = 0.02
    sandbox.reply("one two three " + "more " * 100)
    client = Sync(sandbox, endpoint="responses", stream_idle_timeout=1)
    assert fold(client.stream(prompt(stop=("three",)))).text == "one two "


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_whole_and_streamed_answers_end_alike_at_a_stop_sequence(sandbox, endpoint):
    client = Sync(sandbox, endpoint=endpoint)
    for ask in (client.ask, lambda asked: fold(client.stream(asked))):
        sandbox.reply("one two three four")
        reply = ask(prompt(stop=("three",)))
        assert (reply.text, reply.finish.raw) == ("one two ", "stop_sequence")


def test_a_client_that_follows_redirects_does_not_carry_the_key_elsewhere(sandbox):
    with Sandbox() as elsewhere, httpx.Client(follow_redirects=True) as own:
        sandbox.fail(307, headers={"Location": f"{elsewhere.base_url}/chat/models"}, path="/chat/models")
        with pytest.raises(errors.HatzResponseError, match="not followed"):
            Client(sandbox.api_key, sandbox.base_url, http_client=own).list_models()
        assert not elsewhere.requests


def test_garbage_collection_may_end_a_stream_while_a_client_is_lent():
    shared = pools.Pool(httpx.Client)
    with pools._pools.lock, shared.lend():
        assert len(shared.busy) == 1
    assert not shared.busy
    for client in shared.drain()[0]:
        client.close()


def test_the_key_may_be_a_callable_asked_each_time(kind, sandbox):
    asked = []

    def key():
        asked.append(1)
        return sandbox.api_key

    client = kind(sandbox, api_key=key)
    client.call("list_models")
    client.call("list_models")
    assert len(asked) == 2


def test_the_key_may_be_an_async_callable(sandbox):
    async def key():
        return sandbox.api_key

    assert Async(sandbox, api_key=key).call("list_models")


def test_a_refusal_has_the_responses_headers_without_cookies(kind, sandbox):
    sandbox.fail(429, headers={"X-RateLimit-Reset": "60", "Set-Cookie": "a=hush"}, times=1)
    with pytest.raises(errors.HatzRateLimitError) as caught:
        kind(sandbox, max_retries=0).ask(prompt())
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.headers["x-ratelimit-reset"] == "60"
    assert "hush" not in repr(vars(error))
    assert not errors.HatzError("before any response").headers


def test_no_key_no_request(kind, sandbox, monkeypatch):
    monkeypatch.delenv("HATZ_API_KEY", raising=False)
    with pytest.raises(errors.HatzAuthenticationError, match="HATZ_API_KEY"):
        kind(sandbox, api_key=None).ask(prompt())
    assert not sandbox.requests


def test_no_secret_in_logs_errors_and_tracebacks(kind, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    client = kind(sandbox, api_key="sk-very-secret", default_headers={"X-Own": "hush-hush"})
    with pytest.raises(errors.HatzAuthenticationError) as caught:
        client.ask(prompt())
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("hatz")]
    shown = "\n".join(
        [
            *ours,
            repr(caught.value),
            repr(vars(caught.value)),
            *traceback.format_exception(caught.value),
            repr(client.client),
        ]
    )
    assert "sk-very-secret" not in shown
    assert "hush-hush" not in shown
    assert sandbox.api_key not in shown
    assert any("/anthropic/messages 401" in line for line in ours)


def test_a_client_of_the_users_own(sandbox):
    with httpx.Client(headers={"X-Mine": "1"}) as own:
        assert Client(sandbox.api_key, sandbox.base_url, http_client=own).list_models()
        assert sandbox.last_request.headers["X-Mine"] == "1"
        assert not own.is_closed


def test_a_client_of_httpx2(sandbox):
    httpx2 = pytest.importorskip("httpx2")
    with httpx2.Client() as own:
        client = Client(
            sandbox.api_key, sandbox.base_url, http_client=own, max_retries=0, timeout=0.3, endpoint="messages"
        )
        assert fold(client.stream(prompt())).text
        sandbox.stall(before_first_byte=30)
        with pytest.raises(errors.HatzTimeoutError):
            client.ask(prompt())


def test_connections_are_used_again(kind, sandbox):
    async def several():
        client = AsyncClient(sandbox.api_key, sandbox.base_url)
        for _ in range(3):
            await client.ask(prompt())
            assert [event async for event in client.stream(prompt())]

    before = sandbox.connections
    if kind is Async:
        asyncio.run(several())
    else:
        for _ in range(3):
            Sync(sandbox).ask(prompt())
            Sync(sandbox).stream(prompt())
    assert sandbox.connections - before == 1


def test_three_loops_in_a_row_make_three_requests_and_leave_nothing(sandbox, recwarn):
    client = AsyncClient(sandbox.api_key, sandbox.base_url)
    for _ in range(3):
        assert asyncio.run(client.ask(prompt())).text
    assert len(sandbox.requests) == 3

    async def loops_known():
        await pools.loop_pool()
        return len(pools._pools.of_loops)

    assert asyncio.run(loops_known()) == 1
    gc.collect()
    assert not [str(warning.message) for warning in recwarn if issubclass(warning.category, ResourceWarning)]


def test_many_threads_with_loops_of_their_own(sandbox):
    client = AsyncClient(sandbox.api_key, sandbox.base_url)

    def in_a_loop(number):
        sandbox_text = f"number {number}"

        async def twice():
            return [(await client.ask(prompt(f"Repeat: {sandbox_text}"))).text for _ in range(2)]

        return asyncio.run(twice())

    with ThreadPoolExecutor(16) as pool:
        assert all(all(texts) for texts in pool.map(in_a_loop, range(32)))
    assert len(sandbox.requests) == 64


def test_one_sync_client_for_many_threads(sandbox):
    client = Client(sandbox.api_key, sandbox.base_url)
    with ThreadPoolExecutor(16) as pool:
        assert all(reply.text for reply in pool.map(lambda _: client.ask(prompt()), range(50)))
    assert len(sandbox.requests) == 50


def test_two_hundred_streams_at_once(sandbox):
    client = AsyncClient(sandbox.api_key, sandbox.base_url)

    async def one():
        folding = Fold()
        async for event in client.stream(prompt()):
            folding.add(event)
        return folding.reply.text

    async def all_of_them():
        return await asyncio.gather(*(one() for _ in range(200)))

    assert all(asyncio.run(all_of_them()))
    assert len(sandbox.requests) == 200


def test_cancelling_closes_the_connection(sandbox):
    sandbox.stall(before_first_byte=30)

    async def cancelled():
        client = AsyncClient(sandbox.api_key, sandbox.base_url)
        with contextlib.suppress(asyncio.CancelledError):
            await cancel_on_arrival(sandbox, client.ask(prompt()))

    asyncio.run(cancelled())
    assert sandbox.last_request.client_closed.wait(10)


def _child(base_url, key, answers):
    answers.put(Client(key, base_url).ask(prompt()).text)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_opens_connections_of_its_own(sandbox):
    Client(sandbox.api_key, sandbox.base_url).ask(prompt())
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_child, args=(sandbox.base_url, sandbox.api_key, answers))
    child.start()
    assert answers.get(timeout=20)
    child.join(20)
    assert child.exitcode == 0
    assert Client(sandbox.api_key, sandbox.base_url).ask(prompt()).text


def test_sync_calls_work_within_a_running_loop(sandbox):
    async def within():
        return Client(sandbox.api_key, sandbox.base_url).ask(prompt()).text

    assert asyncio.run(within())
    assert threading.active_count() < 100


# httpx 0.27 passes over a file that does not exist.
@pytest.mark.parametrize("content", [pytest.param(None, marks=needs("httpx", "0.28")), "no certificate"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_certificates_that_cannot_be_read(kind, sandbox, endpoint, content, tmp_path, monkeypatch):
    file = tmp_path / "authority.pem"
    if content:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    pools.close_all()
    certificates.cache_clear()
    with pytest.raises(errors.HatzInvalidInputError, match=r"TLS cannot be set up .*check SSL_CERT_FILE="):
        kind(sandbox, endpoint=endpoint).ask(prompt())
