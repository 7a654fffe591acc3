"""How the native endpoints refuse a request: 422, with a list of places and reasons as FastAPI writes it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, TypeAdapter

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.shape import find_problems

ID = Annotated[UUID, Field(strict=False)]
"""A UUID, written as a string."""


def check_shape(shape: TypeAdapter[Any], value: Any) -> None:
    """Nothing, or `GatewayError` with all that is wrong with a body."""
    refuse([(problem.path, problem.message, problem.kind) for problem in find_problems(shape, value)])


def refuse(found: list[tuple[tuple[str | int, ...], str, str]], part: str = "body") -> None:
    """Nothing for an empty list; else `GatewayError` with each place, reason and kind in a part of the request."""
    if found:
        detail = [{"loc": [part, *path], "msg": message, "type": kind} for path, message, kind in found]
        raise GatewayError(found[0][1], status=422, detail=detail)
