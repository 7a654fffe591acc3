"""Recorded exchanges through the whole client, the bytes of their answers cut anywhere: the same answers, the same errors.

What each answer means is compared with the official SDKs' reading in the tests of the codecs and, for the words and the
calls, here again.
"""

import random
from itertools import pairwise

import httpx
import pytest

from hatz_client import AsyncClient, Client, HatzError, Prompt, Text, Turn, fold
from hatz_client.connection.limits import pauses
from tests.harness import recorded
from tests.harness.recorded import complete, failed, headers_of, parametrize

GOLD = list(recorded.exchanges("responses", "messages"))
PROMPT = Prompt("any-model", (Turn("user", (Text("Hello!"),)),), max_tokens=1000)


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces of a few bytes: whichever the seed says."""

    def __init__(self, body, seed):
        chance = random.Random(seed)  # noqa: S311 (not for secrets)
        cuts = sorted(chance.sample(range(len(body)), k=min(len(body), 40 if len(body) > 4000 else len(body) // 3)))
        self._pieces = [body[one:two] for one, two in pairwise([0, *cuts, len(body)])]

    def __iter__(self):
        return iter(self._pieces)

    async def __aiter__(self):
        for piece in self._pieces:
            yield piece


def response(row, seed):
    return httpx.Response(row["status"], headers=headers_of(row), stream=Pieces(row["body"].encode(), seed))


def synchronously(row, seed="sync"):
    http = httpx.Client(transport=httpx.MockTransport(lambda _: response(row, seed)))
    client = Client("key", "https://gateway.example/v1", endpoint=row["wire"], http_client=http, max_retries=0)
    return fold(client.stream(PROMPT)) if row["stream"] else client.ask(PROMPT)


async def asynchronously(row, seed="async"):
    async def answer(_):
        return response(row, seed)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = AsyncClient(
        "key", "https://gateway.example/v1", endpoint=row["wire"], http_async_client=http, max_retries=0
    )
    if row["stream"]:
        return fold([event async for event in client.stream(PROMPT)])
    return await client.ask(PROMPT)


def calls_of(result):
    """Ids and arguments as the official SDKs read them; arguments that are no JSON object stay text."""
    for call in result["tool_calls"]:
        arguments = call["args"]
        if call.get("type") == "custom":
            arguments = {"input": call["raw_args"]}
        yield call["id"], call["name"], arguments if isinstance(arguments, dict) else call["raw_args"]


@parametrize(GOLD, complete)
async def test_an_answer_in_pieces_is_the_answer(row, meant):
    reply = synchronously(row)
    assert reply.text == meant["result"]["text"]
    assert reply.refusal == meant["result"].get("refusal")
    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == list(calls_of(meant["result"]))
    assert (reply.model, reply.id) == (meant["result"]["model"], meant["result"]["id"])
    other = await asynchronously(row)
    assert (other.parts, other.usage, other.finish, other.residue) == (
        reply.parts,
        reply.usage,
        reply.finish,
        reply.residue,
    )


@parametrize(GOLD, lambda _row, meant: failed(meant))
async def test_an_error_is_the_error(row, meant):
    with pytest.raises(HatzError) as caught:
        synchronously(row)
    pauses.end_all()  # what a recorded 429 asks for
    with pytest.raises(HatzError) as other:
        await asynchronously(row)
    assert type(caught.value) is type(other.value)
    assert caught.value.request_id
    words = (meant["error"] or {}).get("body_message")
    assert not words or words in str(caught.value)
    if row["status"] >= 400:
        assert caught.value.status_code == row["status"]


@parametrize(GOLD, lambda row, meant: row["stream"] and not failed(meant) and not complete(row, meant))
def test_a_stream_cut_short_is_never_passed_as_complete(row, meant):
    try:
        reply = synchronously(row)
    except HatzError as error:
        partial = error.partial.text if error.partial else ""
        assert meant["result"]["text"].startswith(partial) or partial.startswith(meant["result"]["text"])
    else:
        assert reply.finish is not None
        assert reply.text == meant["result"]["text"]


def test_single_bytes(monkeypatch):
    small = [row for row, meant in GOLD if row["stream"] and complete(row, meant) and len(row["body"]) < 3000]
    assert small
    whole = [synchronously(row) for row in small]
    monkeypatch.setattr(random.Random, "sample", lambda _self, population, k: list(population))
    assert [synchronously(row).parts for row in small] == [reply.parts for reply in whole]
