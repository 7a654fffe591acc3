"""Broken framing, foreign hosts, absurd schemas and long runs: refused or bounded, and nothing on stderr."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from hatz_sandbox import Sandbox
from tests.sandbox.conftest import ask

HEAD = "POST /v1/openai/responses HTTP/1.1\r\nHost: localhost\r\nX-API-Key: hatz-sandbox-key\r\n"
BODY = '{"model": "gpt-4o", "input": "Hi"}'


def exchange(sandbox, data):
    """What comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port), timeout=10) as connection:
        connection.sendall(data.encode())
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while piece := connection.recv(65536):
            got += piece
    return got


BROKEN = {
    "length is a word": f"Content-Length: many\r\n\r\n{BODY}",
    "length is negative": f"Content-Length: -5\r\n\r\n{BODY}",
    "length has a sign": f"Content-Length: +34\r\n\r\n{BODY}",
    "two lengths": f"Content-Length: 34\r\nContent-Length: 5\r\n\r\n{BODY}",
    "length and chunks": f"Content-Length: 34\r\nTransfer-Encoding: chunked\r\n\r\n22\r\n{BODY}\r\n0\r\n\r\n",
    "unknown coding": f"Transfer-Encoding: gzip, chunked\r\n\r\n{BODY}",
    "chunk size is a word": f"Transfer-Encoding: chunked\r\n\r\nzz\r\n{BODY}\r\n0\r\n\r\n",
    "chunk size is negative": f"Transfer-Encoding: chunked\r\n\r\n-1\r\n{BODY}\r\n0\r\n\r\n",
    "chunk is longer": f"Transfer-Encoding: chunked\r\n\r\n2\r\n{BODY}\r\n0\r\n\r\n",
    "body is cut": f"Content-Length: 100\r\n\r\n{BODY}",
    "trailers without end": "Transfer-Encoding: chunked\r\n\r\n0\r\n" + "a: b\r\n" * 200,
}


@pytest.mark.parametrize("rest", BROKEN.values(), ids=BROKEN)
def test_broken_framing_gets_400_and_a_closed_connection(sandbox, rest):
    second = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    got = exchange(sandbox, HEAD + rest + (second if "cut" not in rest and "100" not in rest else ""))
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.count(b"HTTP/1.1") == 1
    assert b"Connection: close" in got
    assert (sandbox.last_request.status, sandbox.last_request.body) == (400, None)
    assert sandbox.last_request.reason


def test_a_body_too_large_is_refused_before_it_is_read(sandbox):
    got = exchange(sandbox, HEAD + "Content-Length: 99999999999\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 413 ")


def test_chunks_with_extensions_and_trailers_are_read(sandbox):
    rest = (
        f"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{len(BODY):x};x=y\r\n{BODY}\r\n0\r\nTrailer: x\r\n\r\n"
    )
    assert exchange(sandbox, HEAD + rest).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8123", "127.0.0.1.evil.example", "[::2]", "localhost.evil.example", ""]
)
def test_hosts_other_than_loopback_are_refused(sandbox, host):
    answered = ask(sandbox, "/openai/responses", {"model": "gpt-4o", "input": "Hi"}, headers={"Host": host})
    assert answered.status == 403
    assert "localhost and 127.0.0.1 alone" in answered.json["detail"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8123", "[::1]:1", "hatz.localhost"])
def test_loopback_has_several_names(sandbox, host):
    assert ask(sandbox, "/", headers={"Host": host}).status == 200


def test_a_request_without_host_is_refused(sandbox):
    assert exchange(sandbox, "GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert exchange(sandbox, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n").startswith(
        b"HTTP/1.1 400 "
    )


ABSURD = {
    "minLength": {"type": "string", "minLength": 10**9},
    "minItems": {"type": "array", "items": {"type": "string"}, "minItems": 10**9},
    "minProperties": {"type": "object", "minProperties": 10**9},
    "nested": {
        "type": "array",
        "minItems": 900,
        "items": {"type": "array", "minItems": 900, "items": {"type": "integer"}},
    },
    "endless": {"$ref": "#/properties/a"},
    "endless object": {"$ref": "#/$defs/A"},
    "far number": {"type": "integer", "minimum": 1e400},
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("part", ABSURD.values(), ids=ABSURD)
def test_absurd_schemas_are_refused_or_filled_but_never_cost_the_server(sandbox, part):
    endless = {"A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"]}}
    schema = {"type": "object", "properties": {"a": part}, "required": ["a"], "$defs": endless}
    tool = {"type": "function", "name": "f", "parameters": schema}
    body = {"model": "gpt-4o", "input": "Call f", "tools": [tool], "tool_choice": "required"}
    raw = json.dumps(body).replace("Infinity", "1e400").encode()
    answered = ask(sandbox, "/openai/responses", raw)
    assert answered.status == (400 if part is not ABSURD["endless"] else 200), answered.raw[:300]
    assert len(answered.raw) < 10_000


def test_requests_that_are_kept_are_bounded():
    with Sandbox(max_requests=3) as sandbox:
        for number in range(5):
            ask(sandbox, f"/chat/models?n={number}")
        assert [request.query for request in sandbox.requests] == ["n=2", "n=3", "n=4"]


def test_nothing_is_printed_whatever_arrives():
    program = """
import contextlib, socket
from urllib.parse import urlsplit
from hatz_sandbox import Sandbox

with Sandbox() as sandbox:
    sandbox.models = None  # a fault of the sandbox itself
    port = urlsplit(sandbox.base_url).port
    for data in (b"\\x00\\xff\\r\\n\\r\\n", b"GET / HTTP/9.9\\r\\n\\r\\n", b"GET /v1/chat/models", b"", b"POST / HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: x\\r\\n\\r\\n",
                 b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n", b"GET /" + b"a" * 70000 + b" HTTP/1.1\\r\\n\\r\\n"):
        # The sandbox may end the connection before all of it has been sent.
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(data)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    print([request.status for request in sandbox.requests])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("[400, 500, 400, 400, 500, 400]\n", "")


def test_the_reason_of_a_refusal_and_the_model_are_recorded(sandbox, post):
    post("/openai/responses", {"model": "gpt-5.2", "input": 5})
    assert (sandbox.last_request.model, sandbox.last_request.status) == ("gpt-5.2", 400)
    assert sandbox.last_request.reason.startswith("Invalid type for 'input'")
    post("/openai/responses", {"model": "gpt-5.2", "input": "Hi"})
    assert (sandbox.last_request.reason, sandbox.last_request.status) == ("", 200)


def test_the_start_page_says_what_is_served(sandbox):
    for path in ("/", "/v1"):
        with socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:99\r\nConnection: close\r\n\r\n".encode())
            page = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        assert "Base URL   http://localhost:99/v1" in page
        assert "there is no model behind this sandbox" in page
        assert "gpt-5.2" in page
        assert "POST /v1/openai/responses" in page
        assert sandbox.api_key not in page
