"""The object in a LlamaIndex answer, complete or partial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from pydantic import BaseModel

from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.structured.class_schema import validator
from hatz_client.integration.structured.find_json import partial_object
from hatz_client.integration.structured.objects import Answer, build
from hatz_client.integration.structured.output_schema import OutputSchema, output_schema

Model = TypeVar("Model", bound=BaseModel)
Draft = BaseModel | FlexibleModel


def object_schema_of(output_cls: type[BaseModel]) -> OutputSchema:
    """The schema of an object of this class.

    Raises:
        HatzInvalidInputError: if it is not a class.
    """
    if not callable(output_cls):
        raise HatzInvalidInputError(f"output_cls={output_cls!r:.100} is not a class: give a pydantic class.")
    return _cached_schema(output_cls)


@lru_cache(maxsize=64)
def _cached_schema(output_cls: type[BaseModel]) -> OutputSchema:
    return output_schema(output_cls) or OutputSchema()


class PartialObjects:
    """Builds partial objects from the chunks of an answer."""

    def __init__(self, output_cls: type[BaseModel]) -> None:
        self._output_cls = output_cls
        self._wanted = object_schema_of(output_cls)
        self._validate = validator(output_cls)
        self._draft_validator = _draft_validator(output_cls)
        self._draft: Draft | None = None
        self.last: ChatResponse | None = None
        """The answer so far; at the end, the complete answer."""

    def add(self, chunk: ChatResponse) -> Draft | None:
        """The partial object, or None if the chunk adds nothing to it."""
        self.last = chunk
        answer = answer_of(chunk)
        given = answer.text if answer.arguments is None else answer.arguments
        value = partial_object(given) if isinstance(given, str) else given
        draft = self._make_draft(value) if value else None
        if draft is None or draft == self._draft:
            return None
        self._draft = draft
        return draft

    def _make_draft(self, value: Mapping[str, Any]) -> Draft | None:
        for make in (lambda: build(value, self._wanted, self._validate), lambda: self._draft_validator(value)):
            try:
                result: Draft | None = make()
            except Exception:  # noqa: BLE001, S112 (a validator of the class may raise anything while the object is incomplete)
                continue
            return result
        return None

    def final(self) -> BaseModel:
        """The object.

        Raises:
            ValueError: if the model gave no valid object; the message says why and contains the model's text.
        """
        if self.last is None:
            raise ValueError(f"The model gave no {self._output_cls.__name__}: its answer was empty.")
        return parse_object(self._output_cls, self.last)


def _draft_validator(output_cls: type[BaseModel]) -> Callable[[Any], Draft | None]:
    """A validator that builds a draft from incomplete fields; None for a class whose root is not an object."""
    if object_schema_of(output_cls).wrapped:
        return lambda _: None
    return create_flexible_model(output_cls).model_validate


def parse_object(output_cls: type[Model], response: ChatResponse) -> Model:
    """Parse the object in an answer: the arguments of its first call, else the JSON in its text.

    Raises:
        ValueError: if there is no valid object; the message says why and contains the model's text.
    """
    answer, wanted = answer_of(response), object_schema_of(output_cls)
    found = answer.find_object(wanted)
    if found is None:
        raise ValueError(answer.explain_missing_object(wanted))
    try:
        result: Model = build(found, wanted, validator(output_cls))
    except Exception as error:  # a validator of the class may raise anything
        raise ValueError(answer.explain_missing_object(wanted, error)) from error
    return result


def answer_of(response: ChatResponse) -> Answer:
    """The contents of a complete or partial answer that may be the object."""
    call = next((block for block in response.message.blocks if isinstance(block, ToolCallBlock)), None)
    additional = response.additional_kwargs
    return Answer(
        text=response.message.content or "",
        arguments=call.tool_kwargs if call else None,
        finish=additional.get("finish_reason"),
        refusal=additional.get("refusal"),
    )
