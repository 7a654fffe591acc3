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
    from hatz_sandbox.answers import AnswerFunctionError, ErrorStatus, Refusal
    from hatz_sandbox.neutral import Question, ToolCall, Usage
    from hatz_sandbox.quirks import OPTIONAL_QUIRKS, QUIRKS
    from hatz_sandbox.sandbox import DEFAULT_KEY, Sandbox
    from hatz_sandbox.server.request import SandboxRequest
    from hatz_sandbox.upstream import Upstream

__all__ = ["DEFAULT_KEY", "OPTIONAL_QUIRKS", "QUIRKS", "AnswerFunctionError", "ErrorStatus", "Question", "Refusal", "Sandbox",
           "SandboxRequest", "ToolCall", "Upstream", "Usage", "__version__"]  # fmt: skip
_MODULES = ("sandbox", "answers", "server.request", "neutral", "quirks", "upstream")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("hatz-integrations")
    # Looked up when first used: pytest imports this package for its plugin in every run.
    for module in _MODULES if name in __all__ else ():
        if hasattr(found := import_module(f"hatz_sandbox.{module}"), name):
            return getattr(found, name)
    raise AttributeError(f"module 'hatz_sandbox' has no attribute {name!r}")
