"""Facts derived from a model's name: defaults when nothing better is known, never a restriction.

The gateway's list (`Client.list_models()`) says which models can be used and how large their context is; if it is
known, it takes precedence.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hatz_client.resources.models import canonical
from hatz_client.util.value import Value


class Family(Value, frozen=True):
    """Models whose names begin alike. Sizes are in tokens; None means unknown."""

    pattern: str
    context: int | None = None
    """The maximum number of tokens in a prompt."""
    output: int | None = None
    """The maximum number of tokens in an answer."""
    images: bool = True
    """Whether it can see images."""
    pdf: bool = False
    """Whether it can read PDF documents."""
    thinks: bool = False
    """Whether it reasons before it answers."""


UNKNOWN = Family("", images=False)

# Published sizes (models.dev, July 2026). If they differ within a family, it is the smallest: summarizing too early does no harm.
_FAMILIES = (
    Family(r"claude-(3-opus|3-sonnet|3-haiku)", 200_000, 4_096, pdf=True),
    Family(r"claude-3-5", 200_000, 8_192, pdf=True),
    Family(r"claude-opus-4(-1|-0)?$", 200_000, 32_000, pdf=True, thinks=True),
    Family(r"claude|(opus|sonnet|haiku)$", 200_000, 64_000, pdf=True, thinks=True),
    Family(r"gpt-3\.5", 16_385, 4_096, images=False),
    Family(r"gpt-4\.1", 1_047_576, 32_768, pdf=True),
    Family(r"gpt-4o|chatgpt", 128_000, 16_384, pdf=True),
    Family(r"gpt-4-turbo", 128_000, 4_096),
    Family(r"gpt-4", 8_192, images=False),
    Family(r"gpt-[5-9]|codex", 272_000, 128_000, pdf=True, thinks=True),
    Family(r"o[134]", 200_000, 100_000, thinks=True),
    Family(r"gemini-1\.5|gemini-2\.0", 1_000_000, 8_192, pdf=True),
    Family(r"gemini", 1_000_000, 65_536, pdf=True, thinks=True),
    Family(r"grok", 128_000),
    Family(r"kimi", 256_000, images=False, thinks=True),
    Family(r"nova", 128_000),
    Family(r"mixtral", 32_000, images=False),
    Family(r"deepseek|qwen|glm|mistral|minimax|llama-?(3[.-]?[1-9]|4)", 128_000, images=False),
    Family(r"llama", 8_192, images=False),
)


@lru_cache(maxsize=256)
def family(model: str) -> Family:
    """The family of a model, by any of its ids; `UNKNOWN` if the name is not recognized."""
    name = canonical(model)
    return next((found for found in _FAMILIES if re.match(found.pattern, name)), UNKNOWN)


@lru_cache(maxsize=256)
def vendor(model: str) -> str:
    """The vendor of a model: the first word of its name."""
    name = re.sub(r"^(opus|sonnet|haiku)$", "claude", canonical(model))
    return re.split(r"[^a-z]", name, maxsplit=1)[0]
