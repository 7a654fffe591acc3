"""Has LlamaIndex's `load_llm` know `HatzLLM`.

Its module `llama_index.core.llms.loading` imports every LLM package it knows (llama-index-llms-openai: as long again as
LlamaIndex itself), and nobody but extractors that are made from a dict ever needs it. So it is told when it is loaded, not
loaded to be told.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
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
    """Finds that one module, once, where it would have been found anyway, and adds the entry when it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != _NAME or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def load_and_add(module: ModuleType) -> None:
                load(module)
                _add(module)

            spec.loader.exec_module = load_and_add  # type: ignore[method-assign]
        return spec
