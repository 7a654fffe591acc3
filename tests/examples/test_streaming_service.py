"""The streaming service, started as its Dockerfile starts it."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "recipes" / "streaming_service"
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
HEALTHCHECK, START = (json.loads(found) for found in re.findall(r"CMD (\[.*\])", DOCKERFILE))


@pytest.fixture(scope="module")
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def service(hatz_sandbox, free_port):
    """The process and a client of it."""
    command = [word.replace("0.0.0.0", "127.0.0.1").replace("8000", str(free_port)) for word in START]  # noqa: S104
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=FOLDER, stderr=subprocess.PIPE, text=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{free_port}", timeout=30, trust_env=False) as client:
        for _ in range(600):
            try:
                client.get("/health")
                break
            except httpx.ConnectError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.1)
        yield process, client
    process.kill()
    process.wait()
    process.stderr.close()


def events(response):
    pairs = re.findall(r"event: (\w+)\ndata: (.*)\n", response.text if hasattr(response, "text") else response)
    return [(kind, json.loads(data)["text"]) for kind, data in pairs]


def test_the_whole_day_of_a_service(service, hatz_sandbox, free_port):
    """One process serves all of it: a start takes a second or two."""
    process, client = service

    check = [word.replace("8000", str(free_port)) for word in HEALTHCHECK]
    assert subprocess.run([sys.executable, *check[1:]], check=False).returncode == 0
    assert hatz_sandbox.requests == []

    hatz_sandbox.reply("one two three")
    answer = client.post("/answer", json={"question": "Count"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *texts, end = events(answer)
    assert len(texts) > 1
    assert "".join(text for _, text in texts) == "one two three"
    assert end == ("done", "")

    assert client.post("/answer", json={"question": ""}).status_code == 422

    hatz_sandbox.fail(400, "secret words of the gateway")
    failed = client.post("/answer", json={"question": "Count"})
    assert failed.status_code == 502
    assert "secret" not in failed.text

    hatz_sandbox.cut_stream_after(7, reply="one two three four")
    assert events(client.post("/answer", json={"question": "Count"}))[-1] == ("error", "The answer was interrupted.")

    hatz_sandbox.stall(after_events=7, seconds=30, reply="one two three four")
    with client.stream("POST", "/answer", json={"question": "Count"}) as response:
        next(response.iter_text())
    assert hatz_sandbox.last_request.client_closed.wait(10), "a client that leaves ends the request to Hatz"

    if os.name == "nt":  # no SIGTERM there
        return
    hatz_sandbox.stall(after_events=7, seconds=1, reply="one two three four")
    with client.stream("POST", "/answer", json={"question": "Count"}) as response:
        texts = response.iter_text()
        first = next(texts)
        process.send_signal(signal.SIGTERM)
        assert events(first + "".join(texts))[-1] == ("done", ""), "a running answer ends before the process does"
    process.wait(20)
    assert process.returncode in {0, -signal.SIGTERM}  # uvicorn ends by the signal it got


def test_what_the_dockerfile_copies_and_installs_exists():
    for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = shlex.split(line)
        assert all((ROOT / source).exists() for source in sources)
    assert '"./src[langchain]" fastapi uvicorn' in DOCKERFILE
    assert all(f"\n{name}==" in (ROOT / "constraints.txt").read_text("utf-8") for name in ("fastapi", "uvicorn"))
