"""The object in an answer: whole, or as far as it is written."""

from __future__ import annotations

import json
import re
from functools import reduce
from typing import Any, TypeVar

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.program.utils import FlexibleModel, create_flexible_model
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from hatz_client.util.json_text import to_json
from llama_index_hatz._tools import so_far

Model = TypeVar("Model", bound=BaseModel)
Draft = BaseModel | FlexibleModel
_DECODER = json.JSONDecoder()


class Drafts:
    """The object while it is being written."""

    def __init__(self, output_cls: type[BaseModel]) -> None:
        self._output_cls = output_cls
        self._loose = create_flexible_model(output_cls)
        self._draft: Draft | None = None
        self._last: ChatResponse | None = None

    def add(self, chunk: ChatResponse) -> Draft | None:
        """The object as far as it goes, or None when there is nothing new of it."""
        self._last = chunk
        given = _given(chunk)
        value = so_far(_object_in(given)) if isinstance(given, str) else given
        if not value:
            return None
        before, self._draft = self._draft, self._drafted(value)
        return None if self._draft == before else self._draft

    def _drafted(self, value: dict[str, Any]) -> Draft:
        try:
            return self._output_cls.model_validate(value)
        except ValidationError:
            return self._loose.model_validate(value)

    def final(self) -> BaseModel:
        """The object.

        Raises:
            ValueError: when the model gave none that fits; the message says why and holds its words.
        """
        if self._last is None:
            raise ValueError(f"The model gave no {self._output_cls.__name__}: its answer was empty.")
        return parsed(self._output_cls, self._last)


def parsed(output_cls: type[Model], response: ChatResponse) -> Model:
    """The object in an answer: the arguments of its first call, else its text.

    Raises:
        ValueError: when there is none that fits; the message says why and holds the model's words.
    """
    given = _given(response)
    try:
        return _validated(output_cls, _object_in(given) if isinstance(given, str) else to_json(given).decode())
    except ValidationError as error:
        words = given if isinstance(given, str) else to_json(given).decode()
        raise ValueError(
            f"The model gave no {output_cls.__name__}: {_cause(response, error)}. Its words: {words!r:.2000}"
        ) from error


def _validated(output_cls: type[Model], text: str) -> Model:
    """The object; a null where none is allowed counts as not given: strict mode has the model state every property."""
    try:
        return output_cls.model_validate_json(text)
    except ValidationError as error:
        places = [one["loc"] for one in error.errors(include_url=False) if one["input"] is None and one["loc"]]
        if not places:
            raise
        value = from_json(text)
        for *path, last in places:
            holder = reduce(lambda inner, key: inner[key], path, value)
            if isinstance(holder, dict):
                holder.pop(last, None)
        return output_cls.model_validate_json(to_json(value))


def _given(response: ChatResponse) -> str | dict[str, Any]:
    calls = (block for block in response.message.blocks if isinstance(block, ToolCallBlock))
    call = next(calls, None)
    return call.tool_kwargs if call else response.message.content or ""


def _object_in(text: str) -> str:
    """The JSON object in a text without the words and the Markdown around it; of one that is not whole, what there is."""
    begun = re.search(r'\{\s*"', text) or re.search(r"\{", text)
    if begun is None:
        return text
    start = begun.start()
    try:
        return text[start : _DECODER.raw_decode(text, start)[1]]
    except (ValueError, RecursionError):
        return text[start:]


def _cause(response: ChatResponse, error: ValidationError) -> str:
    beside = response.additional_kwargs
    if beside.get("refusal") or beside.get("finish_reason") == "refusal":
        return "it refused"
    if beside.get("finish_reason") == "length":
        return "the answer was cut off at the most tokens it may have (max_tokens)"
    if beside.get("finish_reason") == "content_filter":
        return "the answer was filtered"
    if not isinstance(_given(response), dict) and "{" not in (response.message.content or "{"):
        return "it answered in words"
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'the whole'}: {problem['msg']}" for problem in problems[:5]
    )
