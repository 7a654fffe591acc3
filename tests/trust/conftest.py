"""The event loop of the tests, and retries without waiting."""

import pytest

from hatz_client.connection import retries
from tests.harness import ways


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
