"""The event loop of the tests, and the option that regenerates the tables of docs/reliability.md.

That is `python -m pytest tests/trust --write-docs`.
"""

import pytest

from hatz_client.connection import retries
from tests.harness import ways


def pytest_addoption(parser):
    parser.addoption("--write-docs", action="store_true", help="regenerate the tables of docs/reliability.md")


@pytest.fixture(scope="module")
def loop():
    with ways.Loop() as running:
        yield running


@pytest.fixture(scope="module")
def no_waiting():
    """Retries wait for no longer than a gateway's `Retry-After` says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retries, "FIRST_DELAY", 0.0)
        patch.setattr(retries, "JITTER", 0.0)
        yield
