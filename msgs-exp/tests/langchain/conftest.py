"""Shared by the tests of `langchain_hatz`."""

import importlib
from collections.abc import Iterator

import pytest

from hatz_sandbox import Sandbox


@pytest.fixture(scope="session", autouse=True)
def _revivable() -> None:
    """LangChain revives listed classes only, and lists no package but its own: `test_serdes` needs ours on the list."""
    load = importlib.import_module("langchain_core.load.load")
    name = ("langchain_hatz", "chat_models", "ChatHatz")
    load.ALL_SERIALIZABLE_MAPPINGS[name] = name
    load._default_class_paths_cache.clear()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running
