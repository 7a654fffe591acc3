"""`Client` is what `tools/generate_sync_client.py` makes of `AsyncClient`."""

import inspect
import runpy
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
def test_each_module_is_as_it_is_generated(source):
    assert TWINS[source].read_text() == GENERATOR["generate"](source)


@twins
@pytest.mark.parametrize("word", ["async", "await", "Async", "event loop"])
def test_nothing_async_is_left(source, word):
    text = TWINS[source].read_text().partition('"""\n')[2]
    assert word not in text.partition('"""\n')[2]


def test_both_have_the_same_methods_with_the_same_arguments():
    def methods(cls):
        found = {
            name: tuple(inspect.signature(method).parameters) for name, method in vars(cls).items() if callable(method)
        }
        return {name.replace("__a", "__").replace("aclose", "close"): arguments for name, arguments in found.items()}

    one, other = methods(Client), methods(AsyncClient)
    assert one.keys() == other.keys()
    for name in one:
        assert [argument.replace("http_async_client", "http_client") for argument in other[name]] == list(one[name])


def test_the_two_modules_of_io_have_the_same_names():
    def names(module):
        return {
            name for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
        }  # fmt: skip

    assert names(sync_io) == names(async_io) | {"closable"}  # async, it is a class of `util.closable`
    assert callable(async_io.closable)
