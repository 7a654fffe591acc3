"""An exception that the caller is handling during a call is the caller's own: it keeps its traceback, its variables and its text."""

import asyncio
import json
import traceback

import httpx
import pytest

from hatz_client import AsyncClient, Client, HatzError
from hatz_client.content import Prompt

PROMPT = Prompt("gpt-5.2", "Hello!")
KEY = "hz-secret-key"


def refuse(request):
    raise httpx.ConnectError(f"refused for {KEY}")


def answer_with_no_json(request):
    return httpx.Response(200, text="{")


def ask(handler):
    http = httpx.Client(transport=httpx.MockTransport(handler))
    Client(api_key=KEY, http_client=http, max_retries=0).ask(PROMPT)


def stream(handler):
    http = httpx.Client(transport=httpx.MockTransport(handler))
    list(Client(api_key=KEY, http_client=http, max_retries=0).stream(PROMPT))


def ask_async(handler):
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    asyncio.run(AsyncClient(api_key=KEY, http_async_client=http, max_retries=0).ask(PROMPT))


def stream_async(handler):
    async def run():
        http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
        return [event async for event in AsyncClient(api_key=KEY, http_async_client=http, max_retries=0).stream(PROMPT)]

    asyncio.run(run())


def parse(text):
    wanted = text
    return json.loads(wanted)


@pytest.mark.parametrize("handler", [refuse, answer_with_no_json])
@pytest.mark.parametrize("call", [ask, stream, ask_async, stream_async])
def test_it_keeps_its_traceback_and_its_variables(call, handler):
    handled = failed = None
    try:
        parse(KEY)
    except ValueError as error:
        handled = error
        try:
            call(handler)
        except HatzError as error:
            failed = error
    frames = {frame.f_code.co_name: frame.f_locals for frame, _ in traceback.walk_tb(handled.__traceback__)}
    assert frames["parse"]["wanted"] == KEY
    assert handled.doc == KEY
    chain = []
    while failed is not None:
        chain.append(failed)
        failed = failed.__context__
    assert handled in chain
    assert all(KEY not in str(error) for error in chain if error is not handled)
