"""Through a proxy: answers arrive, its refusals are said, and neither its password nor the gateway's key is shown to the wrong one."""

import base64
import contextlib
import logging
import socket
import threading

import pytest
import stamina

from hatz_client import HatzConnectionError, HatzInvalidInputError

from . import certificates, faults, verbs, wires
from .server import Server
from .test_secrets import shown, without_the_tests_own_frames

KEY = "sk-never-to-be-seen-4711"
PASSWORD = "pass-never-to-be-seen-0815"
ALL_VERBS = {**verbs.WHOLE, **verbs.STREAM}
each_verb = pytest.mark.parametrize("verb", ALL_VERBS)


class Proxy(Server):
    """A proxy that opens a tunnel, or answers with a status; `heard` is every byte it could read."""

    def __init__(self, status=200):
        super().__init__(None)
        self.status = status
        self.heard = b""
        self.url = f"http://user:{PASSWORD}@127.0.0.1:{self.port}"

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError, ValueError):
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(65536)
            with self._lock:
                self.heard += asked
            if self.status != 200:
                connection.sendall(b"HTTP/1.1 %d Said\r\nContent-Length: 0\r\n\r\n" % self.status)
                return
            host, _, port = asked.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as beyond:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self._hand_on, args=(beyond, connection), daemon=True)
                back.start()
                self._hand_on(connection, beyond)
                back.join()
        with self._lock:
            self._open.pop(connection, None)

    def _hand_on(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                with self._lock:
                    self.heard += piece
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


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
    with verbs.Loop() as running:
        yield running


def told(loop, verb, gateway, proxy, **more):
    settings = {"api_key": KEY, "base_url": gateway.base_url, "proxy": proxy, "timeout": 20.0, **more}
    return verbs.tell(loop, ALL_VERBS[verb], settings)


def credentials():
    return base64.b64encode(f"user:{PASSWORD}".encode())


@each_verb
def test_an_answer_comes_through_a_proxy_that_sees_neither_key_nor_content(loop, gateway, verb):
    with Proxy() as proxy:
        answer = told(loop, verb, gateway, proxy.url)
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
        error = told(loop, verb, gateway, proxy.url).error
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
def test_a_proxy_that_is_not_there_is_a_connection_error(loop, gateway, verb):
    with Proxy() as proxy:
        gone = proxy.url
    answer = told(loop, verb, gateway, gone, max_retries=0)
    assert answer.name == "HatzConnectionError"
    assert PASSWORD not in shown(without_the_tests_own_frames(answer.error))


@each_verb
def test_the_key_goes_unencrypted_to_no_proxy_elsewhere(loop, verb):
    """Also where the gateway is this machine, for on its way there the key would pass another."""
    with Server(faults.good) as plain:
        error = told(loop, verb, plain, f"http://user:{PASSWORD}@proxy.example:3128").error
        assert isinstance(error, HatzInvalidInputError)
        assert "unencrypted" in str(error)
        assert PASSWORD not in shown(without_the_tests_own_frames(error))
        assert plain.accepted == 0
