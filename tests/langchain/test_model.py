"""ChatHatz as an object: its fields, what it sends, what it tells of itself."""

import asyncio
import json
from typing import Any, Unpack, get_type_hints

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from pydantic import SecretStr

from hatz_client.integration.settings.arguments import CONSTRUCTOR_ALIASES
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from langchain_hatz.arguments import ChatHatzArguments

SECRET = "the-secret-key-1234567890"


def model(sandbox: Sandbox, name: str = "gpt-5.2", **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


def body(sandbox: Sandbox) -> Any:
    return sandbox.last_request.body


def test_the_model_comes_first() -> None:
    for chat in (ChatHatz("gpt-5.2"), ChatHatz(model="gpt-5.2"), ChatHatz(model_name="gpt-5.2")):
        assert (chat.model, chat.model_name) == ("gpt-5.2", "gpt-5.2")
    assert ChatHatz(agent_id="123").model == "agent-123"
    with pytest.raises(ValueError, match="model"):
        ChatHatz()


def test_other_names_of_the_same() -> None:
    chat = ChatHatz("m", max_output_tokens=7, stop_sequences=["x"], request_timeout=3, hatz_api_key="k")
    assert (chat.max_tokens, chat.stop, chat.timeout) == (7, ["x"], 3)
    assert isinstance(chat.hatz_api_key, SecretStr)
    assert ChatHatz("m", max_completion_tokens=7, stop="x").stop == ["x"]


@pytest.mark.parametrize(
    ("wrong", "right"), [("temprature", "temperature"), ("max_token", "max_tokens"), ("api_keys", "api_key")]
)
def test_a_typing_mistake_is_noticed(wrong: str, right: str) -> None:
    with pytest.raises(TypeError, match=f"did you mean '{right}'.*extra_body"):
        ChatHatz("m", **{wrong: 1})


def test_editors_know_every_argument() -> None:
    assert get_type_hints(ChatHatz.__init__)["kwargs"] == Unpack[ChatHatzArguments]
    assert {*get_type_hints(ChatHatzArguments)} | {"model"} == {
        *ChatHatz.model_fields,
        *CONSTRUCTOR_ALIASES,
        "agent_id",
    }


def test_a_wrong_value_is_not_shown_with_the_key() -> None:
    with pytest.raises(ValueError) as caught:
        ChatHatz("m", api_key=SECRET, endpoint="nowhere", temperature="hot")
    assert SECRET not in str(caught.value)


def test_constructing_needs_no_key_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HATZ_API_KEY", raising=False)
    monkeypatch.setattr(httpx, "Client", None)
    chat = ChatHatz("gpt-5.2")
    chat.bind_tools([], response_format={"type": "json_object"})
    chat.with_structured_output({"title": "A", "type": "object", "properties": {}})


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
def test_nothing_is_sent_that_nobody_set(sandbox: Sandbox, endpoint: str) -> None:
    model(sandbox, endpoint=endpoint).invoke("Hi")
    assert set(body(sandbox)) <= {"model", "messages", "input", "max_tokens"}
    assert ("max_tokens" in body(sandbox)) is (endpoint == "messages")


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_fields_and_arguments_of_the_call(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint=endpoint, temperature=0.1, max_tokens=4096, model_kwargs={"top_p": 0.9})
    chat.invoke("Hi")
    assert (body(sandbox)["temperature"], body(sandbox)["top_p"]) == (0.1, 0.9)
    chat.invoke(
        "Hi", temperature=0.2, model="gpt-4o", max_output_tokens=5000, extra_body={"metadata": {"user_id": "b"}}
    )
    assert (body(sandbox)["temperature"], body(sandbox)["model"]) == (0.2, "gpt-4o")
    assert body(sandbox)["metadata"] == {"user_id": "b"}
    assert 5000 in body(sandbox).values()
    chat.invoke("Hi", request_id="mine", headers={"X-Team": "us"})
    assert (sandbox.last_request.headers["x-request-id"], sandbox.last_request.headers["x-team"]) == ("mine", "us")


def test_settings_of_the_model_are_not_sent(sandbox: Sandbox) -> None:
    for name, value in (("api_key", SECRET), ("max_retries", 1), ("default_headers", {"X-A": "b"})):
        with pytest.raises(ValueError, match=f"{name} cannot be set for a single call"):
            model(sandbox).invoke("Hi", **{name: value})
    assert not sandbox.requests
    first, *others = model(sandbox, "anthropic.claude-haiku-4-5").stream("Hi", stream_usage=False)
    assert (first + others).usage_metadata is None
    assert "stream_usage" not in body(sandbox)


def test_the_endpoint_follows_the_model(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    paths = []
    for name in ("gpt-5.2", "anthropic.claude-haiku-4-5", "auto"):
        answer = chat.invoke("Hi", model=name)
        paths.append((sandbox.last_request.path.rsplit("/", 2)[-2], answer.response_metadata["endpoint"]))
    assert paths == [("openai", "responses"), ("anthropic", "messages"), ("chat", "chat")]
    chat.invoke("Hi", tools_to_use=["google_search"])
    assert body(sandbox)["tools_to_use"] == ["google_search"]
    chat.invoke("Hi", endpoint="messages")
    assert sandbox.last_request.path.endswith("/anthropic/messages")


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
def test_stop(sandbox: Sandbox, endpoint: str) -> None:
    for _ in range(3):
        sandbox.reply("one two three")
    chat = model(sandbox, endpoint=endpoint, stop=["two"])
    assert chat.invoke("Hi").text.strip() == "one"
    assert "".join(str(chunk.text) for chunk in chat.stream("Hi")).strip() == "one"
    assert chat.invoke("Hi", stop=["three"]).text.strip() == "one two"


def test_what_tracing_is_told() -> None:
    chat = ChatHatz("gpt-5.2", temperature=0.5, max_tokens=5, stop=["a"])
    params = chat._get_ls_params()
    assert params == {
        "ls_provider": "hatz",
        "ls_model_name": "gpt-5.2",
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 5,
        "ls_stop": ["a"],
    }
    assert chat._get_ls_params(stop=["b"], model="x", temperature=0)["ls_stop"] == ["b"]
    assert chat._get_ls_params(stop="END")["ls_stop"] == ["END"]
    assert chat._llm_type == "hatz-chat"
    assert ChatHatz("m", base_url="https://a.example/v1")._identifying_params["base_url"] == "https://a.example/v1"
    assert chat.asdict() == {
        "model": "gpt-5.2",
        "temperature": 0.5,
        "max_tokens": 5,
        "stop": ["a"],
        "_type": "hatz-chat",
    }
    assert "hatz-integrations" in json.dumps(chat.metadata)


def test_usage_is_counted_by_model(sandbox: Sandbox) -> None:
    counter = UsageMetadataCallbackHandler()
    chat = model(sandbox, "anthropic.claude-haiku-4-5")
    chat.invoke("Hi", {"callbacks": [counter]})
    list(chat.stream("Hi", {"callbacks": [counter]}))
    assert counter.usage_metadata["anthropic.claude-haiku-4-5"]["input_tokens"] > 0


class Seen(BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[Any] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.tokens.append(token)


def test_every_token_is_told_once(sandbox: Sandbox) -> None:
    seen = Seen()
    sandbox.reply("one two", chunks=["one", " two"])
    list(model(sandbox).stream("Hi", {"callbacks": [seen]}))
    assert "".join(seen.tokens) == "one two"
    sandbox.reply("one two", chunks=["one", " two"])
    seen.tokens.clear()
    model(sandbox, streaming=True).invoke("Hi", {"callbacks": [seen]})
    assert "".join(seen.tokens) == "one two"


def test_streaming_can_be_switched_off(sandbox: Sandbox) -> None:
    list(model(sandbox, streaming=False).stream("Hi"))
    assert "stream" not in body(sandbox)
    list(model(sandbox, disable_streaming=True).stream("Hi"))
    assert "stream" not in body(sandbox)
    model(sandbox, streaming=True).invoke("Hi")
    assert body(sandbox)["stream"] is True


def test_leaving_a_stream_closes_the_connection(sandbox: Sandbox) -> None:
    sandbox.stall(after_events=8, seconds=30, reply="one two three four five six seven eight nine ten")
    stream = model(sandbox).stream("Hi")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert sandbox.last_request.client_closed.wait(10)


async def test_leaving_an_async_stream_closes_the_connection(sandbox: Sandbox) -> None:
    sandbox.stall(after_events=8, seconds=30, reply="one two three four five six seven eight nine ten")
    stream = model(sandbox).astream("Hi")
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert await asyncio.to_thread(sandbox.last_request.client_closed.wait, 5)
