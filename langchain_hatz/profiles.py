"""What models can do, as LangChain's `ModelProfile`: an aid for middleware, never a gate. `refresh_profile` asks the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain_core.language_models import ModelProfile

from hatz_client import HatzNotFoundError
from hatz_client.content import EndpointName
from hatz_client.integration import model_facts
from hatz_client.models import Model
from hatz_client.wire.endpoints import endpoint_spec

if TYPE_CHECKING:
    from langchain_hatz.chat_models import ChatHatz


class InferredProfile(dict[str, Any]):
    """A profile that was inferred from a model's name: when the name changes, it is inferred again."""


def profile_of(model: str, endpoint: EndpointName, *, uploads: bool = False) -> ModelProfile:
    """What this model can do on this endpoint, as far as its name tells."""
    return cast("ModelProfile", InferredProfile(model_facts.profile(model, endpoint_spec(endpoint), uploads=uploads)))


def profile_for_copy(model: ChatHatz, copied: ChatHatz) -> ModelProfile | None:
    """The profile of a changed copy: inferred again where it was inferred and what it depends on has changed."""
    unchanged = all(
        getattr(copied, name) == getattr(model, name) for name in ("model", "default_endpoint", "auto_upload")
    )
    if unchanged or not isinstance(copied.profile, InferredProfile):
        return copied.profile
    return profile_of(copied.model, copied.default_endpoint, uploads=copied.auto_upload)


def refreshed_profile(model: ChatHatz, models: Sequence[Model]) -> ModelProfile:
    """The model's profile with what the gateway's list says of it.

    Raises:
        HatzNotFoundError: when the list has no such model; the message names those it has.
    """
    listed = next((each for each in models if each.id == model.model), None)
    if listed is None:
        there = ", ".join(each.id for each in models)
        raise HatzNotFoundError(f"This key may not use the model {model.model!r}; it may use {there}.")
    profile: Any = model.profile or {}
    found = {**profile, **model_facts.listed_profile(listed, endpoint_spec(model.default_endpoint))}
    return cast("ModelProfile", InferredProfile(found) if isinstance(profile, InferredProfile) else found)
