"""A sandbox, and a Redis server of one's own where one is installed."""

import shutil
import socket
import subprocess
import time

import pytest

from hatz_client.connection.limits import limiter as limiters
from hatz_client.connection.limits import pauses
from hatz_sandbox import Sandbox


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("HATZ_API_KEY", "HATZ_BASE_URL", "HATZ_LIMIT", "HATZ_PROXY"):
        monkeypatch.delenv(name, raising=False)
    pauses.end_all()
    monkeypatch.setattr(limiters, "_limiters", {})
    yield
    pauses.end_all()


@pytest.fixture
def sandbox():
    with Sandbox(max_requests=5000) as server:
        yield server


class RedisServer:
    """A Redis server on a free port, which keeps nothing on disk."""

    def __init__(self, folder):
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("redis-server does not listen")

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
def redis_server(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request, tmp_path):
    """The part of a limit that says where the count is kept."""
    if request.param == "redis":
        return request.getfixturevalue("redis_server").url
    return f"sqlite:///{tmp_path}/limits.db" if request.param == "sqlite" else ""
