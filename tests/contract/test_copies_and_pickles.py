"""Copies, pickles and dumps of a model: they work, share the user's clients, and hold no secret that they need not."""

import copy
import json
import pickle

import httpx
import pytest

from hatz_client.errors import HatzInvalidInputError

PROXY = "http://{}:{}@127.0.0.1:9".format("u", "SECRET-password")
SECRETS = {
    "api_key": "hatz-SECRET-key",
    "default_headers": {"X-Secret": "SECRET-header"},
    "default_query": {"q": "SECRET-query"},
    "proxy": PROXY,
}


def pickled(model):
    return pickle.loads(pickle.dumps(model))


async def test_a_pickled_model_asks_as_before(face, make):
    model = make(temperature=0.5)
    await face.ask(model)
    again = pickled(model)
    assert again.model_dump() == model.model_dump()
    assert await face.ask(again)


def test_the_key_of_the_environment_is_in_no_pickle(face, monkeypatch):
    monkeypatch.setenv("HATZ_API_KEY", "hatz-SECRET-key")
    monkeypatch.setenv("HATZ_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("HATZ_PROXY", PROXY)
    for model in (face.model("m"), face.model("m", api_key="hatz-SECRET-key", base_url="http://127.0.0.1:9/v1")):
        pickled = pickle.dumps(model)
        assert b"SECRET" not in pickled
        assert b"127.0.0.1" not in pickled


async def test_a_key_that_was_given_travels_along(face, sandbox, make):
    assert await face.ask(pickled(make()))


@pytest.mark.parametrize("name", ["http_client", "http_async_client"])
def test_a_model_with_a_client_of_ones_own_refuses_to_be_pickled(make, name):
    own = httpx.Client() if name == "http_client" else httpx.AsyncClient()
    with pytest.raises(
        HatzInvalidInputError, match=f"its own {name} cannot be pickled.*Make the model where it is used"
    ):
        pickle.dumps(make(**{name: own}))


def test_clients_are_shared_by_copies(make, caplog):
    with httpx.Client() as own:
        model = make(http_client=own)
        for copied in (copy.copy(model), copy.deepcopy(model), model.model_copy(), model.model_copy(deep=True)):
            assert copied.http_client is own
        assert not caplog.records


async def test_a_copy_with_another_setting_leaves_the_first_as_it_was(face, make, sent):
    model = make(temperature=0.5)
    copied = model.model_copy(update={"temperature": 0.25, "stop": "x"})
    await face.ask(copied)
    assert sent()["temperature"] == 0.25
    assert copied.stop == ["x"]
    await face.ask(model)
    assert sent()["temperature"] == 0.5


def test_a_copy_with_a_misspelt_setting_is_refused(face, make):
    with pytest.raises(TypeError, match="temperature"):
        make().model_copy(update={"temprature": 0.25})


def test_a_deep_copy_has_settings_of_its_own(face, make):
    model = make(extra_body={"a": {"b": 1}})
    copied = copy.deepcopy(model)
    copied.extra_body["a"]["b"] = 2
    assert model.extra_body == {"a": {"b": 1}}


def test_secrets_are_in_no_dump_and_no_repr(face):
    model = face.model("m", **SECRETS)
    dumps = [repr(model), str(model), repr(model.model_dump()), model.model_dump_json()]
    if face.name == "langchain":
        from langchain_core.load import dumps as lc_dumps

        dumps += [lc_dumps(model), repr(model._identifying_params), repr(model._get_invocation_params())]
    else:
        dumps += [json.dumps(model.to_dict()), repr(model.to_payload())]
    for shown in dumps:
        assert "SECRET" not in shown


def test_a_secret_that_is_assigned_is_hidden_too(face):
    model = face.model("m")
    model.api_key, model.proxy = "hatz-SECRET-key", PROXY
    assert "SECRET" not in repr(model)
    assert "SECRET" not in model.model_dump_json()


def test_a_model_can_be_made_again_of_its_dump(face):
    model = face.model("m", timeout=httpx.Timeout(3, connect=1), temperature=0, extra_body={"a": 1})
    again = face.model(**{name: value for name, value in model.model_dump().items() if name in SETTINGS and value})
    assert (again.timeout, again.extra_body) == (model.timeout, model.extra_body)


SETTINGS = {"model", "timeout", "temperature", "extra_body"}


def test_a_json_schema_can_be_written(face):
    properties = face.model.model_json_schema()["properties"] if face.name == "llama_index" else None
    if properties:
        assert properties["temperature"]["description"]
