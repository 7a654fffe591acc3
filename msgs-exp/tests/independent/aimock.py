"""aimock, a scripted server of the wire formats from npm: installed on first use, run for as long as it is needed."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "independent"
"""Where package.json and aimock's script are."""
_CLI = FOLDER / "node_modules/@copilotkit/aimock/dist/cli.js"


def installed() -> Path:
    """The folder of the npm packages, installed when they are not.

    Raises:
        RuntimeError: when there is no npm.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is needed (Node.js 20.15 or later), and there is none.")
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    if any(not (FOLDER / "node_modules" / name).is_dir() for name in wanted):
        subprocess.run([npm, "install", "--silent"], cwd=FOLDER, check=True, timeout=600)
    return FOLDER / "node_modules"


def version() -> str:
    """The version of aimock that is installed."""
    return str(json.loads((FOLDER / "node_modules/@copilotkit/aimock/package.json").read_text())["version"])


@contextmanager
def aimock() -> Iterator[str]:
    """The address of a running aimock.

    Raises:
        RuntimeError: when it does not come up.
    """
    installed()
    port = _free_port()
    command = ["node", str(_CLI), "--port", str(port), "--fixtures", str(FOLDER / "aimock.json"), "--chunk-size", "12"]
    with subprocess.Popen(
        [*command, "--validate-on-load", "--log-level", "silent"], stdout=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            asking.request("GET", "/health")
            if asking.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            asking.close()
    raise RuntimeError(f"aimock does not answer on port {port} (exit status {process.poll()}).")
