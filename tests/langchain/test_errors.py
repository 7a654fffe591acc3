"""Every failure is an error of Hatz's family and of LangChain's, and says what middleware needs to know."""

import copy
import pickle
from typing import Any

import pytest
from langchain.agents.middleware._retry import default_retry_on
from langchain_core import exceptions as core
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from pydantic import BaseModel

import langchain_hatz
from hatz_client import errors
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzRefusalError
from langchain_hatz import errors as _errors
from langchain_hatz.errors import as_langchain_error

ENDPOINTS = ["messages", "responses", "chat"]
STATUSES = [
    (400, {}, errors.HatzBadRequestError, core.ModelInvalidRequestError, False),
    (401, {}, errors.HatzAuthenticationError, core.ModelAuthenticationError, False),
    (402, {}, errors.HatzCreditsError, core.ModelPermissionDeniedError, False),
    (403, {}, errors.HatzPermissionError, core.ModelPermissionDeniedError, False),
    (404, {}, errors.HatzNotFoundError, core.ModelNotFoundError, False),
    (409, {}, errors.HatzBadRequestError, core.ModelInvalidRequestError, False),
    (413, {}, errors.HatzBadRequestError, core.ModelInvalidRequestError, False),
    (422, {"message": "prompt is too long"}, errors.HatzContextOverflowError, core.ContextOverflowError, False),
    (429, {}, errors.HatzRateLimitError, core.ModelRateLimitError, True),
    (429, {"message": "monthly usage limit reached"}, errors.HatzCreditsError, core.ModelPermissionDeniedError, False),
    (429, {"message": "too few credits"}, errors.HatzCreditsError, core.ModelPermissionDeniedError, False),
    (408, {}, errors.HatzServerError, core.ModelTimeoutError, True),
    (500, {}, errors.HatzServerError, core.ModelAPIError, True),
    (503, {}, errors.HatzServerError, core.ModelAPIError, True),
    (504, {}, errors.HatzServerError, core.ModelTimeoutError, True),
    (529, {}, errors.HatzServerError, core.ModelAPIError, True),
]


