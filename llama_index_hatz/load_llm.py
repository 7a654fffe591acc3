"""Support for LlamaIndex's `load_llm`, which has a fixed list of packages."""

from __future__ import annotations

import sys
from importlib import import_module

from llama_index_hatz.base import HatzLLM

_MODULE = "llama_index.core.llms.loading"


def register_with_load_llm() -> None:
    """Make LlamaIndex's `load_llm` build a `HatzLLM` from its dict in this process.

    Importing `llama_index_hatz` does this automatically if `llama_index.core.llms.loading` was imported before. That module
    imports other LLM packages, which is slow if they are installed, so it is not imported here.
    """
    import_module(_MODULE).RECOGNIZED_LLMS[HatzLLM.class_name()] = HatzLLM


def register_if_loaded() -> None:
    """Call `register_with_load_llm` if `llama_index.core.llms.loading` was imported before."""
    if _MODULE in sys.modules:
        register_with_load_llm()
