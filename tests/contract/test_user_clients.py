"""HTTP clients of the user's own, of httpx and of httpx2: taken everywhere, left open, and their errors are ours."""

import json

import httpx
import httpx2
import pytest

from hatz_client import AsyncClient, Client, HatzError, errors
from hatz_client.content import Prompt, Text, Turn

from .faces import HOWS

KINDS = pytest.mark.parametrize("kind", [httpx, httpx2], ids=lambda kind: kind.__name__)
PROMPT = Prompt(model="anthropic.claude-haiku-4-5", turns=(Turn("user", (Text("hi"),)),))


@pytest.fixture
async def own(kind):
    """The settings with both clients, and the requests that these have sent."""
    seen = []

    async def see(request):
        seen.append(request)

    with kind.Client(event_hooks={"request": [seen.append]}, headers={"X-Mine": "1"}) as sync:
        async with kind.AsyncClient(event_hooks={"request": [see]}, headers={"X-Mine": "1"}) as other:
            yield {"http_client": sync, "http_async_client": other}, seen
            assert not sync.is_closed
            assert not other.is_closed


@KINDS
class TestBothIntegrations:
    @pytest.mark.parametrize("how", HOWS)
    async def test_are_used(self, make, face, sandbox, own, how):
        settings, seen = own
        assert await face.ask(make(**settings), how=how)
        assert len(seen) == 1
        assert sandbox.last_request.headers["X-Mine"] == "1"

    @pytest.mark.parametrize("how", HOWS)
    async def test_their_retries(self, make, face, sandbox, own, how):
        settings, seen = own
        sandbox.fail(status=503)
        assert await face.ask(make(**settings, max_retries=1), how=how)
        assert len(seen) == 2

    @pytest.mark.parametrize("how", HOWS)
    async def test_their_timeouts(self, make, face, sandbox, own, kind, how):
        sandbox.stall(before_first_byte=30)
        with pytest.raises(errors.HatzTimeoutError):
            await face.ask(make(**own[0], timeout=kind.Timeout(0.3, connect=5)), how=how)

    @pytest.mark.parametrize("how", ["stream", "async stream"])
    async def test_their_interrupted_streams(self, make, face, sandbox, own, how):
        sandbox.cut_stream_after(8, reply="word " * 50)
        with pytest.raises(errors.HatzStreamInterruptedError):
            await face.ask(make(**own[0]), how=how)

    @pytest.mark.parametrize("how", HOWS)
    async def test_a_wrong_key_and_no_server(self, make, face, own, how):
        with pytest.raises(errors.HatzAuthenticationError):
            await face.ask(make(**own[0], api_key="sk-wrong"), how=how)
        with pytest.raises(errors.HatzConnectionError) as caught:
            await face.ask(make(**own[0], api_key="sk-wrong", base_url="http://127.0.0.1:9/v1"), how=how)
        cause = caught.value.__cause__
        assert "sk-wrong" not in json.dumps([str(cause), repr(vars(cause)), repr(cause.request.headers)], default=str)

    @pytest.mark.parametrize("how", HOWS)
    async def test_of_the_wrong_kind_are_named(self, make, face, own, how):
        settings, _ = own
        swapped = {"http_client": settings["http_async_client"], "http_async_client": settings["http_client"]}
        with pytest.raises(HatzError, match=r"http_(async_)?client"):
            await face.ask(make(**swapped), how=how)


@KINDS
class TestTheClient:
    def test_is_used_by_every_method(self, sandbox, own):
        settings, seen = own
        client = Client(sandbox.api_key, sandbox.base_url, http_client=settings["http_client"])
        assert client.list_models()
        assert client.list_agents()
        assert client.count_tokens(PROMPT)
        assert client.upload(b"text", filename="a.txt")
        assert client.ask(PROMPT).text
        assert list(client.stream(PROMPT))
        assert len(seen) >= 6

    async def test_async(self, sandbox, own):
        settings, seen = own
        client = AsyncClient(sandbox.api_key, sandbox.base_url, http_async_client=settings["http_async_client"])
        assert await client.list_models()
        assert await client.list_agents()
        assert await client.count_tokens(PROMPT)
        assert await client.upload(b"text", filename="a.txt")
        assert (await client.ask(PROMPT)).text
        assert [event async for event in client.stream(PROMPT)]
        assert len(seen) >= 6
