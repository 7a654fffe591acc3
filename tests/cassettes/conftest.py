"""Where cassettes come from: the folder; with `--record`, the servers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hatz_client.operations import http_responses as responses
from tests.cassettes.tape import FOLDER, is_same, read, recorder
from tests.independent.aimock import aimock
from tests.independent.front import KEY, Front

VCR = recorder()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="record again: from the gateway with HATZ_API_KEY, else from aimock, and from llama.cpp at LLAMA_SERVER",
    )


def _keep_unchanged(path: Path, before: str) -> None:
    """Put the former cassette back, if the new one says the same."""
    if path.is_file() and is_same(before, path.read_text("utf-8")):
        path.write_text(before, "utf-8")


class Deck:
    """Plays cassettes, or records them: each once a session, by the first test that asks for it."""

    def __init__(self, *, recording: bool, running: ExitStack, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.recording = recording
        self._running = running
        self._connections: dict[str, dict[str, Any]] = {}
        self._recorded: set[tuple[str, str]] = set()
        self.cassette: Any = None
        """The one that is being played."""

    @contextmanager
    def playing(self, server: str, name: str) -> Iterator[dict[str, Any]]:
        """Where to reach the server, while one of its cassettes is in the deck; all of it must be played."""
        if reason := self._nothing_of(server):
            pytest.skip(reason)
        records = self.recording and (server, name) not in self._recorded
        self._recorded.add((server, name))
        path = self.folder / server / f"{name}.yaml"
        if records and path.is_file():
            self._running.callback(_keep_unchanged, path, path.read_text("utf-8"))
            path.unlink()
        with VCR.use_cassette(str(path), record_mode="once" if records else "none") as cassette:
            self.cassette = cassette
            yield self._connection(server)
        if records:
            # What is played back in the same process bears the id of the recorded request, which would be another request's answer.
            responses._SENT.clear()
        assert len(cassette), f"{name} is empty"
        assert records or cassette.all_played, f"{name}: {cassette.play_count} of {len(cassette)} exchanges were played"

    def exchanges(self, server: str, name: str) -> list[dict[str, Any]]:
        """What is on a cassette."""
        return read(self.folder / server / f"{name}.yaml")

    def _nothing_of(self, server: str) -> str | None:
        if not self.recording:
            there = server != "gateway" or (self.folder / server).is_dir()
            return None if there else "nothing is recorded of the gateway"
        if server not in ({"gateway"} if os.environ.get("HATZ_API_KEY") else {"aimock", "llama-cpp"}):
            return f"{server} is not recorded now"
        if server == "llama-cpp" and not os.environ.get("LLAMA_SERVER"):
            return "LLAMA_SERVER is not set: the address of a running llama-server"
        return None

    def _connection(self, server: str) -> dict[str, Any]:
        if not self.recording:
            return {"base_url": "https://recorded/v1", "api_key": "not-needed"}
        if server not in self._connections:
            self._connections[server] = self._started(server)
        return self._connections[server]

    def _started(self, server: str) -> dict[str, Any]:
        if server == "gateway":
            return {}
        if server == "aimock":
            front = self._running.enter_context(Front(self._running.enter_context(aimock())))
        else:
            front = self._running.enter_context(Front(os.environ["LLAMA_SERVER"], one_tool=True))
        return {"base_url": front.base_url, "api_key": KEY}


@pytest.fixture
def own_deck(tmp_path: Path) -> Deck:
    """A deck with a folder of its own."""
    return Deck(recording=False, running=ExitStack(), folder=tmp_path)


@pytest.fixture(scope="session")
def deck(request: pytest.FixtureRequest) -> Iterator[Deck]:
    with ExitStack() as running:
        yield Deck(recording=request.config.getoption("--record", default=False), running=running)