def model(sandbox: Sandbox, endpoint: str = "messages", **fields: Any) -> ChatHatz:
    fields = {"max_retries": 0, "base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields}
    return ChatHatz("gpt-5.2", endpoint=endpoint, **fields)


async def ask(chat: ChatHatz, how: str) -> Any:
    match how:
        case "invoke":
            return chat.invoke("Hello")
        case "ainvoke":
            return await chat.ainvoke("Hello")
        case "stream":
            return list(chat.stream("Hello"))
        case _:
            return [chunk async for chunk in chat.astream("Hello")]


VERBS = ["invoke", "ainvoke", "stream", "astream"]


@pytest.mark.parametrize(("status", "more", "ours", "theirs", "again"), STATUSES)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_each_status(
    sandbox: Sandbox, endpoint: str, status: int, more: Any, ours: Any, theirs: Any, again: bool
) -> None:
    for how in VERBS:
        sandbox.fail(status=status, **more)
        with pytest.raises(theirs) as caught:
            await ask(model(sandbox, endpoint), how)
        error = caught.value
        assert isinstance(error, ours)
        assert (error.status_code, error.response.status_code) == (status, status)
        assert error.request_id
        assert error.is_retryable is again
        assert default_retry_on(error) is again
        assert type(copy.copy(error)) is type(error)  # as pickle does it


@pytest.mark.parametrize("how", VERBS)
async def test_no_key(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HATZ_API_KEY", raising=False)
    with pytest.raises(core.ModelAuthenticationError, match="HATZ_API_KEY"):
        await ask(ChatHatz("gpt-5.2"), how)


@pytest.mark.parametrize("how", VERBS)
async def test_nobody_there(how: str) -> None:
    chat = ChatHatz("gpt-5.2", base_url="http://127.0.0.1:9/v1", api_key="k", max_retries=0)
    with pytest.raises(core.ModelConnectionError) as caught:
        await ask(chat, how)
    assert isinstance(caught.value, errors.HatzConnectionError)
    assert not hasattr(caught.value, "response")


@pytest.mark.parametrize("how", VERBS)
async def test_too_slow(sandbox: Sandbox, how: str) -> None:
    sandbox.stall(before_first_byte=5)
    with pytest.raises(core.ModelTimeoutError):
        await ask(model(sandbox, timeout=0.2), how)


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
async def test_a_stream_that_breaks_off_keeps_what_had_come(sandbox: Sandbox, endpoint: str, how: str) -> None:
    sandbox.cut_stream_after(6, clean=True, reply="one two three four five six seven")
    with pytest.raises(errors.HatzStreamInterruptedError) as caught:
        await ask(model(sandbox, endpoint), how)
    assert isinstance(caught.value, core.ModelConnectionError)
    assert isinstance(caught.value.partial_message, AIMessage)
    assert "one two three four five six seven".startswith(caught.value.partial_message.text)


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_an_error_within_a_stream(sandbox: Sandbox, endpoint: str, how: str) -> None:
    sandbox.error_event(after=2, message="Overloaded")
    with pytest.raises(core.ModelAPIError, match="Overloaded"):
        await ask(model(sandbox, endpoint), how)


@pytest.mark.parametrize("how", VERBS)
@pytest.mark.parametrize("body", [b"<html><title>Sign in</title></html>", b"", b"{"])
async def test_a_page_instead_of_an_answer(sandbox: Sandbox, body: bytes, how: str) -> None:
    sandbox.raw(body, content_type="text/html")
    with pytest.raises(core.ModelError):
        await ask(model(sandbox), how)


def test_bad_input_is_refused_before_it_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(core.ModelInvalidRequestError, match="RemoveMessage"):
        model(sandbox).invoke([HumanMessage("Hi"), RemoveMessage(id="1")])
    assert not sandbox.requests


def test_tracing_records_the_response_and_never_the_key(sandbox: Sandbox) -> None:
    seen: list[Any] = []

    class Handler(BaseCallbackHandler):
        def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
            seen.append(kwargs["response"])

    sandbox.fail(status=404, message="no such model")
    with pytest.raises(core.ModelNotFoundError):
        model(sandbox, api_key=sandbox.api_key).invoke("Hello", {"callbacks": [Handler()]})
    about = seen[0].generations[0][0].message.response_metadata
    assert (about["status_code"], bool(about["request_id"])) == (404, True)
    assert "no such model" in str(about["body"])
    assert about["headers"]["content-type"] == "application/json"
    assert sandbox.api_key not in repr(seen)


class Answer(BaseModel):
    """An answer."""

    words: str


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_refusal(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply(refusal="I will not.")
    sandbox.reply(refusal="I will not.")
    sandbox.reply(refusal="I will not.")
    assert "I will not." in repr(model(sandbox, endpoint).invoke("Hello"))
    with pytest.raises(HatzRefusalError, match="I will not"):
        model(sandbox, endpoint).with_structured_output(Answer).invoke("Hello")
    found = model(sandbox, endpoint).with_structured_output(Answer, include_raw=True).invoke("Hello")
    assert isinstance(found["parsing_error"], HatzRefusalError)


def test_every_error_of_the_client_has_its_twin() -> None:
    def leaves(kind: type) -> set[type]:
        below = {one for sub in kind.__subclasses__() if sub.__module__ == errors.__name__ for one in leaves(sub)}
        return below or {kind}

    of_a_call = leaves(errors.HatzError) - {errors.HatzJobError}  # a workflow's job fails, not a call of a model
    for kind in of_a_call:
        twin = as_langchain_error(kind("words", status_code=418, request_id="r", body={"a": 1}))
        assert isinstance(twin, kind)
        assert isinstance(twin, core.ModelError)
        assert twin.__class__.__module__ == _errors.__name__
        assert twin.is_retryable == kind.is_retryable
        assert (twin.request_id, twin.body, str(twin)) == ("r", {"a": 1}, "words")


def test_there_is_one_public_class_of_each_name() -> None:
    for name in langchain_hatz.__all__:
        if name.endswith("Error") and name not in {"HatzError", "HatzStatusError"}:
            found = getattr(langchain_hatz, name)
            assert found is getattr(_errors, name)
            assert found.__module__ == "langchain_hatz.errors"
            assert issubclass(found, errors.HatzError)
    assert langchain_hatz.HatzError is errors.HatzError


@pytest.mark.parametrize("how", VERBS)
async def test_what_is_raised_is_what_the_package_exports(sandbox: Sandbox, how: str) -> None:
    sandbox.fail(status=429)
    with pytest.raises(langchain_hatz.HatzRateLimitError) as caught:
        await ask(model(sandbox), how)
    seen: list[BaseException] = []
    error: BaseException | None = caught.value
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert [type(one) for one in seen if isinstance(one, errors.HatzError)] == [langchain_hatz.HatzRateLimitError]


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_refusal_is_never_asked_again(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply(refusal="I will not.")
    with pytest.raises(HatzRefusalError) as caught:
        model(sandbox, endpoint).with_structured_output(Answer).invoke("Hello")
    error = pickle.loads(pickle.dumps(caught.value))
    for one in (caught.value, error):
        assert isinstance(one, getattr(core, "ModelRefusalError", core.ModelError))  # langchain-core has it since 1.7.5
        assert isinstance(one, core.OutputParserException)
        assert not default_retry_on(one)
        assert one.raw_message.response_metadata["normalized_finish_reason"] == "refusal"
        assert one.raw_message.content_blocks[-1]["type"] == "refusal"


def test_the_classes_are_related_as_the_clients_are() -> None:
    names = [name for name in langchain_hatz.__all__ if name.endswith("Error") and name != "HatzRefusalError"]
    for one in names:
        for other in names:
            related = issubclass(getattr(errors, one), getattr(errors, other))
            assert issubclass(getattr(langchain_hatz, one), getattr(langchain_hatz, other)) is related, (one, other)
