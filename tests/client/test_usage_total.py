"""The usage of a client's answers, added up."""

import threading

import pytest

from hatz_client import Prompt, errors
from hatz_sandbox import Sandbox

from .both import Async, Sync

CLAUDE = Prompt("anthropic.claude-haiku-4-5", "Hi")


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture(params=[Sync, Async])
def client(request, sandbox):
    return request.param(sandbox, max_retries=0)


def numbers(total):
    return total.input, total.output, total.total, total.answers, total.unknown


def test_whole_answers_and_streams_are_counted(client, sandbox):
    with client.client.usage() as total:
        for verb in ("ask", "stream"):
            sandbox.reply("Hi", usage={"input": 7, "output": 2})
            getattr(client, verb)(CLAUDE)
        assert numbers(total) == (14, 4, 18, 2, 0)
        client.stream(Prompt("auto", "Hi"))  # native streams have no usage
        client.count_tokens(CLAUDE)
        client.list_models()
    client.ask(CLAUDE)
    assert numbers(total) == (14, 4, 18, 3, 1)


def test_an_answer_that_broke_off_is_unknown_and_one_that_never_began_is_none(client, sandbox):
    with client.client.usage() as total:
        sandbox.cut_stream_after(5, reply="one two three four five six")
        with pytest.raises(errors.HatzStreamInterruptedError):
            client.stream(CLAUDE)
        assert (total.answers, total.unknown) == (1, 1)
        sandbox.fail(400, times=2)
        for verb in ("ask", "stream"):
            with pytest.raises(errors.HatzBadRequestError):
                getattr(client, verb)(CLAUDE)
    assert total.answers == 1


def test_a_stream_that_is_left_is_counted(sandbox):
    client = Sync(sandbox).client
    sandbox.reply("one two three four", usage={"input": 7, "output": 4})
    with client.usage() as total:
        events = client.stream(CLAUDE)
        for _ in range(4):
            next(events)
        events.close()
    assert total.answers == 1


def test_threads_are_added_up(sandbox):
    client = Sync(sandbox).client
    sandbox.answer(lambda _: "Hi")
    with client.usage() as total:
        threads = [threading.Thread(target=client.ask, args=(CLAUDE,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert total.answers == 8
    assert total.total == total.input + total.output > 0
