"""How the gateway is reached: clients of one's own, a proxy, and connections that are closed when they are told to be."""

import asyncio
import json
import pickle
import subprocess
import sys

import httpx
import httpx2
import pytest
from llama_index.core.llms import ChatMessage

from hatz_client.errors import HatzConnectionError, HatzNotFoundError
from llama_index_hatz import HatzLLM

EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
KINDS = pytest.mark.parametrize("kind", [httpx, httpx2])
HI = [ChatMessage(content="hi")]
PASSWORD = "pass-SECRET"


@KINDS
@EVERYWHERE
class TestOnesOwn:
    def test_are_used_and_left_open(self, make, kind):
        seen = []
        with kind.Client(event_hooks={"request": [seen.append]}) as http:
            llm = make(http_client=http)
            assert llm.complete("hi").text
            assert list(llm.stream_chat(HI))
            assert len(seen) == 2
            llm.close()
            assert not http.is_closed
            assert llm.complete("hi").text

    async def test_async_ones_too(self, make, kind):
        seen = []

        async def see(request):
            seen.append(request)

        async with kind.AsyncClient(event_hooks={"request": [see]}) as http:
            llm = make(http_async_client=http)
            assert (await llm.acomplete("hi")).text
            assert [chunk async for chunk in await llm.astream_chat(HI)]
            assert len(seen) == 2
            await llm.aclose()
            assert not http.is_closed
            assert (await llm.acomplete("hi")).text

    def test_a_stream_that_is_left_is_closed(self, make, sandbox, kind):
        sandbox.stall(after_events=8, reply="word " * 50)
        with kind.Client() as http:
            chunks = make(http_client=http).stream_chat(HI)
            next(chunks)
            chunks.close()
            assert sandbox.last_request.client_closed.wait(10)

    def test_their_faults_are_our_errors(self, make, kind):
        with kind.Client() as http, pytest.raises(HatzConnectionError) as caught:
            make(http_client=http, base_url="http://127.0.0.1:9/v1").chat(HI)
        assert isinstance(caught.value, ConnectionError)


class TestTheWay:
    def test_through_a_proxy(self, sandbox, make):
        """The sandbox is the proxy here; it knows no such path as proxies are asked for."""
        llm = make(base_url="http://127.0.0.1:9/v1", proxy=sandbox.base_url.removesuffix("/v1"))
        with pytest.raises(HatzNotFoundError):
            llm.chat(HI)
        assert sandbox.last_request.path.startswith("http://127.0.0.1:9/v1/")

    def test_a_proxy_is_shown_nowhere(self):
        llm = HatzLLM("gpt-5.2", proxy=f"http://user:{PASSWORD}@127.0.0.1:9", default_query={"tenant": PASSWORD})
        assert PASSWORD not in str([llm.to_dict(), repr(llm), llm.to_payload(), llm.model_dump_json()])
        again = pickle.loads(pickle.dumps(llm))
        assert again.proxy.get_secret_value() == llm.proxy.get_secret_value()

    def test_a_query_of_every_url(self, make):
        seen = []
        with httpx.Client(event_hooks={"request": [seen.append]}) as http:
            make(http_client=http, default_query={"tenant": "red", "version": 2}).chat(HI)
        assert dict(seen[0].url.params) == {"tenant": "red", "version": "2"}


class TestClosing:
    def test_opens_anew_when_it_is_needed(self, llm, sandbox):
        llm.chat(HI)
        before = sandbox.connections
        llm.close()
        llm.close()
        assert llm.chat(HI).message.content
        assert sandbox.connections == before + 1

    async def test_async(self, llm, sandbox):
        await llm.achat(HI)
        before = sandbox.connections
        await llm.aclose()
        assert (await llm.achat(HI)).message.content
        assert sandbox.connections == before + 1

    async def test_at_the_end_of_a_block(self, make, sandbox):
        with make() as llm:
            llm.chat(HI)
        async with make() as llm:
            await llm.achat(HI)
        before = sandbox.connections
        llm.chat(HI)
        await llm.achat(HI)
        assert sandbox.connections == before + 2

    def test_a_stream_under_way_goes_on(self, llm, sandbox):
        sandbox.reply("one two three", chunks=["one ", "two ", "three"])
        chunks = llm.stream_chat(HI)
        next(chunks)
        llm.close()
        assert list(chunks)[-1].message.content == "one two three"

    def test_is_not_needed(self, sandbox):
        """Forgotten LLMs, loops that end and a process that ends say nothing of what was left open."""
        code = (
            "import asyncio, gc, json, sys\n"
            "from llama_index_hatz import HatzLLM\n"
            "llm = HatzLLM(**json.loads(sys.argv[1]))\n"
            "assert llm.complete('hi').text\n"
            "async def main():\n"
            "    assert (await llm.acomplete('hi')).text\n"
            "    assert [chunk async for chunk in await llm.astream_complete('hi')]\n"
            "asyncio.run(main())\n"
            "next(llm.stream_complete('hi'))\n"
            "del llm\n"
            "gc.collect()\n"
        )
        given = {"model": "gpt-5.2", "base_url": sandbox.base_url, "api_key": sandbox.api_key}
        done = subprocess.run(
            [sys.executable, "-W", "always::ResourceWarning", "-c", code, json.dumps(given)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_has_nothing_to_do_before_a_call(self):
        HatzLLM("gpt-5.2").close()
        asyncio.run(HatzLLM("gpt-5.2").aclose())
