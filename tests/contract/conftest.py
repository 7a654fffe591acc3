"""Both integrations, each on both endpoints, against the sandbox on a real socket."""

import pytest

from hatz_client.util import warn_once
from hatz_sandbox import Sandbox

from .faces import FACES

MODEL = "anthropic.claude-haiku-4-5"


@pytest.fixture(scope="module")
def _server():
    with Sandbox() as server:
        yield server


@pytest.fixture
def sandbox(_server, monkeypatch):
    _server.reset()
    for name in ("HATZ_API_KEY", "HATZ_BASE_URL", "HATZ_API_BASE", "HATZ_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(warn_once, "_warned", set())
    return _server


@pytest.fixture(params=FACES, ids=lambda face: face.name)
def face(request):
    return request.param


@pytest.fixture(params=["messages", "responses"])
def endpoint(request):
    return request.param


@pytest.fixture
def make(face, sandbox, endpoint):
    """A model of this integration on this endpoint."""

    def made(model=MODEL, **settings):
        given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "endpoint": endpoint, "max_retries": 0}
        return face.model(model, **{**given, **settings})

    return made


@pytest.fixture
def sent(sandbox):
    """The body of the last request for an answer."""

    def body():
        return [request.body for request in sandbox.requests if request.method == "POST"][-1]

    return body
