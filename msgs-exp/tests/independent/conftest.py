"""A live server that nobody here wrote: aimock behind our front, once a session, and only when asked for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.independent.aimock import aimock, installed
from tests.independent.front import KEY, Front

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-independent", action="store_true", help="install packages from npm and run against them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--run-independent", default=False):
        skip = pytest.mark.skip(reason="installs packages from npm: `make independent` runs it")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    with aimock() as address, Front(address) as running:
        yield running


@pytest.fixture
def connection(front: Front) -> dict[str, Any]:
    """Where the front is. Each test has counters of its own in aimock's script."""
    return {
        "base_url": front.base_url,
        "api_key": KEY,
        "max_retries": 0,
        "default_headers": {"X-Test-Id": uuid.uuid4().hex},
    }


@pytest.fixture(scope="session")
def node_modules() -> Path:
    return installed()
