"""Clients from npm that nobody here wrote, unchanged, against the sandbox: what they refuse, the sandbox has wrong."""

import os
import shutil
import subprocess

import pytest

from hatz_sandbox import QUIRKS, Sandbox
from tests.independent.aimock import FOLDER


@pytest.mark.parametrize("quirks", [QUIRKS, frozenset()], ids=["as-the-gateway", "as-the-wire"])
@pytest.mark.parametrize("client", ["openai", "anthropic", "vercel"])
@pytest.mark.usefixtures("node_modules")
def test_client(client, quirks):
    with Sandbox(quirks=quirks) as sandbox:
        where = {
            "HATZ_BASE_URL": sandbox.base_url,
            "HATZ_API_KEY": sandbox.api_key,
            "QUIRKS": "1" if quirks else "0",
            "PATH": os.environ["PATH"],
        }
        ran = subprocess.run(
            [shutil.which("node"), f"{client}.mjs"],
            cwd=FOLDER,
            env=where,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "ok"
