"""Write .ci/peer_settings.json: the settings of the integrations that people move from, for the tables of the migration guides.

Their packages need other versions of openai than this project's tests, so it runs in an environment of its own:

    pip install langchain-openai langchain-anthropic llama-index-llms-openai llama-index-llms-openai-like llama-index-llms-anthropic
    python .ci/peer_settings.py
"""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

PEERS = {
    "langchain_openai.ChatOpenAI": "langchain-openai",
    "langchain_openai.AzureChatOpenAI": "langchain-openai",
    "langchain_anthropic.ChatAnthropic": "langchain-anthropic",
    "llama_index.llms.openai.OpenAI": "llama-index-llms-openai",
    "llama_index.llms.openai_like.OpenAILike": "llama-index-llms-openai-like",
    "llama_index.llms.anthropic.Anthropic": "llama-index-llms-anthropic",
}
FILE = Path(__file__).with_name("peer_settings.json")


def settings(peer: str) -> list[str]:
    """The names that the class's constructor takes."""
    module, _, name = peer.rpartition(".")
    kind: Any = getattr(import_module(module), name)
    names = {name for key, field in kind.model_fields.items() for name in (key, field.alias) if name}
    for base in kind.__mro__:
        if base.__module__.startswith("llama_index.llms") and "__init__" in vars(base):
            parameters = inspect.signature(base.__init__).parameters.values()
            names |= {parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD}
    return sorted(name for name in names - {"self"} if not name.startswith("_"))


if __name__ == "__main__":
    made = {peer: {"version": version(package), "settings": settings(peer)} for peer, package in PEERS.items()}
    FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
