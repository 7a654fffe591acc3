"""Every model on the Hatz AI gateway as a LlamaIndex LLM: `HatzLLM` (also by the name `Hatz`)."""

try:
    import llama_index.core  # noqa: F401 (only to say what is missing)
except ImportError as error:
    raise ImportError(
        'llama_index_hatz needs LlamaIndex: pip install "hatz-integrations[llama-index]"', name=error.name
    ) from error

from llama_index_hatz._loading import register
from llama_index_hatz.base import HatzLLM

Hatz = HatzLLM
register()

__all__ = ["Hatz", "HatzLLM"]
