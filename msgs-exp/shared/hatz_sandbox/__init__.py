"""A local Hatz gateway for demos and for tests: strict, scriptable, offline.

with Sandbox() as sandbox:
    sandbox.reply("Hello from the sandbox")
    ...  # ask sandbox.base_url with sandbox.api_key
    assert sandbox.last_request.body["model"] == "gpt-5.2"
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Usage
    from hatz_sandbox.record import SandboxRequest
    from hatz_sandbox.server import DEFAULT_KEY, Sandbox
    from hatz_sandbox.write.responses import QUIRKS

__all__ = ["DEFAULT_KEY", "QUIRKS", "Sandbox", "SandboxRequest", "Usage"]

_ROOMS = {
    "Usage": "neutral",
    "SandboxRequest": "record",
    "DEFAULT_KEY": "server",
    "Sandbox": "server",
    "QUIRKS": "write.responses",
}


def __getattr__(name: str) -> Any:
    # Looked up when first used: pytest imports this package for its plugin in every run.
    if name in _ROOMS:
        return getattr(import_module(f"hatz_sandbox.{_ROOMS[name]}"), name)
    raise AttributeError(f"module 'hatz_sandbox' has no attribute {name!r}")
