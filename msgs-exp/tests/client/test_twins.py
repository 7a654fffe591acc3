"""`AsyncClient` is `Client` with the words of waiting put in, and nothing else."""

import ast
import inspect
import re

from hatz_client.async_client import AsyncClient
from hatz_client.client import Client

# How each client gets its key, its connections and a file's bytes is where they may differ.
OWN = {"_key", "_http", "_file_of"}


def methods(cls):
    tree = ast.parse(inspect.getsource(cls)).body[0]
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {without_waiting(node.name): ast.unparse(node) for node in found}


def without_waiting(text):
    text = (
        text.replace("AsyncClient", "Client").replace("AsyncHttp", "Http").replace("http_async_client", "http_client")
    )
    text = text.replace("AsyncGenerator[Event, None]", "Generator[Event, None, None]").replace(
        "AsyncIterator", "Iterator"
    )
    text = re.sub(r"\basync |\bawait ", "", text).replace("event loop", "process")
    text = re.sub(r"__a(enter|exit)__", r"__\1__", text)
    return re.sub(r"\ba(synccontextmanager|closing|iter_bytes|read|close)\b", _sync_name, text)


def _sync_name(match):
    return {"synccontextmanager": "contextmanager"}.get(match[1], match[1])


def test_the_twins_are_one_text():
    one, other = methods(Client), methods(AsyncClient)
    assert one.keys() == other.keys()
    for name in one.keys() - OWN:
        assert without_waiting(other[name]) == one[name]
