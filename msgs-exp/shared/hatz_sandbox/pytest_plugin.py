"""The pytest fixture `hatz_sandbox`: a fresh sandbox for a test, with the environment pointing at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.server import Sandbox


@pytest.fixture
def hatz_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A started `hatz_sandbox.Sandbox`; `HATZ_BASE_URL` and `HATZ_API_KEY` are set to it for the test."""
    from hatz_sandbox.server import Sandbox  # noqa: PLC0415 - the plugin costs nothing where it is not used

    with Sandbox() as sandbox:
        monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
        yield sandbox
