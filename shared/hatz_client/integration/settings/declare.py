"""How a setting is declared: its group, and the types of fields that need more than an annotation.

The group says how a setting is used: "connection" settings go to the client, "prompt" settings are fields of `Prompt`, "body"
settings become fields of the request's body if the endpoint supports them, and "call" settings control how a call is made.
All except those of the connection can also be set for one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, SkipValidation, WithJsonSchema

from hatz_client.content import Endpoint
from hatz_client.wire.endpoints import endpoint_spec

Group: TypeAlias = Literal["connection", "prompt", "body", "call", "model"]


def setting(group: Group, description: str, default: Any = None, **more: Any) -> Any:
    """A field in this group."""
    return Field(default=default, description=description, json_schema_extra={"group": group}, **more)


def hidden_setting(description: str) -> Any:
    """A connection setting that is excluded from dumps and the repr."""
    return setting("connection", description, exclude=True, repr=False)


def _check_endpoint(name: Any) -> Any:
    if name != "auto":
        endpoint_spec(name)
    return name


# Endpoints can be registered at run time, so the registry decides, not the literal.
EndpointField = Annotated[Endpoint, SkipValidation, AfterValidator(_check_endpoint), WithJsonSchema({"type": "string"})]
SecretField = Annotated[SecretStr | Callable[[], Any] | None, WithJsonSchema({"type": "string", "writeOnly": True})]
ObjectField = Annotated[Any, WithJsonSchema({"type": "string"})]
