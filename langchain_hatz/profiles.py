"""Capabilities of models as LangChain's `ModelProfile`, a hint for middleware. `refresh_profile` reads the gateway's list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from langchain_core.language_models import ModelProfile

from hatz_client import HatzNotFoundError
from hatz_client.content import EndpointName
from hatz_client.integration import model_facts
from hatz_client.resources.models import Model
from hatz_client.wire.endpoints import endpoint_spec

if TYPE_CHECKING:
    from langchain_hatz.chat_models import ChatHatz


class InferredProfile(dict[str, Any]):
    """A profile that was inferred from a model's name; if the name changes, it is inferred again."""


def profile_of(model: str, endpoint: EndpointName, *, uploads: bool = False) -> ModelProfile:
    """The profile of this model on this endpoint, inferred from its name."""
    return cast("ModelProfile", InferredProfile(model_facts.profile(model, endpoint_spec(endpoint), uploads=uploads)))


def profile_for_copy(model: ChatHatz, copied: ChatHatz) -> ModelProfile | None:
    """The profile of a changed copy: inferred again, if it was inferred and the settings it depends on changed."""
    unchanged = all(
        getattr(copied, name) == getattr(model, name) for name in ("model", "default_endpoint", "auto_upload")
    )
    if unchanged or not isinstance(copied.profile, InferredProfile):
        return copied.profile
    return profile_of(copied.model, copied.default_endpoint, uploads=copied.auto_upload)


def refreshed_profile(model: ChatHatz, models: Sequence[Model]) -> ModelProfile:
    """The model's profile, updated from the gateway's list.

    Raises:
        HatzNotFoundError: if the list does not contain the model; the message shows those that it contains.
    """
    listed = next((each for each in models if each.id == model.model), None)
    if listed is None:
        there = ", ".join(each.id for each in models)
        raise HatzNotFoundError(f"This key may not use the model {model.model!r}; it may use {there}.")
    profile: Any = model.profile or {}
    found = {**profile, **model_facts.listed_profile(listed, endpoint_spec(model.default_endpoint))}
    return cast("ModelProfile", InferredProfile(found) if isinstance(profile, InferredProfile) else found)
