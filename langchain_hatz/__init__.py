"""Every model and agent of Hatz AI in LangChain: `ChatHatz`.

>>> from langchain_hatz import ChatHatz
>>> ChatHatz("gpt-5.2").invoke("Hello!").text  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

try:
    # Imported first: from a deeper nest of imports, Python 3.11 can take 50 ms longer (its frames outgrow a chunk of memory).
    import langchain_core.language_models.base  # noqa: F401
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "langchain_core":
        raise  # LangChain is installed, but one of its dependencies is missing: the error names it
    raise ImportError(
        'langchain_hatz needs LangChain: pip install ".[langchain]" in a clone of hatz-integrations'
    ) from error

from hatz_client import HatzError, HatzStatusError
from hatz_client.version import __version__
from langchain_hatz.chat_models import ChatHatz
from langchain_hatz.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzConnectionError,
    HatzContextOverflowError,
    HatzCreditsError,
    HatzInvalidInputError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzRefusalError,
    HatzResponseError,
    HatzServerError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
    HatzUnsupportedError,
)
from langchain_hatz.init_chat_model import register_with_init_chat_model

if TYPE_CHECKING:
    from langchain_hatz.decisions.model import HatzDecisionModel as HatzDecisionModel
    from langchain_hatz.hatz_tools.agents import hatz_agent_tool
    from langchain_hatz.hatz_tools.apps import hatz_app_tool, hatz_workflow_tool
    from langchain_hatz.hatz_tools.toolkit import HatzToolkit
    from langchain_hatz.middleware import HatzInvalidToolCallMiddleware as HatzInvalidToolCallMiddleware
    from langchain_hatz.middleware import HatzPromptCachingMiddleware as HatzPromptCachingMiddleware

_LAZY = {
    "HatzDecisionModel": "decisions.model",
    "HatzInvalidToolCallMiddleware": "middleware",
    "HatzPromptCachingMiddleware": "middleware",
    "HatzToolkit": "hatz_tools.toolkit",
    "hatz_agent_tool": "hatz_tools.agents",
    "hatz_app_tool": "hatz_tools.apps",
    "hatz_workflow_tool": "hatz_tools.apps",
}
"""Names that are loaded on first access, with their modules."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"langchain_hatz.{_LAZY[name]}"), name)


__all__ = [
    "ChatHatz",
    "HatzAuthenticationError",
    "HatzBadRequestError",
    "HatzConnectionError",
    "HatzContextOverflowError",
    "HatzCreditsError",
    "HatzError",
    "HatzInvalidInputError",
    "HatzNotFoundError",
    "HatzPermissionError",
    "HatzRateLimitError",
    "HatzRefusalError",
    "HatzResponseError",
    "HatzServerError",
    "HatzStatusError",
    "HatzStreamInterruptedError",
    "HatzTimeoutError",
    "HatzToolkit",
    "HatzUnsupportedError",
    "__version__",
    "hatz_agent_tool",
    "hatz_app_tool",
    "hatz_workflow_tool",
    "register_with_init_chat_model",
]
if find_spec("langchain_core.decisions"):  # else `import *` would fail
    __all__ += ["HatzDecisionModel"]
if find_spec("langchain"):
    __all__ += ["HatzInvalidToolCallMiddleware", "HatzPromptCachingMiddleware"]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
