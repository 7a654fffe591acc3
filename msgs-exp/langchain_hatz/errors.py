"""Errors that are both Hatz's own and LangChain's: `except` either, and retry or fallback middleware decides rightly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
    OutputParserException,
)

from hatz_client import errors

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """What LangChain's tracing records of a failed response: never the request, which holds the key."""

    status_code: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)

    def json(self) -> Any:
        """The body as it was parsed."""
        return self.body


class _TracedError(errors.HatzError, ModelError):
    """What both families of errors share here."""

    @property
    def response(self) -> ErrorResponse:
        """The response that said no. Errors without one have no such attribute."""
        if self.status_code is None:
            raise AttributeError("response")
        return ErrorResponse(self.status_code, self.body, self.headers)

    @property
    def partial_message(self) -> AIMessage | None:
        """What had been answered when it went wrong."""
        if self.partial is None:
            return None
        from langchain_hatz._messages.convert import message  # noqa: PLC0415 (only needed when something went wrong)

        return message(self.partial, model=self.partial.model or "")


class HatzInvalidInputError(errors.HatzInvalidInputError, _TracedError, ModelInvalidRequestError):
    """The input cannot be sent; no request was made."""


class HatzUnsupportedError(errors.HatzUnsupportedError, _TracedError, ModelInvalidRequestError):
    """The endpoint has no such thing; the message names one that has."""


class HatzConnectionError(errors.HatzConnectionError, _TracedError, ModelConnectionError):
    """No answer came, or not all of it."""


class HatzTimeoutError(errors.HatzTimeoutError, _TracedError, ModelTimeoutError):
    """No answer came within the time allowed."""


class HatzStreamInterruptedError(errors.HatzStreamInterruptedError, _TracedError, ModelConnectionError):
    """The stream ended before the answer did; `partial_message` is what had come."""


class HatzResponseError(errors.HatzResponseError, _TracedError, ModelAPIError):
    """The answer is not what the endpoint answers: a proxy's HTML, an empty body, broken JSON."""


class HatzBadRequestError(errors.HatzBadRequestError, _TracedError, ModelInvalidRequestError):
    """The request is not acceptable (400, 409, 413, 422 and other 4xx)."""


class HatzContextOverflowError(errors.HatzContextOverflowError, _TracedError, ContextOverflowError):
    """The prompt is longer than the model's context."""


class HatzAuthenticationError(errors.HatzAuthenticationError, _TracedError, ModelAuthenticationError):
    """There is no key, or it is not valid (401)."""


class HatzPermissionError(errors.HatzPermissionError, _TracedError, ModelPermissionDeniedError):
    """The key's user may not do this (403)."""


class HatzCreditsError(errors.HatzCreditsError, _TracedError, ModelPermissionDeniedError):
    """Credits or a usage limit are used up (402, or a 429 that says so)."""


class HatzNotFoundError(errors.HatzNotFoundError, _TracedError, ModelNotFoundError):
    """There is no such model, agent or path (404)."""


class HatzRateLimitError(errors.HatzRateLimitError, _TracedError, ModelRateLimitError):
    """Too many requests at a time (429)."""


class HatzServerError(errors.HatzServerError, _TracedError, ModelAPIError):
    """The gateway or the model behind it failed (408, 5xx, 529)."""


class _GatewayTimeoutError(HatzServerError, ModelTimeoutError):
    """The gateway, or the model behind it, took too long (408, 504): LangChain has a kind of its own for that."""


class HatzRefusalError(errors.HatzError, OutputParserException):
    """The model refused to give a structured answer; the message is its own words."""


_TRACED: dict[type[errors.HatzError], type[_TracedError]] = {
    errors.HatzInvalidInputError: HatzInvalidInputError,
    errors.HatzUnsupportedError: HatzUnsupportedError,
    errors.HatzConnectionError: HatzConnectionError,
    errors.HatzTimeoutError: HatzTimeoutError,
    errors.HatzStreamInterruptedError: HatzStreamInterruptedError,
    errors.HatzResponseError: HatzResponseError,
    errors.HatzBadRequestError: HatzBadRequestError,
    errors.HatzContextOverflowError: HatzContextOverflowError,
    errors.HatzAuthenticationError: HatzAuthenticationError,
    errors.HatzPermissionError: HatzPermissionError,
    errors.HatzCreditsError: HatzCreditsError,
    errors.HatzNotFoundError: HatzNotFoundError,
    errors.HatzRateLimitError: HatzRateLimitError,
    errors.HatzServerError: HatzServerError,
}


def traced(error: errors.HatzError) -> errors.HatzError:
    """The same error as one that LangChain knows too."""
    if (kind := _TRACED.get(type(error))) is None:
        return error
    if kind is HatzServerError and error.status_code in {408, 504}:
        kind = _GatewayTimeoutError
    known = kind(error.message)
    vars(known).update(vars(error))
    return known


@contextmanager
def translated() -> Iterator[None]:
    """Raises each of the client's errors as one that LangChain knows too."""
    try:
        yield
    except errors.HatzError as error:
        if (known := traced(error)) is error:
            raise
        raise known from error
