"""What type checkers make of the public interface."""

from pathlib import Path

import pytest


@pytest.mark.timeout(300)
def test_the_types_that_users_see():
    api = pytest.importorskip("mypy.api")
    here = Path(__file__).parent
    config = str(here.parent.parent / "pyproject.toml")
    said, problems, status = api.run(
        ["--config-file", config, "--follow-imports=silent", str(here / "structured_output.py")]
    )
    assert status == 0, said + problems
