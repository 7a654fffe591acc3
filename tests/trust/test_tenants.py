"""Two keys in one process: connections are shared, and nothing else is."""

import asyncio
import base64

import pytest

from hatz_client import AsyncClient, Client, Media, Prompt, Turn
from hatz_client.operations import uploads
from tests.harness import ways

from . import faults
from .server import Server, whole
from .wires import MODEL

pytestmark = pytest.mark.usefixtures("connections_of_ones_own")

KEYS = ("key-of-the-first", "key-of-the-second")


async def awaited(calls):
    return [await call() for call in calls]


def each_in_turn(kind, calls):
    """The results of the calls, over one pool of connections."""
    return [call() for call in calls] if kind is Client else asyncio.run(awaited(calls))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_each_request_has_its_own_key_on_a_shared_connection_and_no_cookie_of_the_other(kind):
    with Server(lambda asked: [whole({"data": [{"name": MODEL}]}, Set_Cookie="tenant=1")]) as server:
        clients = [kind(key, server.base_url) for key in KEYS]
        each_in_turn(kind, [client.list_models for client in (*clients, *clients)])
    assert [asked.headers["x-api-key"] for asked in server.requests] == [*KEYS, *KEYS]
    assert not any("cookie" in asked.headers for asked in server.requests)
    assert server.accepted == 1


@pytest.mark.parametrize("verb", ways.ALL)
def test_a_key_of_a_function_is_asked_for_by_each_request(loop, verb):
    keys = iter((*KEYS, "of-a-third"))
    with Server(faults.good) as server:
        settings = {"api_key": lambda: next(keys), "base_url": server.base_url}
        for _ in KEYS:
            assert ways.run(loop, ways.ALL[verb], settings).error is None
    assert [asked.headers["x-api-key"] for asked in server.requests] == list(KEYS)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_file_that_one_uploaded_is_uploaded_again_for_the_other(kind, monkeypatch):
    monkeypatch.setattr(uploads, "UPLOADED", type(uploads.UPLOADED)(256))
    image = Media("image", "image/png", base64.b64encode(b"\x89PNG\r\n\x1a\n").decode())
    prompt = Prompt(MODEL, (Turn("user", (image,)),))
    with Server(lambda asked: [whole({"file_id": f"file-{asked.number}", "status": "ready"})]) as server:
        clients = [kind(key, server.base_url) for key in KEYS]
        made = each_in_turn(kind, [lambda one=one: one.with_uploads(prompt) for one in (*clients, *clients)])
    assert [asked.headers["x-api-key"] for asked in server.requests] == list(KEYS)
    assert [found.turns[0].parts[0].file_id for found in made] == ["file-1", "file-2"] * 2
