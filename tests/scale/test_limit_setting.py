"""The form of `limit`: what is understood, what is refused and how, and that its password is nowhere."""

import pickle
import subprocess
import sys

import pytest
from pydantic import SecretStr

from hatz_client import Client, HatzInvalidInputError
from hatz_client.connection.api_key import Key
from hatz_client.connection.limits import spec as specs
from hatz_client.connection.limits.pauses import bucket_name
from hatz_client.connection.limits.spec import Rate, parse_limit
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM


@pytest.mark.parametrize(
    ("text", "rates", "place"),
    [
        ("50/second", [Rate(50, 1, 5)], "this process"),
        ("7/minute", [Rate(7, 60, 1)], "this process"),
        ("600/minute sqlite:///limits.db", [Rate(600, 60, 60)], "limits.db"),
        ("600/minute sqlite:////var/lib/my%20limits.db", [Rate(600, 60, 60)], "/var/lib/my limits.db"),
        ("600/minute redis://cache:6379/0", [Rate(600, 60, 60)], "redis://cache:6379/0"),
        ("600/minute rediss://me:pw@cache/1", [Rate(600, 60, 60)], "rediss://cache/1"),
        ("9/second unix:///run/redis.sock", [Rate(9, 1, 1)], "unix:///run/redis.sock"),
        ("10000/day 50/second burst=3", [Rate(50, 1, 3), Rate(10000, 86400, 3)], "this process"),
        (" 5/hour\n", [Rate(5, 3600, 1)], "this process"),
    ],
)
def test_what_is_understood(text, rates, place):
    found = parse_limit(Key(text))
    assert (list(found.rates), found.place) == (rates, place)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fast", "must have a form such as"),
        ("50", "must have a form such as"),
        ("50/fortnight", "must have a form such as"),
        ("-5/second", "must have a form such as"),
        ("redis://cache", "must have a form such as"),
        ("5/second redis://a redis://b", "must have a form such as"),
        ("5/second burst=1 burst=2", "must have a form such as"),
        ("5/second 5/second fast", "must have a form such as"),
        ("0/second", "contains a 0"),
        ("5/second burst=0", "contains a 0"),
        ("5/second 9/second", "two rates for the same unit"),
        ("5/second sqlite://limits.db", "sqlite:///limits.db"),
        ("5/second sqlite:///", "names no file"),
        ("5/second mysql://me:SECRET@db.example/1", "redis://HOST"),
        ("5/second redis://me:SECRET@cache.example:port/0", "not a URL"),
        ("5/second redis://", "redis://HOST"),
    ],
)
@pytest.mark.parametrize("kind", [Client, ChatHatz, HatzLLM])
def test_what_is_refused_when_the_model_is_made_and_how(kind, text, words):
    given = {} if kind is Client else {"model": "m"}
    with pytest.raises(HatzInvalidInputError, match=words) as caught:
        kind(**given, limit=text)
    assert "SECRET" not in str(caught.value)


def test_a_number_is_no_limit():
    with pytest.raises(HatzInvalidInputError, match="limit is of type int"):
        Client(limit=5)


@pytest.mark.parametrize("missing", ["pyrate_limiter", "redis"])
def test_without_the_extra_the_error_names_it(missing, monkeypatch):
    real = specs.find_spec
    monkeypatch.setattr(specs, "find_spec", lambda name: None if name == missing else real(name))
    specs._parse.cache_clear()
    try:
        with pytest.raises(HatzInvalidInputError, match=rf'{missing}: pip install "\.\[scale\]"'):
            Client(limit="5/second redis://cache")
        if missing == "redis":
            Client(limit="5/second")
        else:
            with pytest.raises(HatzInvalidInputError, match="pyrate_limiter"):
                Client(limit=make)
    finally:
        specs._parse.cache_clear()


def test_the_password_of_redis_is_in_no_repr_and_no_dump():
    url = "5/second redis://me:SECRET@cache.example/0"
    models = [ChatHatz("m", limit=url), HatzLLM("m", limit=SecretStr(url))]
    shown = [repr(Client(limit=url)), *map(repr, models), *map(str, models), *(m.model_dump_json() for m in models)]
    assert "SECRET" not in "".join([*shown, repr(parse_limit(Key(url)))])


@pytest.mark.parametrize("kind", [ChatHatz, HatzLLM])
def test_a_limit_travels_in_a_pickle_unless_it_is_the_environments(kind, monkeypatch):
    again = pickle.loads(pickle.dumps(kind("m", limit="7/second")))
    assert again.client().settings.limit.get_secret_value() == "7/second"
    monkeypatch.setenv("HATZ_LIMIT", "7/second")
    assert pickle.loads(pickle.dumps(kind("m", limit="7/second"))).limit is None
    assert kind("m").client().settings.limit_spec.rates == (Rate(7, 1, 1),)


def make(name):
    raise NotImplementedError


@pytest.mark.parametrize("kind", [ChatHatz, HatzLLM])
def test_a_callable_travels_by_its_name(kind):
    assert pickle.loads(pickle.dumps(kind("m", limit=make))).limit is make


def test_the_name_of_a_bucket_is_the_host_and_a_hash_of_the_key():
    one = bucket_name("https://gw.example:8443/v1/openai/responses", "hatz-SECRET")
    assert one.startswith("hatz:gw.example:8443:")
    assert "SECRET" not in one
    assert one == bucket_name("https://gw.example:8443/v1/chat/models", b"hatz-SECRET")
    assert (
        len({one, bucket_name("https://gw.example/v1", "hatz-SECRET"), bucket_name("https://gw.example:8443", "x")})
        == 3
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("patience", -1), ("patience", "long"), ("patience", float("inf")), ("max_connections", 0), ("max_connections", 1.5),
     ("max_connections", True)],
)  # fmt: skip
def test_other_invalid_settings_are_named(name, value):
    with pytest.raises(HatzInvalidInputError, match=f"{name}="):
        Client(**{name: value})


def test_an_unknown_answer_to_a_missing_store_is_named():
    with pytest.raises(HatzInvalidInputError, match="limit_unavailable='wait'"):
        Client(limit="5/second", limit_unavailable="wait")


COUNT = """
import sys
from hatz_client import Client, Prompt
from hatz_sandbox import Sandbox
with Sandbox() as sandbox:
    client, prompt = Client(sandbox.api_key, sandbox.base_url), Prompt("gpt-5.2", "hi")
    client.ask(prompt)
    calls = []
    def note(frame, event, _):
        file = frame.f_code.co_filename
        if event == "call" and ("/limits/" in file or file.endswith(("admission.py", "max_connections.py"))) and "hatz_client" in file:
            calls.append(frame.f_code.co_name)
    sys.setprofile(note)
    client.ask(prompt)
    sys.setprofile(None)
print(*sorted(calls))
print(*sorted(name for name in ("pyrate_limiter", "redis", "sqlite3", "hatz_client.connection.limits.limiter") if name in sys.modules))
"""


def test_without_a_limit_nothing_is_imported_and_four_functions_are_called():
    result = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["acquire admission_for are_on release", ""]
