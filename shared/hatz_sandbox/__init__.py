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
    from hatz_sandbox.answers import AnswerFunctionError, ErrorStatus, Question, Refusal, ToolCall
    from hatz_sandbox.http_request import SandboxRequest
    from hatz_sandbox.neutral import Usage
    from hatz_sandbox.quirks import OPTIONAL_QUIRKS, QUIRKS
    from hatz_sandbox.sandbox import DEFAULT_KEY, Sandbox
    from hatz_sandbox.upstream import Upstream

__all__ = [
    "DEFAULT_KEY",
    "OPTIONAL_QUIRKS",
    "QUIRKS",
    "AnswerFunctionError",
    "ErrorStatus",
    "Question",
    "Refusal",
    "Sandbox",
    "SandboxRequest",
    "ToolCall",
    "Upstream",
    "Usage",
]

_MODULES = {
    **dict.fromkeys(("AnswerFunctionError", "ErrorStatus", "Question", "Refusal", "ToolCall"), "answers"),
    **dict.fromkeys(("QUIRKS", "OPTIONAL_QUIRKS"), "quirks"),
    **dict.fromkeys(("DEFAULT_KEY", "Sandbox"), "sandbox"),
    "SandboxRequest": "http_request",
    "Upstream": "upstream",
    "Usage": "neutral",
}


def __getattr__(name: str) -> Any:
    # Looked up when first used: pytest imports this package for its plugin in every run.
    if name in _MODULES:
        return getattr(import_module(f"hatz_sandbox.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'hatz_sandbox' has no attribute {name!r}")
