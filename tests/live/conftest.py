"""Live tests ask the gateway, with `HATZ_API_KEY` and on the models that `make live` chose; elsewhere they are skipped."""

import os

import pytest

MODELS = dict(pair.split("=", 1) for pair in os.environ.get("HATZ_LIVE_MODELS", "").split(",") if pair)
"""The model for each endpoint."""


def pytest_collection_modifyitems(items):
    reason = (
        None if os.environ.get("HATZ_API_KEY") and MODELS else "asks the gateway and costs tokens: `make live` runs it"
    )
    for item in items:
        if reason and "tests/live/" in item.nodeid:
            item.add_marker(pytest.mark.skip(reason=reason))
