"""The recorded test of LangChain's own suite: that a stream costs no undue time."""

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_hatz import ChatHatz
from tests.cassettes.cases import MODELS, SERVERS, STREAM_TIME

# While it records, the suite asks and measures nothing.
pytestmark = pytest.mark.filterwarnings("ignore:Benchmark fixture was not used")


class Recorded(ChatModelIntegrationTests):
    """The suite's settings; only its recorded test is run here, the others are against the sandbox."""

    server: str
    wire: str

    @property
    def chat_model_class(self):
        return ChatHatz

    @property
    def chat_model_params(self):
        return {"model": MODELS[self.wire], "max_tokens": 100, "max_retries": 0, **self.connection}

    @property
    def enable_vcr_tests(self):
        return True

    @pytest.fixture(autouse=True)
    def vcr(self, deck):
        """The suite's own fixture, with a cassette of ours."""
        with deck.playing(self.server, f"{self.wire}/{STREAM_TIME}") as self.connection:
            yield deck.cassette


def _suite(server, wire):
    own = {name for name in dir(ChatModelIntegrationTests) if name.startswith("test_")} - {"test_stream_time"}
    return type(f"Test_{server}_{wire}", (Recorded,), {"server": server, "wire": wire, **dict.fromkeys(own)})


for _server in SERVERS:
    for _wire in MODELS:
        globals()[f"Test_{_server}_{_wire}"] = _suite(_server, _wire)
