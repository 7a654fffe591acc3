"""Settings on the wire: of the model, of one call, in the wrong place, misspelt, and new."""

import logging
from contextlib import suppress
from typing import Any

import pytest
from pydantic import Field

from hatz_client.errors import HatzBadRequestError, HatzInvalidInputError, HatzUnsupportedError
from hatz_client.integration.settings.fields import HatzFields

from .faces import HOWS

FIELDS = {
    "temperature": (0.5, "temperature", "temperature"),
    "top_p": (0.5, "top_p", "top_p"),
    "max_tokens": (77, "max_tokens", "max_output_tokens"),
    "max_output_tokens": (77, "max_tokens", "max_output_tokens"),
    "max_completion_tokens": (77, "max_tokens", "max_output_tokens"),
    "extra_body": ({"metadata": {"user_id": "u"}}, "metadata", "metadata"),
}


@pytest.mark.parametrize("how", HOWS)
async def test_what_nobody_set_is_not_sent(face, make, endpoint, sent, how):
    assert await face.ask(make(), how=how)
    needed = {"messages", "max_tokens"} if endpoint == "messages" else {"input", "store"}
    assert set(sent()) - {"stream"} - needed == {"model"}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("given", ["for one call", "for the model"])
async def test_a_parameter_is_sent_under_the_endpoints_name(face, make, endpoint, sent, name, given):
    value, on_messages, on_responses = FIELDS[name]
    model, kwargs = (make(), {name: value}) if given == "for one call" else (make(**{name: value}), {})
    await face.ask(model, **kwargs)
    expected = value["metadata"] if name == "extra_body" else value
    assert sent()[on_messages if endpoint == "messages" else on_responses] == expected


async def test_a_call_overrides_the_model(face, make, sent):
    model = make(temperature=0.5, stop=["a"])
    await face.ask(model, temperature=0, model="gpt-4o")
    assert (sent()["temperature"], sent()["model"]) == (0, "gpt-4o")
    await face.ask(model)
    assert (sent()["temperature"], sent()["model"]) == (0.5, "anthropic.claude-haiku-4-5")


async def test_a_call_chooses_the_endpoint_anew_for_its_model(face, make, sandbox):
    model = make(endpoint="auto")
    await face.ask(model)
    await face.ask(model, model="gpt-4o")
    await face.ask(model, endpoint="responses")
    assert [request.path.rpartition("/")[2] for request in sandbox.requests] == ["messages", "responses", "responses"]


@pytest.mark.parametrize("name", ["stop", "stop_sequences"])
@pytest.mark.parametrize("value", ["two", ["two"]])
async def test_stop_is_a_text_or_several_and_ends_the_answer(face, make, sandbox, name, value):
    sandbox.reply("one two three")
    assert (await face.ask(make(), **{name: value})).strip() == "one"
    sandbox.reply("one two three")
    assert (await face.ask(make(**{name: value}))).strip() == "one"


async def test_an_assigned_setting_holds_from_the_next_call(face, make, sent):
    model = make()
    model.temperature = 0.25
    await face.ask(model)
    assert sent()["temperature"] == 0.25


async def test_a_field_that_nobody_knows_is_sent_as_it_is(face, make, sent):
    with suppress(HatzBadRequestError):  # the sandbox refuses it on one endpoint
        await face.ask(make(), extra_body={"new": {"a": 1}}, other=2)
    assert (sent()["new"], sent()["other"]) == ({"a": 1}, 2)


async def test_a_misspelt_setting_of_one_call_is_warned_about(face, make, caplog):
    with caplog.at_level(logging.WARNING, "hatz_client"), suppress(HatzBadRequestError):
        await face.ask(make(), temprature=1)
    assert "did you mean 'temperature'?" in caplog.text


@pytest.mark.parametrize(
    "name",
    ["api_key", "base_url", "max_retries", "http_client", "proxy", "default_headers", "stream_idle_timeout"],
)
async def test_a_setting_of_the_connection_cannot_be_set_for_one_call(face, make, sandbox, name):
    with pytest.raises(HatzInvalidInputError, match=rf"{name} cannot be set for a single call.*model_copy"):
        await face.ask(make(), **{name: "http://127.0.0.1:9"})
    assert not sandbox.requests


def test_a_misspelt_setting_of_the_model_is_named(face):
    with pytest.raises(TypeError, match=r"'temprature'; did you mean 'temperature'\?"):
        face.model("m", temprature=1)


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("openai_api_base", "base_url"),
        ("openai_api_key", "api_key"),
        ("api_version", "one version"),
        ("n", "one answer"),
    ],
)
def test_a_setting_of_another_integration_is_answered_with_ours(face, name, way_out):
    with pytest.raises(TypeError, match=way_out):
        face.model("m", **{name: "x"})


def test_all_unknown_settings_are_named_at_once(face):
    with pytest.raises(
        TypeError, match=r"'logprobs'; the gateway gives none\.\n.*'temprature'; did you mean"
    ) as raised:
        face.model("m", logprobs=True, temprature=1)
    assert "'logprobs': …" not in str(raised.value), "where there is a way out, extra_body is not one"


async def test_one_answer_is_asked_for_and_more_are_refused(face, make, sent):
    await face.ask(make(), n=1)
    assert "n" not in sent()
    with pytest.raises(HatzInvalidInputError, match="n=2"):
        await face.ask(make(), n=2)


async def test_what_only_native_chat_has_is_refused_elsewhere(face, make):
    with pytest.raises(HatzUnsupportedError, match="tools_to_use"):
        await face.ask(make(), tools_to_use=["google_search"])


@pytest.mark.parametrize("name", ["headers", "extra_headers"])
async def test_the_headers_of_one_call(face, make, sandbox, name):
    await face.ask(make(default_headers={"X-A": "1"}), **{name: {"X-B": "2"}})
    headers = {key.lower(): value for key, value in sandbox.last_request.headers.items()}
    assert (headers["x-a"], headers["x-b"]) == ("1", "2")


def test_every_shared_setting_has_the_same_name_default_type_and_description(face):
    for name, field in HatzFields.model_fields.items():
        own = face.model.model_fields[name]
        assert (own.default, own.description, own.annotation) == (field.default, field.description, field.annotation)
        assert field.description, name


async def test_a_new_setting_is_declared_in_one_place_and_arrives_on_the_wire(face, sandbox, endpoint, sent):
    class Further(face.model):
        service_tier: str | None = Field(default=None, json_schema_extra={"group": "body"})
        x_tenant: Any = None

    model = Further("anthropic.claude-haiku-4-5", api_key=sandbox.api_key, base_url=sandbox.base_url, endpoint=endpoint,
                    service_tier="auto")  # fmt: skip
    await face.ask(model)
    assert sent()["service_tier"] == "auto"
    await face.ask(model, service_tier="default")
    assert sent()["service_tier"] == "default"
    assert "x_tenant" not in sent()
