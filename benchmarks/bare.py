"""The plainest asyncio program over httpx, without a framework, and the pool of connections that the floors use.

httpx looks at all connections of a client for each request, so many concurrent requests take time that grows with their square. A
`Pool` uses several clients of a few requests each, as `hatz_client` does: else the floor would be slow for that reason alone.
"""

import contextlib
import json

MODELS = {"responses": "gpt-5.2", "messages": "anthropic.claude-haiku-4-5"}
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


def asking(url, wire):
    """An async function that asks once and reads the answer."""
    pool = Pool()
    said = [{"role": "user", "content": "Hello!"}]
    body = {"input": said} if wire == "responses" else {"messages": said, "max_tokens": 4096}

    async def ask():
        with pool.client() as http:
            request = {"model": MODELS[wire], "stream": False, **body}
            response = await http.post(f"{url}/{wire}", json=request, headers={"X-API-Key": "key"})
            return json.loads(response.content)

    return ask
