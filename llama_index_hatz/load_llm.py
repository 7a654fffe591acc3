"""LlamaIndex's `load_llm`, which knows no packages but those on its own list."""

from __future__ import annotations

import sys
from importlib import import_module

from llama_index_hatz.base import HatzLLM

_MODULE = "llama_index.core.llms.loading"


def register_with_load_llm() -> None:
    """Make LlamaIndex's `load_llm` build a `HatzLLM` of its dict, in this process from here on.

    Importing `llama_index_hatz` does this by itself where `llama_index.core.llms.loading` was imported before. That module
    imports other packages of LLMs, which takes long where they are installed, so it is not imported for everybody.
    """
    import_module(_MODULE).RECOGNIZED_LLMS[HatzLLM.class_name()] = HatzLLM


def register_if_loaded() -> None:
    """The same, where `llama_index.core.llms.loading` was imported before."""
    if _MODULE in sys.modules:
        register_with_load_llm()
