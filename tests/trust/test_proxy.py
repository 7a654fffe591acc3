"""Through a proxy: answers arrive, its refusals are said, and neither its password nor the gateway's key is shown to the wrong one."""

import base64
import logging

import pytest

from hatz_client import HatzConnectionError, HatzInvalidInputError
from tests.harness import ways

from . import certificates, faults, wires
from .proxies import PASSWORD, Proxy
from .server import Server
from .test_key_nowhere import reachable
from .test_secrets import shown, without_the_tests_own_frames

pytestmark = pytest.mark.usefixtures("no_waiting")

KEY = "sk-never-to-be-seen-4711"
each_verb = pytest.mark.parametrize("verb", ways.ALL)


@pytest.fixture
def gateway(monkeypatch, tmp_path):
    """A gateway with TLS, whose certificate is trusted."""
    with (
        certificates.trusted(monkeypatch, tmp_path),
        Server(faults.good, certificates.context("good")) as server,
    ):
        yield server


@pytest.fixture
def loop(gateway):
    with ways.Loop() as running:
        yield running


def outcome(loop, verb, gateway, proxy, **more):
    settings = {"api_key": KEY, "base_url": gateway.base_url, "proxy": proxy, "timeout": 20.0, **more}
    return ways.run(loop, ways.ALL[verb], settings)


def credentials():
    return base64.b64encode(f"user:{PASSWORD}".encode())


@each_verb
def test_an_answer_comes_through_a_proxy_that_sees_neither_key_nor_content(loop, gateway, verb):
    with Proxy() as proxy:
        answer = outcome(loop, verb, gateway, proxy.url)
        assert (answer.error, answer.text) == (None, wires.TEXT)
        assert gateway.requests[0].headers["x-api-key"] == KEY
        assert "proxy-authorization" not in gateway.requests[0].headers
        assert credentials() in proxy.heard
        assert KEY.encode() not in proxy.heard
        assert b"Hello!" not in proxy.heard


@each_verb
@pytest.mark.parametrize(("status", "attempts"), [(403, 1), (407, 1), (502, 3), (503, 3)])
def test_a_proxy_that_refuses_is_named_and_its_password_is_not(loop, gateway, verb, status, attempts, caplog):
    """A refusal that is meant is not tried again; a passing one is."""
    caplog.set_level(logging.DEBUG)
    with Proxy(status) as proxy:
        error = outcome(loop, verb, gateway, proxy.url).error
        assert isinstance(error, HatzConnectionError)
        assert error.is_retryable == (attempts > 1)
        assert f"the proxy said {status} Said" in str(error)
        assert proxy.accepted == attempts
        assert KEY.encode() not in proxy.heard
    assert not gateway.requests
    said = shown(without_the_tests_own_frames(error)) + caplog.text
    for secret in (KEY, PASSWORD, credentials().decode()):
        assert secret not in said


@each_verb
def test_a_proxy_that_repeats_its_password_shows_it_nowhere(loop, gateway, verb, caplog):
    caplog.set_level(logging.DEBUG)
    with Proxy(407, f"{PASSWORD} or {credentials().decode()} is wrong") as proxy:
        error = outcome(loop, verb, gateway, proxy.url).error
    assert "the proxy said 407 [secret] or [secret] is wrong" in str(error)
    said = "".join([shown(without_the_tests_own_frames(error)), caplog.text, *reachable(error)])
    for secret in (KEY, PASSWORD, credentials().decode()):
        assert secret not in said


@each_verb
def test_a_proxy_that_is_not_there_is_a_connection_error(loop, gateway, verb):
    with Proxy() as proxy:
        gone = proxy.url
    answer = outcome(loop, verb, gateway, gone, max_retries=0)
    assert answer.name == "HatzConnectionError"
    assert PASSWORD not in shown(without_the_tests_own_frames(answer.error))


@each_verb
def test_the_key_goes_unencrypted_to_no_proxy_elsewhere(loop, verb):
    """Also where the gateway is this machine, for on its way there the key would pass another."""
    with Server(faults.good) as plain:
        error = outcome(loop, verb, plain, f"http://user:{PASSWORD}@proxy.example:3128").error
        assert isinstance(error, HatzInvalidInputError)
        assert "unencrypted" in str(error)
        assert PASSWORD not in shown(without_the_tests_own_frames(error))
        assert plain.accepted == 0
