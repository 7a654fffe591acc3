from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import anthropic
import openai
import pytest

from hatz_sandbox import Sandbox


class Answered:
    """What plain `http.client` gets: an independent look at the wire."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def events(self):
        found = []
        for frame in self.raw.decode().strip().split("\n\n"):
            name, data = frame.split("\n", 1)
            body = json.loads(data.removeprefix("data: "))
            assert name == f"event: {body['type']}"
            found.append(body)
        return found

    @property
    def lines(self):
        return [json.loads(line) for line in self.raw.splitlines()]


def ask(sandbox, path, body=None, *, method=None, headers=None, key=True):
    where = urlsplit(sandbox.base_url)
    connection = http.client.HTTPConnection(where.netloc, timeout=20)
    sent = {"X-API-Key": sandbox.api_key} if key else {}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        connection.request(method or ("GET" if body is None else "POST"), "/v1" + path, data, sent | (headers or {}))
        return Answered(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def faithful():
    with Sandbox(quirks=frozenset()) as running:
        yield running


@pytest.fixture
def post(sandbox):
    def send(path, body, **options):
        return ask(sandbox, path, body, **options)

    return send


@pytest.fixture
def faithful_post(faithful):
    def send(path, body, **options):
        return ask(faithful, path, body, **options)

    return send


@pytest.fixture
def get(sandbox):
    def send(path, **options):
        return ask(sandbox, path, **options)

    return send


@pytest.fixture
def openai_client(sandbox):
    with openai.OpenAI(base_url=f"{sandbox.base_url}/openai", api_key=sandbox.api_key, max_retries=0) as client:
        yield client


@pytest.fixture
def faithful_openai(faithful):
    with openai.OpenAI(base_url=f"{faithful.base_url}/openai", api_key=faithful.api_key, max_retries=0) as client:
        yield client


@pytest.fixture
def anthropic_client(sandbox):
    where = f"{sandbox.base_url}/anthropic"
    with anthropic.Anthropic(base_url=where, api_key=sandbox.api_key, max_retries=0) as client:
        yield client
