"""The event loop of the tests."""

import pytest

from tests.harness import ways


@pytest.fixture(scope="module")
def loop():
    with ways.Loop() as running:
        yield running
