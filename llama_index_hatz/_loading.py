"""Has LlamaIndex's `load_llm` know `HatzLLM`.

Its module `llama_index.core.llms.loading` imports every LLM package it knows (llama-index-llms-openai: as long again as
LlamaIndex itself), and nobody but extractors that are made from a dict ever needs it. So it is told when it is loaded, not
loaded to be told.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from llama_index_hatz.base import HatzLLM

_NAME = "llama_index.core.llms.loading"


def register() -> None:
    """Have `load_llm` build a `HatzLLM` from its dict, now or as soon as it is there."""
    if module := sys.modules.get(_NAME):
        _add(module)
    else:
        sys.meta_path.insert(0, _Finder())


def _add(module: ModuleType) -> None:
    module.RECOGNIZED_LLMS[HatzLLM.class_name()] = HatzLLM


class _Finder(MetaPathFinder):
    """Finds that one module, once, where it would have been found anyway."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != _NAME or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec and spec.loader:
            spec.loader = _Adding(spec.loader)
        return spec


class _Adding(Loader):
    """Another loader, and then the entry."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _add(module)
