"""What models can do, as far as their ids tell: an aid for middleware, never a gate. `refresh_profile` asks the gateway."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.language_models import ModelProfile

from hatz_client.content import DialectName
from hatz_client.model_families import family
from hatz_client.models import Model


class Derived(dict[str, Any]):
    """A profile that was derived from a model's name: when the name changes, it is derived anew."""


def profile_of(model: str, dialect: DialectName, *, uploads: bool = False) -> ModelProfile:
    """What this model can do on this endpoint.

    Structured output counts as supported everywhere, since it is emulated where the endpoint has none: so the same agent
    takes the same path with any model.
    """
    known = family(model)
    tools = dialect != "chat"
    seen = tools or uploads  # native chat sees what was uploaded before
    profile = ModelProfile(
        text_inputs=True,
        text_outputs=True,
        image_inputs=known.images and seen,
        image_url_inputs=known.images and tools,
        image_tool_message=known.images and tools,
        pdf_inputs=known.pdf and seen,
        pdf_tool_message=known.pdf and tools,
        audio_inputs=False,
        video_inputs=False,
        reasoning_output=known.thinks and tools,
        tool_calling=tools,
        tool_choice=tools,
        tool_call_streaming=tools,
        structured_output=True,
    )
    if known.context:
        profile["max_input_tokens"] = known.context
    if known.output:
        profile["max_output_tokens"] = known.output
    return cast("ModelProfile", Derived(profile))


def refreshed(profile: ModelProfile, listed: Model, dialect: DialectName) -> ModelProfile:
    """The profile with what the gateway says of the model."""
    result: Any = Derived(profile) if isinstance(profile, Derived) else profile.copy()
    if listed.display_name:
        result["name"] = listed.display_name
    if listed.max_tokens:
        result["max_input_tokens"] = listed.max_tokens
    if listed.vision is not None and dialect != "chat":
        result["image_inputs"] = result["image_url_inputs"] = result["image_tool_message"] = listed.vision
    return cast("ModelProfile", result)
