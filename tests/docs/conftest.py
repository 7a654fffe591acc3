"""What the programs of the documentation find on the machine."""

import pytest

from harness.embedding_model import write_cache


@pytest.fixture(scope="session", autouse=True)
def _embedding_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fastembed")
    write_cache(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FASTEMBED_CACHE_PATH", str(folder))
        yield
