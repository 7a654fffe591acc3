"""Calls without a framework, by each contestant's client, and the pool of connections that the floors use.

httpx looks at all connections of a client for each request, so many concurrent requests take time that grows with their square. A
`Pool` uses several clients of a few requests each, as `hatz_client` does: else the floor would be slow for that reason alone.
"""

import contextlib
import json

MODELS = {"responses": "gpt-5.2", "messages": "anthropic.claude-haiku-4-5"}
SAID = [{"role": "user", "content": "Hello!"}]
ROOM = 8


class Pool:
    """httpx clients that have at most eight requests each."""

    def __init__(self):
        self._clients = []

    @contextlib.contextmanager
    def client(self):
        """A client with room for one more request."""
        import httpx

        found = next((entry for entry in self._clients if entry[1] < ROOM), None)
        if found is None:
            found = [httpx.AsyncClient(timeout=60, limits=httpx.Limits()), 0]
            self._clients.append(found)
        found[1] += 1
        try:
            yield found[0]
        finally:
            found[1] -= 1


def asking(name, wire, url):
    """An async function that asks once without a framework: by the client of this contestant, or (the floor) by httpx alone."""
    if name == "floor":
        return _by_httpx(wire, f"{url}/{wire}")
    if name in {"ChatHatz", "HatzLLM"}:
        return _by_hatz(wire, url)
    return _by_openai(url) if wire == "responses" else _by_anthropic(url)


def _by_httpx(wire, url):
    pool = Pool()
    body = {"input": SAID} if wire == "responses" else {"messages": SAID, "max_tokens": 4096}

    async def ask():
        with pool.client() as http:
            request = {"model": MODELS[wire], "stream": False, **body}
            return json.loads((await http.post(url, json=request, headers={"X-API-Key": "key"})).content)

    return ask


def _by_hatz(wire, url):
    from hatz_client import AsyncClient, Prompt

    client, prompt = AsyncClient("key", url), Prompt(MODELS[wire], "Hello!")

    async def ask():
        return await client.ask(prompt)

    return ask


def _by_openai(url):
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key="key", base_url=url)

    async def ask():
        return await client.responses.create(model=MODELS["responses"], input=SAID)

    return ask


def _by_anthropic(url):
    from anthropic import AsyncAnthropic

    client = AsyncAnthropic(api_key="key", base_url=url)

    async def ask():
        return await client.messages.create(model=MODELS["messages"], messages=SAID, max_tokens=4096)

    return ask
