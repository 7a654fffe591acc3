"""The object in an answer, or the reason why there is none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hatz_client.integration.structured.find_json import find_json
from hatz_client.integration.structured.json_strings import read_strings
from hatz_client.integration.structured.output_schema import WRAPPER, OutputSchema
from hatz_client.util.json_text import to_json_text
from hatz_client.util.value import Value
from hatz_client.wire.common.answers.added_nulls import without_added_nulls

CUT_OFF = "the answer was cut off at max_tokens before it was complete: raise max_tokens, or ask for less"

_DEEPEST_TEXT = 5
"""How many levels of text within text are read."""


class Answer(Value, frozen=True):
    """The contents of an answer that may be the object, for any framework."""

    text: str = ""
    arguments: Mapping[str, Any] | str | None = None
    """The arguments of the call that should be the object: a mapping, or the text of an invalid call; None if there is no call."""
    finish: str | None = None
    """The finish reason: "stop", "tool_calls", "length" …"""
    refusal: str | None = None
    other_calls: Sequence[str] = ()
    """The names of other called tools."""

    @property
    def answer_text(self) -> str:
        """The model's text, refusal or arguments."""
        if self.arguments is None:
            return self.refusal or self.text
        return self.arguments if isinstance(self.arguments, str) else to_json_text(self.arguments)

    @property
    def is_cut_off(self) -> bool:
        """Whether it ended at max_tokens: then it does not count as an answer, even if its JSON is complete."""
        return self.finish == "length"

    @property
    def is_refusal(self) -> bool:
        """Whether the model, or a filter, refused to answer."""
        return bool(self.refusal) or self.finish in {"refusal", "content_filter"}

    def find_object(self, wanted: OutputSchema) -> dict[str, Any] | None:
        """The JSON object in it, not validated; None if there is none, or if the answer was cut off."""
        if self.is_cut_off:
            return None
        if self.arguments is None:
            return find_json(self.text, wanted)
        if isinstance(self.arguments, str):
            return None
        return dict(self.arguments)

    def explain_missing_object(self, wanted: OutputSchema, error: Exception | None = None) -> str:
        """A sentence that explains why there is no object, with the model's text."""
        return f"The model gave no {wanted.name}: {self._cause(error)}. The answer was: {self.answer_text!r:.2000}"

    def _cause(self, error: Exception | None) -> str:
        if self.is_cut_off:
            return CUT_OFF
        if self.is_refusal:
            return "the answer was filtered" if self.finish == "content_filter" else "it refused"
        if isinstance(self.arguments, str):
            return "Invalid JSON in the arguments of its call"
        if error is not None:
            return problems(error)
        if self.other_calls:
            return f"it called {', '.join(self.other_calls)}"
        return "its answer does not contain exactly one JSON object" if "{" in self.text else "it answered in words"


def build(found: Mapping[str, Any], wanted: OutputSchema, validate: Callable[[str], Any] | None) -> Any:
    """The object, built by `validate` from JSON text; unchanged without `validate`. A wrapped value is unwrapped.

    Lists and objects in it that the model wrote as text are read where the class does not accept text.

    Raises:
        Exception: any error of the class: pydantic's `ValidationError`, or an error of a user's validator.
    """
    if wanted.strict and wanted.schema:
        found = without_added_nulls(found, wanted.schema)
    value = found.get(WRAPPER, found) if wanted.wrapped else found
    return _validate(value, validate) if validate else value


def _validate(value: Any, validate: Callable[[str], Any], depth: int = 0) -> Any:
    try:
        return validate(to_json_text(value))
    except Exception as error:
        read = read_strings(value, error) if depth < _DEEPEST_TEXT else None
        if read is not None:
            with contextlib.suppress(Exception):  # the first error is about what the model wrote
                return _validate(read, validate, depth + 1)
        raise


def problems(error: Exception) -> str:
    """The problems of an object, from the validation error."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return f"{type(error).__name__}: {error}"
    try:
        found = errors(include_url=False, include_input=False, include_context=False)
    except TypeError:  # pydantic 1
        found = errors()
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}" for one in found[:5])
