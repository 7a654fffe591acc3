"""The pytest fixture `hatz_sandbox`: a new sandbox for each test; the environment variables are set to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.sandbox import Sandbox


@pytest.fixture
def hatz_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A started `hatz_sandbox.Sandbox`; `HATZ_BASE_URL` and `HATZ_API_KEY` are set to it for the test."""
    from hatz_sandbox.sandbox import Sandbox  # noqa: PLC0415 - the import costs nothing if the fixture is not used

    with Sandbox() as sandbox:
        monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
        yield sandbox
