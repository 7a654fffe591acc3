"""The loop the verbs run in, and the option that writes the tables of docs/reliability.md anew.

That is `python -m pytest tests/trust --write-docs`.
"""

import pytest
import stamina

from . import verbs


def pytest_addoption(parser):
    parser.addoption("--write-docs", action="store_true", help="write the tables of docs/reliability.md anew")


@pytest.fixture(scope="module")
def loop():
    with verbs.Loop() as running:
        yield running


@pytest.fixture(scope="module")
def no_waiting():
    """Retries wait for no longer than a gateway's `Retry-After` says."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield
