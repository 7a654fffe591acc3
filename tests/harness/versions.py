"""Which tests need a newer framework than the lowest that pyproject.toml allows (`make test-lowest`)."""

from importlib.metadata import version

import pytest
from packaging.version import Version


def needs(distribution: str, lowest: str) -> pytest.MarkDecorator:
    """Skip the test with an older version of this distribution."""
    older = Version(version(distribution)) < Version(lowest)
    return pytest.mark.skipif(older, reason=f"needs {distribution} {lowest}")
