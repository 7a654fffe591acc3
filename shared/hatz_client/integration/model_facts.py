"""Facts about a model without a request: from the gateway's list if it was fetched before, else from the model's name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hatz_client.errors import HatzNotFoundError
from hatz_client.resources.model_families import family
from hatz_client.resources.models import Model, canonical
from hatz_client.util.suggest import similar
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.endpoints import EndpointSpec

DEFAULT_WINDOW = 128_000
_SMALLEST = 4096
"""A `max_tokens` below this is not a context window (reference: zero and output limits were seen in the gateway's list)."""

_PROMPT_HELPER_DEFAULT = 256

_listed: dict[str | None, dict[str, Model]] = {}


def cache_models(base_url: str | None, models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Keep the gateway's list for `context_window`, and return it."""
    _listed[base_url] = {model.id: model for model in models}
    return models


def context_window(model: str, base_url: str | None) -> int:
    """The model's context window in tokens, as far as known. Sends no request and never fails."""
    listed = _listed.get(base_url, {})
    found = listed.get(model) or next((one for one in listed.values() if canonical(one.id) == canonical(model)), None)
    if found and found.max_tokens and found.max_tokens >= _SMALLEST:
        return found.max_tokens
    window = family(model).context
    if window is None and model != "auto" and not model.startswith("agent-"):
        warn_once(
            f"The context window of {model!r} is not known, {DEFAULT_WINDOW} tokens are assumed: pass context_window=…."
        )
    return window or DEFAULT_WINDOW


def reserved_output(max_tokens: int | None, window: int) -> int:
    """The number of tokens that LlamaIndex's PromptHelper reserves for the answer; -1 means its default (256 in 0.14.25).

    It fails if prompt and answer together exceed the window, so the answer gets at most half of it.
    """
    if max_tokens:
        return min(max_tokens, window // 2)
    return -1 if window // 2 >= _PROMPT_HELPER_DEFAULT else window // 2


def find_model(wanted: str, models: Sequence[Model]) -> Model:
    """The model with this id, display name, or id without vendor and version.

    Raises:
        HatzNotFoundError: if there is none; the message names similar ones.
    """
    spellings = {wanted, wanted.lower(), canonical(wanted)}
    names = [(model.id, (model.display_name or "").lower(), canonical(model.id)) for model in models]
    for kind in range(3):
        for model, name in zip(models, names, strict=True):
            if name[kind] in spellings:
                return model
    near = similar(wanted, [model.id for model in models], most=3, cutoff=0.4)
    hint = f"Did you mean {', '.join(map(repr, near))}?" if near else "list_models() lists the others."
    raise HatzNotFoundError(f"This key has no model {wanted!r}. {hint}")


def profile(model: str, endpoint: EndpointSpec, *, uploads: bool = False) -> dict[str, Any]:
    """The model's capabilities on this endpoint, with the field names of LangChain's `ModelProfile`.

    Structured output counts as supported everywhere, because it is emulated if the endpoint has none. With `uploads`, media are
    uploaded for an endpoint that accepts only uploaded ones.
    """
    known = family(model)
    tools = endpoint.client_tools
    seen = bool(endpoint.media) or uploads
    sizes = {"max_input_tokens": known.context, "max_output_tokens": known.output}
    return {
        "text_inputs": True,
        "text_outputs": True,
        "image_inputs": known.images and seen,
        "image_url_inputs": known.images and tools,
        "image_tool_message": known.images and tools,
        "pdf_inputs": known.pdf and seen,
        "pdf_tool_message": known.pdf and tools,
        "audio_inputs": False,
        "video_inputs": False,
        "reasoning_output": known.thinks and tools,
        "tool_calling": tools,
        "tool_choice": tools,
        "tool_call_streaming": tools,
        "structured_output": True,
        **{name: size for name, size in sizes.items() if size},
    }


def listed_profile(listed: Model, endpoint: EndpointSpec) -> dict[str, Any]:
    """The same facts from the model's entry in the gateway's list."""
    found: dict[str, Any] = {}
    if listed.display_name:
        found["name"] = listed.display_name
    if listed.max_tokens:
        found["max_input_tokens"] = listed.max_tokens
    if listed.vision is not None and endpoint.media:
        found |= dict.fromkeys(("image_inputs", "image_url_inputs", "image_tool_message"), listed.vision)
    return found
