"""The Hatz AI gateway where LlamaIndex keeps its LLMs: `from llama_index.llms.hatz import Hatz`."""

from llama_index_hatz import Hatz, HatzLLM

__all__ = ["Hatz", "HatzLLM"]
