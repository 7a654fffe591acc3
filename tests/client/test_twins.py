"""`Client` is what `tools/generate_sync_client.py` makes of `AsyncClient`."""

import inspect
import runpy
from importlib.util import find_spec
from pathlib import Path

import pytest

from hatz_client.async_client import AsyncClient
from hatz_client.client import Client
from hatz_client.connection import async_io, sync_io

ROOT = Path(__file__).parents[2]
GENERATOR = runpy.run_path(str(ROOT / "tools" / "generate_sync_client.py"))


TWINS = GENERATOR["TWINS"]
twins = pytest.mark.parametrize("source", TWINS, ids=lambda source: source.stem)


@twins
@pytest.mark.skipif(not find_spec("ruff"), reason="the generator formats with ruff, which is not installed here")
def test_each_module_is_as_it_is_generated(source):
    rule = f"{TWINS[source].name} is generated: edit {source.name}, then run `make client`."
    assert TWINS[source].read_text() == GENERATOR["generate"](source), rule


@twins
@pytest.mark.parametrize("word", ["async", "await", "Async", "event loop"])
def test_nothing_async_is_left(source, word):
    text = TWINS[source].read_text().partition('"""\n')[2]
    rule = f"A sync module never says {word!r}: name the sync word in WORDS or TEXTS of tools/generate_sync_client.py."
    assert word not in text.partition('"""\n')[2], rule


def test_both_have_the_same_methods_with_the_same_arguments():
    def methods(cls):
        found = {
            name: tuple(inspect.signature(method).parameters) for name, method in vars(cls).items() if callable(method)
        }
        return {name.replace("__a", "__").replace("aclose", "close"): arguments for name, arguments in found.items()}

    one, other = methods(Client), methods(AsyncClient)
    rule = "Client and AsyncClient have the same methods (aclose is close) with the same arguments (http_async_client is http_client)."
    assert one.keys() == other.keys(), rule
    for name in one:
        assert [argument.replace("http_async_client", "http_client") for argument in other[name]] == list(one[name]), (
            rule
        )


def test_the_two_modules_of_io_have_the_same_names():
    def names(module):
        return {
            name for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
        }  # fmt: skip

    rule = "What a client does in its own way stands under the same name in sync_io and in async_io."
    assert names(sync_io) == names(async_io) | {"closable"}, rule  # async, it is a class of `util.async_generators`
    assert callable(async_io.closable)
