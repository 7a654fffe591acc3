"""The sandbox as a server: many clients at once, nothing left behind, sound HTTP."""

from __future__ import annotations

import asyncio
import http.client
import os
import resource
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from hatz_sandbox import Sandbox
from hatz_sandbox.server.connection import Connection
from hatz_sandbox.server.response import HttpResponse

OPEN_FILES = Path("/proc/self/fd")
ASKED = {"model": "gpt-4o", "input": "Count to 20", "stream": True}
SERIES = [f"{number}," if number < 20 else "20" for number in range(1, 21)]


def pieces(body):
    return [line for line in body.splitlines() if line.startswith("event: response.output_text.delta")]


async def test_two_hundred_streams_at_once_and_nothing_is_left():
    before = set(threading.enumerate())
    with Sandbox(pace=0.005) as sandbox:
        limits = httpx.Limits(max_connections=200)
        headers = {"X-API-Key": sandbox.api_key}
        async with httpx.AsyncClient(limits=limits, headers=headers, timeout=60) as client:

            async def one():
                answered = await client.post(f"{sandbox.base_url}/openai/responses", json=ASKED)
                return len(pieces(answered.text)), answered.text.rstrip().splitlines()[-2]

            answers = await asyncio.gather(*(one() for _ in range(200)))
        assert answers == [(len(SERIES), "event: response.completed")] * 200
        assert sandbox.connections == 200
        address = urlsplit(sandbox.base_url)
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=5)


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="open files are counted as Linux lists them")
def test_stopping_closes_every_socket():
    def files():
        return len(list(OPEN_FILES.iterdir()))

    before = files()
    for _ in range(5):
        with Sandbox() as sandbox:
            where = urlsplit(sandbox.base_url)
            connections = [http.client.HTTPConnection(where.netloc, timeout=20) for _ in range(3)]
            for connection in connections:
                connection.request("GET", "/v1/chat/models", headers={"X-API-Key": sandbox.api_key})
                connection.getresponse().read()
        for connection in connections:
            connection.close()
    assert files() == before


def test_a_stopped_sandbox_starts_again(post, sandbox):
    sandbox.stop()
    sandbox.stop()
    sandbox.start()
    assert post("/openai/responses", {"model": "gpt-4o", "input": "Hello"}).status == 200


def test_without_its_extra_it_does_not_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(ModuleNotFoundError, match=r'needs its extra: pip install "\.\[sandbox\]"'):
        Sandbox().start()


def test_connections_of_high_numbers_are_served():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most[1] != resource.RLIM_INFINITY and most[1] < 1200:
        pytest.skip("no more than 1,024 files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most[0], 1200), most[1]))
    try:
        ours, theirs = socket.socketpair()
        high = socket.socket(fileno=os.dup2(ours.fileno(), 1100))
        with ours, theirs, high:
            theirs.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            response = HttpResponse(200, "text/plain", frames=[b"one", b"two"])
            Connection(high, lambda *_: response, lambda _: None, threading.Event()).serve()
            assert theirs.recv(65536).endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


SAME = {
    "answer": (
        "from hatz_sandbox.answerer import answer as think\n"
        "from hatz_sandbox.neutral import Question, Turn\n"
        "told = ['Tides rise and fall twice a day.', 'The moon pulls the sea.', 'Ports print tables of tides.',\n"
        "        'The sun pulls the sea less.', 'A table of the moon hangs in the port.']\n"
        "text = 'Context: ' + ' '.join(told) + '\\n\\nQuestion: what pulls the sea of the port by the moon tables?'\n"
        "print(think(Question('gpt-4o', (Turn('user', text),))).text)\n"
    ),
    "refusal": (
        "from hatz_sandbox.rules.schemas import problem\n"
        "print(problem({'type': 'object', 'properties': dict(zip('abcd', 'wxyz'))}))\n"
    ),
}


@pytest.mark.parametrize("program", SAME.values(), ids=SAME)
def test_the_same_requests_get_the_same_answers_whatever_the_hash_seed(program):
    def answered(seed):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
        )
        return done.stdout

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(answered, range(4)))) == 1


def test_a_first_answer_imports_nothing_slow():
    program = (
        "import json, sys, urllib.request\n"
        "from hatz_sandbox import Sandbox\n"
        "with Sandbox() as sandbox:\n"
        "    body = json.dumps({'model': 'gpt-4o', 'input': 'Hello'}).encode()\n"
        "    request = urllib.request.Request(f'{sandbox.base_url}/openai/responses', body)\n"
        "    request.add_header('X-API-Key', sandbox.api_key)\n"
        "    assert b'Hello!' in urllib.request.urlopen(request).read()\n"
        "print(sorted({'httpx', 'jsonschema', 'pydantic', 'regex'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_each_request_tells_the_status_of_its_answer(sandbox, get, post):
    sandbox.fail(503)
    get("/chat/models")
    get("/nowhere")
    post("/openai/responses", {"model": "gpt-4o", "input": "Hello"})
    post("/openai/responses", {"model": "gpt-4o", "input": "Hello"})
    assert [request.status for request in sandbox.requests] == [200, 404, 503, 200]


def test_a_head_request_gets_no_body(sandbox):
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port), timeout=20) as connection:
        connection.sendall(b"HEAD /v1/chat/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        got = b""
        while piece := connection.recv(65536):
            got += piece
    assert got.endswith(b"\r\n\r\n")
