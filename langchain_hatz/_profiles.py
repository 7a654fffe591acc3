"""What models can do, as far as their ids tell: an aid for middleware, never a gate. `refresh_profile` asks the gateway."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.language_models import ModelProfile

from hatz_client.catalog import Model, canonical
from hatz_client.content import DialectName


@dataclass(frozen=True, slots=True)
class _Family:
    """Models whose names begin alike. Sizes in tokens; None: not known."""

    pattern: str
    context: int | None
    output: int | None = None
    images: bool = True
    pdf: bool = False
    thinks: bool = False


# Published sizes (models.dev, July 2026); where a family has several, the smallest: a summary that comes early does no harm.
_FAMILIES = (
    _Family(r"claude-(3-opus|3-sonnet|3-haiku)", 200_000, 4_096, pdf=True),
    _Family(r"claude-3-5", 200_000, 8_192, pdf=True),
    _Family(r"claude-opus-4(-1|-0)?$", 200_000, 32_000, pdf=True, thinks=True),
    _Family(r"claude|(opus|sonnet|haiku)$", 200_000, 64_000, pdf=True, thinks=True),
    _Family(r"gpt-3\.5", 16_385, 4_096, images=False),
    _Family(r"gpt-4\.1", 1_047_576, 32_768, pdf=True),
    _Family(r"gpt-4o|chatgpt", 128_000, 16_384, pdf=True),
    _Family(r"gpt-4-turbo", 128_000, 4_096),
    _Family(r"gpt-4", 8_192, images=False),
    _Family(r"gpt-[5-9]|codex", 272_000, 128_000, pdf=True, thinks=True),
    _Family(r"o[134]", 200_000, 100_000, thinks=True),
    _Family(r"gemini-1\.5|gemini-2\.0", 1_000_000, 8_192, pdf=True),
    _Family(r"gemini", 1_000_000, 65_536, pdf=True, thinks=True),
    _Family(r"grok", 128_000),
    _Family(r"kimi", 256_000, images=False, thinks=True),
    _Family(r"nova", 128_000),
    _Family(r"mixtral", 32_000, images=False),
    _Family(r"deepseek|qwen|glm|mistral|minimax|llama-?(3[.-]?[1-9]|4)", 128_000, images=False),
    _Family(r"llama", 8_192, images=False),
)


def _family(model: str) -> _Family | None:
    name = canonical(model)
    return next((family for family in _FAMILIES if re.match(family.pattern, name)), None)


def vendor(model: str) -> str:
    """Whose model this is, as far as its name tells: the first word of it."""
    name = re.sub(r"^(opus|sonnet|haiku)$", "claude", canonical(model))
    return re.split(r"[^a-z]", name, maxsplit=1)[0]


class Derived(dict[str, Any]):
    """A profile that was derived from a model's name: when the name changes, it is derived anew."""


def max_output_tokens(model: str) -> int | None:
    """The most tokens an answer of this model may have, as far as its name tells."""
    family = _family(model)
    return family.output if family else None


def profile_of(model: str, dialect: DialectName) -> ModelProfile:
    """What this model can do on this endpoint.

    Structured output counts as supported everywhere, since it is emulated where the endpoint has none: so the same agent
    takes the same path with any model.
    """
    family = _family(model) or _Family("", None, images=False)
    tools = dialect != "chat"
    profile = ModelProfile(
        text_inputs=True,
        text_outputs=True,
        image_inputs=family.images and tools,
        image_url_inputs=family.images and tools,
        image_tool_message=family.images and tools,
        pdf_inputs=family.pdf and tools,
        pdf_tool_message=family.pdf and tools,
        audio_inputs=False,
        video_inputs=False,
        reasoning_output=family.thinks and tools,
        tool_calling=tools,
        tool_choice=tools,
        tool_call_streaming=tools,
        structured_output=True,
    )
    if family.context:
        profile["max_input_tokens"] = family.context
    if family.output:
        profile["max_output_tokens"] = family.output
    return cast("ModelProfile", Derived(profile))


def refreshed(profile: ModelProfile, listed: Model, dialect: DialectName) -> ModelProfile:
    """The profile with what the gateway says of the model."""
    result = profile.copy()
    if listed.display_name:
        result["name"] = listed.display_name
    if listed.max_tokens:
        result["max_input_tokens"] = listed.max_tokens
    if listed.vision is not None and dialect != "chat":
        result["image_inputs"] = result["image_url_inputs"] = result["image_tool_message"] = listed.vision
    return result
