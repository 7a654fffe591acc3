"""Run the tests against the real gateway: LangChain's suite, LlamaIndex's components, and new recordings of the cassettes.

It needs HATZ_API_KEY. HATZ_LIVE_MODELS="responses=gpt-4o-mini,messages=…,chat=…" names the models; the default is the smallest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlsplit

from hatz_cli import gateway
from hatz_cli.doctor.answers import cheapest
from hatz_client import HatzError

_COST = "about 250 requests and 150,000 tokens in all"


def main() -> int:
    """The exit code of the tests; 0 without a key, with the reason."""
    if not os.environ.get("HATZ_API_KEY"):
        print("make live asks the real gateway: set HATZ_API_KEY. Nothing was sent.")
        return 0
    try:
        base_url, models = gateway.connect().settings.url, _models()
    except HatzError as error:
        print(f"The gateway does not list its models: {error}\nTo find out why, run: hatz doctor", file=sys.stderr)
        return 1
    print(f"This asks {base_url} with {models}: {_COST}.")
    if "--yes" not in sys.argv and not _confirm():
        print("Nothing was sent; --yes goes on without being asked (make live ARGS=--yes).")
        return 0
    environment = {**os.environ, "HATZ_LIVE_MODELS": models}
    pytest = [sys.executable, "-m", "pytest", "--force-enable-socket"]
    code = subprocess.run([*pytest, "tests/live"], env=environment, check=False).returncode
    if not (urlsplit(base_url).hostname or "").endswith("hatz.ai"):
        print(f"Nothing is recorded: {base_url} is not Hatz itself.")
        return code
    return subprocess.run([*pytest, "tests/cassettes", "--record"], env=environment, check=False).returncode or code


def _models() -> str:
    if given := os.environ.get("HATZ_LIVE_MODELS"):
        return given
    listed = gateway.connect().list_models()
    by_endpoint = {
        name: cheapest(tuple(model for model in listed if gateway.endpoint_of(model.id) == name))
        for name in ("responses", "messages")
    }
    smallest = cheapest(listed)
    return ",".join(f"{name}={model or smallest}" for name, model in {**by_endpoint, "chat": smallest}.items())


def _confirm() -> bool:
    return sys.stdin.isatty() and input("Go on? [y/N] ").strip().lower() in {"y", "yes"}


if __name__ == "__main__":
    sys.exit(main())
