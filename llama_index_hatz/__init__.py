"""Every model on the Hatz AI gateway as a LlamaIndex LLM: `HatzLLM` (also by the name `Hatz`)."""

try:
    import llama_index.core  # noqa: F401 (only to say what is missing)
except ImportError as error:
    raise ImportError(
        'llama_index_hatz needs LlamaIndex: pip install ".[llama-index]" in a clone of hatz-integrations',
        name=error.name,
    ) from error

from hatz_client.version import __version__
from llama_index_hatz.base import HatzLLM
from llama_index_hatz.load_llm import register_if_loaded, register_with_load_llm

Hatz = HatzLLM
register_if_loaded()

__all__ = ["Hatz", "HatzLLM", "__version__", "register_with_load_llm"]
