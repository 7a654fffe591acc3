"""What all tests share."""

import os
import threading

import pytest
from hypothesis import HealthCheck, settings

from hatz_client.connection import pools, retries
from hatz_client.connection.limits import pauses

# On a busy machine an example may take as long as it takes. The examples are the same in each run, but for `make soak`.
settings.register_profile(
    "hatz",
    deadline=None,
    derandomize="HATZ_SOAK" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("hatz")


def pytest_addoption(parser):
    parser.addoption(
        "--run-package", action="store_true", help="build the wheel and install it (needs a package index)"
    )
    parser.addoption(
        "--write-docs",
        action="store_true",
        help="write what tests make into docs/: tables, and the outputs of programs",
    )


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--run-package"):
        skip = pytest.mark.skip(reason="installs packages: `make package` runs it")
        for item in items:
            if "tests/package/" in item.nodeid and item.get_closest_marker("installs"):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def _end_pauses():
    """A 429 with `Retry-After` in one test makes no other test wait."""
    yield
    pauses.end_all()


@pytest.fixture(scope="module")
def no_waiting():
    """Retries wait for no longer than a gateway's `Retry-After` says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retries, "FIRST_DELAY", 0.0)
        patch.setattr(retries, "JITTER", 0.0)
        yield


@pytest.fixture
def connections_of_ones_own(monkeypatch):
    """Nobody else's connections, and no proxy of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HATZ_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    pools.close_all()
    yield
    pools.close_all()


@pytest.fixture
def join_threads():
    """Wait for the threads that the test started, so that the error that ends one of them is reported within this test."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
