"""Every model on the Hatz AI gateway as a LlamaIndex LLM: `HatzLLM` (also by the name `Hatz`)."""

try:
    import llama_index.core  # noqa: F401 (only to say what is missing)
except ImportError as error:
    raise ImportError(
        'llama_index_hatz needs LlamaIndex: pip install "hatz-integrations[llama-index]"', name=error.name
    ) from error

from llama_index_hatz.base import HatzLLM
from llama_index_hatz.load_llm import register_if_loaded, register_with_load_llm

Hatz = HatzLLM
register_if_loaded()

__all__ = ["Hatz", "HatzLLM", "register_with_load_llm"]
