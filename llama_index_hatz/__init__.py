"""Every model on the Hatz AI gateway as a LlamaIndex LLM: `HatzLLM` (also by the name `Hatz`)."""

try:
    import llama_index.core  # noqa: F401 (so that the error can say what is missing)
except ImportError as error:
    raise ImportError(
        'llama_index_hatz needs LlamaIndex: pip install ".[llama-index]" in a clone of hatz-integrations',
        name=error.name,
    ) from error

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hatz_client.version import __version__
from llama_index_hatz.base import HatzLLM
from llama_index_hatz.load_llm import register_if_loaded, register_with_load_llm

if TYPE_CHECKING:
    from llama_index_hatz.hatz_tools.tool import HatzProgressEvent
    from llama_index_hatz.hatz_tools.tool_spec import HatzToolSpec
    from llama_index_hatz.hatz_tools.tools import hatz_agent_tool, hatz_app_tool, hatz_workflow_tool

Hatz = HatzLLM
register_if_loaded()

_LAZY = {
    **dict.fromkeys(("hatz_agent_tool", "hatz_app_tool", "hatz_workflow_tool"), "tools"),
    "HatzProgressEvent": "tool",
    "HatzToolSpec": "tool_spec",
}
"""Names that are loaded on first access, with their modules."""


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"llama_index_hatz.hatz_tools.{_LAZY[name]}"), name)


__all__ = [
    "Hatz",
    "HatzLLM",
    "HatzProgressEvent",
    "HatzToolSpec",
    "__version__",
    "hatz_agent_tool",
    "hatz_app_tool",
    "hatz_workflow_tool",
    "register_with_load_llm",
]
