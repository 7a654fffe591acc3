"""Features that only the native chat endpoint has: agents, automatic routing, server-side tools and uploaded files.

Source: the gateway's API pages document them only for `/chat/completions`.
"""

from __future__ import annotations

from hatz_client.content import Prompt
from hatz_client.errors import HatzUnsupportedError


def needs_native_chat(prompt: Prompt) -> bool:
    """Whether only native chat can answer this prompt."""
    return _is_native_model(prompt.model) or native_field(prompt) is not None


def native_field(prompt: Prompt) -> str | None:
    """The first set field that only native chat has."""
    if prompt.tools_to_use:
        return "tools_to_use"
    if prompt.auto_tool_selection is not None:
        return "auto_tool_selection"
    return "file_uuids" if prompt.file_uuids else None


def refuse_native(prompt: Prompt, endpoint: str) -> None:
    """Raise an error if the prompt needs native chat; `endpoint` is the title of the chosen endpoint.

    Raises:
        HatzUnsupportedError: if the prompt sets a field or a model that only native chat has.
    """
    if field := native_field(prompt):
        raise HatzUnsupportedError(
            f'The {endpoint} endpoint has no `{field}`: only the native one has. Use endpoint="chat".'
        )
    if _is_native_model(prompt.model):
        raise HatzUnsupportedError(
            f'The {endpoint} endpoint does not know {prompt.model!r}: agents and automatic routing need endpoint="chat".'
        )


def _is_native_model(model: str) -> bool:
    return model == "auto" or model.startswith("agent-")
