"""A model copied, saved, shared by threads, loops and processes: it works the same, and its key is nowhere to be seen."""

import asyncio
import copy
import logging
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.load import dumps, loads
from langchain_core.runnables import ConfigurableField

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

SECRET = "the-secret-key-1234567890"


def model(sandbox: Sandbox, name: str = "gpt-5.2", **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


def body(sandbox: Sandbox) -> Any:
    return sandbox.last_request.body


# Copies


def test_copies_work(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    chat.invoke("Hi")
    for other in (
        copy.copy(chat),
        copy.deepcopy(chat),
        pickle.loads(pickle.dumps(chat)),
        chat.model_copy(update={"temperature": 0.3}),
        chat.with_config(tags=["x"]),
    ):
        assert other.invoke("Hi").text


def test_a_copy_with_another_address_asks_there(sandbox: Sandbox) -> None:
    with Sandbox() as elsewhere:
        chat = model(sandbox)
        chat.invoke("Hi")
        moved = chat.model_copy(update={"base_url": elsewhere.base_url})
        moved.invoke("Hi")
        chat.base_url = elsewhere.base_url
        chat.invoke("Hi")
        assert (len(sandbox.requests), len(elsewhere.requests)) == (1, 2)


def test_clients_of_yours(sandbox: Sandbox) -> None:
    with httpx.Client() as mine:
        chat = model(sandbox, http_client=mine)
        assert chat.invoke("Hi").text
        assert copy.deepcopy(chat).http_client is mine
        with pytest.raises(ModelInvalidRequestError, match="cannot be pickled"):
            pickle.dumps(chat)
        assert not mine.is_closed


def test_fields_chosen_later(sandbox: Sandbox) -> None:
    chat = model(sandbox).configurable_fields(model=ConfigurableField("model"), temperature=ConfigurableField("t"))
    chat.with_config(configurable={"model": "gpt-4o", "t": 0.7}).invoke("Hi")
    assert (body(sandbox)["model"], body(sandbox)["temperature"]) == ("gpt-4o", 0.7)
    list(chat.with_config(configurable={"model": "gpt-4o"}).stream("Hi"))
    assert body(sandbox)["stream"] is True
    other = model(sandbox).configurable_alternatives(ConfigurableField("which"), second=model(sandbox, "gpt-4o"))
    other.with_config(configurable={"which": "second"}).invoke("Hi")
    assert body(sandbox)["model"] == "gpt-4o"


@pytest.mark.filterwarnings("ignore:.*`loads` is in beta.*")
def test_saved_and_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATZ_API_KEY", SECRET)
    chat = ChatHatz("gpt-5.2", temperature=0.4, default_headers={"X-Secret": "hidden"}, extra_body={"a": 1})
    text = dumps(chat)
    again = loads(text, allowed_objects=[ChatHatz], valid_namespaces=["langchain_hatz"], secrets_from_env=True)
    assert (again.model, again.temperature, again.extra_body) == ("gpt-5.2", 0.4, {"a": 1})
    assert again.hatz_api_key.get_secret_value() == SECRET
    assert SECRET not in text
    assert "hidden" not in text


def test_a_cache_knows_what_was_asked(sandbox: Sandbox) -> None:
    cache = InMemoryCache()
    chat = model(sandbox, cache=cache)
    assert chat.invoke("Hi").text == chat.invoke("Hi").text
    assert len(sandbox.requests) == 1
    model(sandbox, cache=cache, temperature=0.9).invoke("Hi")
    assert len(sandbox.requests) == 2


# Life


def test_one_model_in_many_loops_one_after_the_other(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    for _ in range(4):
        assert asyncio.run(chat.ainvoke("Hi")).text
    assert len(sandbox.requests) == 4


def test_one_model_in_many_loops_at_the_same_time(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: asyncio.run(chat.ainvoke("Hi")).text, range(12)))
    assert len(answers) == len(sandbox.requests) == 12


async def test_batches(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    assert len(chat.batch(["Hi"] * 50, {"max_concurrency": 10})) == 50
    assert len(await chat.abatch(["Hi"] * 50)) == 50
    assert len(sandbox.requests) == 100


def _child(chat: ChatHatz, answers: Any) -> None:
    answers.put(str(chat.invoke("Hi").text))


def test_a_forked_process_talks_too(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    chat.invoke("Hi")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_child, args=(chat, answers))
    child.start()
    assert answers.get(timeout=20)
    child.join(20)
    assert child.exitcode == 0
    assert chat.invoke("Hi").text
    assert len(sandbox.requests) == 3


# Secrets


class Seen(BaseCallbackHandler):
    def __init__(self) -> None:
        self.starts: list[Any] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.starts.append((args, kwargs))


async def ask_key() -> str:
    return SECRET


async def test_the_key_is_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HATZ_API_KEY", SECRET)
    seen, texts = Seen(), []
    with Sandbox(api_key=SECRET) as sandbox:
        chat = ChatHatz("gpt-5.2", base_url=sandbox.base_url, default_headers={"X-Private": "hidden-header"})
        await chat.with_config(callbacks=[seen]).ainvoke("Hi")
        mcp = {"type": "mcp", "name": "x", "authorization": SECRET, "headers": {"X-Private": "hidden-header"}}
        chat.with_config(callbacks=[seen]).invoke("Hi", headers={"X-Private": "hidden-header"})
        texts.append(repr(chat._get_invocation_params(tools=[mcp])))
        sandbox.fail(status=500)
        with pytest.raises(Exception, match="500") as caught:
            chat.model_copy(update={"max_retries": 0}).invoke("Hi")
        texts += [repr(chat), str(chat), dumps(chat), repr(chat.asdict()), repr(caught.value), repr(vars(caught.value))]
        texts += [repr(seen.starts), caplog.text, repr(chat.bind_tools([]))]
        texts += [repr(chat._identifying_params), repr(caught.value.__cause__)]
    for text in texts:
        assert SECRET not in text
    assert SECRET.encode() not in pickle.dumps(chat)  # it is in the environment, there as here
    assert all("hidden-header" not in text for text in texts)


SERVER = {"type": "url", "url": "https://mcp.example", "name": "x", "authorization_token": SECRET}


@pytest.mark.parametrize(
    "fields",
    [
        {"model_kwargs": {"extra_headers": {"X-Private": SECRET}}},
        {"model_kwargs": {"extra_body": {"mcp_servers": [SERVER]}}},
        {"extra_body": {"mcp_servers": [SERVER]}},
    ],
)
def test_credentials_of_servers_are_not_in_what_tracing_is_told(fields: dict[str, Any]) -> None:
    told = repr(ChatHatz("gpt-5.2", **fields)._get_invocation_params())
    assert SECRET not in told
    assert SECRET not in repr(ChatHatz("gpt-5.2")._get_invocation_params(mcp_servers=[SERVER], api_key=SECRET))


async def test_a_key_that_is_asked_for(sandbox: Sandbox) -> None:
    assert model(sandbox, api_key=lambda: sandbox.api_key).invoke("Hi").text
    sandbox.api_key = SECRET
    assert (await model(sandbox, api_key=ask_key).ainvoke("Hi")).text
    with pytest.raises(ValueError, match="async"):
        model(sandbox, api_key=ask_key).invoke("Hi")
