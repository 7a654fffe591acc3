"""What our clients of httpx leave out, and that nothing else is different."""

import httpx
import pytest

from hatz_client import Client, Prompt
from hatz_client.connection import httpx_clients as lean
from hatz_sandbox import Sandbox

URL = "http://127.0.0.1:1/v1/openai/responses?tenant=1"
HEADERS = {"Accept": "application/json", "User-Agent": "us", "X-API-Key": "key"}
KINDS = pytest.mark.parametrize(
    ("ours", "theirs"), [(lean.Client, httpx.Client), (lean.AsyncClient, httpx.AsyncClient)]
)


def request(kind, method="POST", content=b"{}", url=URL, **more):
    return kind().build_request(
        method, url, headers=HEADERS | more, content=content, extensions={"timeout": {"read": 1.0}}
    )


@KINDS
@pytest.mark.parametrize(
    ("method", "content"), [("POST", b"{}"), ("POST", b""), ("POST", None), ("GET", None), ("GET", b"")]
)
@pytest.mark.parametrize("url", [URL, "https://[::1]:443/v1", "https://bücher.example:8443/v1?a=ä"])
def test_a_request_is_the_one_that_httpx_builds(ours, theirs, url, method, content):
    one, other = request(ours, method, content, url), request(theirs, method, content, url)
    assert sorted(one.headers.raw) == sorted(other.headers.raw)
    assert (one.method, one.url, one.extensions) == (other.method, other.url, other.extensions)
    assert one.content == other.content


@KINDS
@pytest.mark.parametrize("name", ["accept-encoding", "CONNECTION"])
def test_a_header_that_is_given_is_sent_once(ours, theirs, name):
    assert request(ours, **{name: "given"}).headers.get_list(name) == ["given"]
    assert request(theirs, **{name: "given"}).headers.get_list(name) == ["given"]


def test_cookies_are_neither_kept_nor_sent():
    def answer(_):
        return httpx.Response(200, headers={"Set-Cookie": "tenant=1"})

    with lean.Client(transport=httpx.MockTransport(answer)) as http:
        http.cookies = {"of": "ours"}
        http.send(request(lean.Client))
        assert not http.cookies
        assert "Cookie" not in http.build_request("GET", URL, headers={}).headers


def test_what_wraps_the_sending_of_httpx_sees_our_requests(monkeypatch):
    sent, send = [], httpx.Client.send
    monkeypatch.setattr(
        httpx.Client,
        "send",
        lambda self, request, **kwargs: sent.append(request.url.path) or send(self, request, **kwargs),
    )
    with Sandbox() as sandbox:
        Client(sandbox.api_key, sandbox.base_url).ask(Prompt("gpt-5.2", "Hi"))
    assert sent == ["/v1/openai/responses"]
