"""Errors that are `HatzError`s and also LangChain's own types, so that LangChain's retry and fallback middleware recognizes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
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

from hatz_client import Reply, errors
from hatz_client.util.value import Value

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

try:
    from langchain_core.exceptions import ModelRefusalError
except ImportError:  # before langchain-core 1.7.5

    class ModelRefusalError(ModelError):  # type: ignore[no-redef]
        """A replacement for LangChain's error for a refusal."""


class ErrorResponse(Value, frozen=True):
    """The data of an error response for LangChain's tracing, without the request, which contains the key."""

    status_code: int
    body: Any = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)

    def json(self) -> Any:
        """The parsed body."""
        return self.body


class _TracedError(errors.HatzError, ModelError):
    """Attributes shared by the errors below."""

    @property
    def response(self) -> ErrorResponse:
        """The error response. An error without a response does not have this attribute."""
        if self.status_code is None:
            raise AttributeError("response")
        return ErrorResponse(self.status_code, self.body, self.headers)

    @property
    def partial_message(self) -> AIMessage | None:
        """The part of the answer that arrived before the failure, as a message; None if nothing arrived."""
        if not isinstance(self.partial, Reply):
            return None
        from langchain_hatz._messages.convert import to_ai_message  # noqa: PLC0415 (only needed when something went wrong)

        return to_ai_message(self.partial, model=self.partial.model or "")


class HatzInvalidInputError(errors.HatzInvalidInputError, _TracedError, ModelInvalidRequestError):
    """The input cannot be sent; no request was made."""


class HatzUnsupportedError(errors.HatzUnsupportedError, HatzInvalidInputError, ModelInvalidRequestError):
    """The endpoint does not support this, and the message names one that does; or no asyncio event loop runs."""


class HatzConnectionError(errors.HatzConnectionError, _TracedError, ModelConnectionError):
    """No answer arrived, or an incomplete one."""


class HatzTimeoutError(errors.HatzTimeoutError, HatzConnectionError, ModelTimeoutError):
    """No answer arrived within the time limit."""


class HatzStreamInterruptedError(errors.HatzStreamInterruptedError, HatzConnectionError, ModelConnectionError):
    """The connection or the stream ended before the answer was complete; `partial_message` holds what arrived."""


class HatzResponseError(errors.HatzResponseError, _TracedError, ModelAPIError):
    """The response is not an answer of the endpoint: a proxy's HTML, an empty body, broken JSON."""


class HatzBadRequestError(errors.HatzBadRequestError, _TracedError, ModelInvalidRequestError):
    """The gateway rejects the request (400, 409, 413, 422 and other 4xx)."""


class HatzContextOverflowError(errors.HatzContextOverflowError, HatzBadRequestError, ContextOverflowError):
    """The prompt is longer than the model's context."""


class HatzAuthenticationError(errors.HatzAuthenticationError, _TracedError, ModelAuthenticationError):
    """The key is missing or invalid (401)."""


class HatzPermissionError(errors.HatzPermissionError, _TracedError, ModelPermissionDeniedError):
    """The key's user is not allowed to do this (403)."""


class HatzCreditsError(errors.HatzCreditsError, _TracedError, ModelPermissionDeniedError):
    """Credits or a usage limit are used up (402, or a 400, 403 or 429 that says so)."""


class HatzNotFoundError(errors.HatzNotFoundError, _TracedError, ModelNotFoundError):
    """The model, agent or path does not exist (404)."""


class HatzRateLimitError(errors.HatzRateLimitError, _TracedError, ModelRateLimitError):
    """Too many requests (429)."""


class HatzServerError(errors.HatzServerError, _TracedError, ModelAPIError):
    """The gateway or the model behind it failed (408, 5xx, 529)."""


class _GatewayTimeoutError(HatzServerError, ModelTimeoutError):
    """The gateway, or the model behind it, took too long (408, 504); LangChain has a separate error for that."""


class HatzRefusalError(errors.HatzError, OutputParserException, ModelRefusalError):
    """The model refused to give a structured answer; the message is the model's explanation. A retry does not help.

    It is LangChain's `ModelRefusalError` (langchain-core 1.7.5 and later), so retry and fallback middleware recognize it.
    """

    raw_message: BaseMessage | None = None
    """The refused answer; its `content_blocks` contain the refusal."""

    def __init__(self, message: str, *, raw_message: BaseMessage | None = None, **about: Any) -> None:
        super().__init__(message, **about)
        self.raw_message = raw_message


def refusal_error(message: BaseMessage) -> HatzRefusalError | None:
    """The error for an answer that the model refused or a content filter blocked; None for any other."""
    ended = message.response_metadata.get("normalized_finish_reason")
    blocks = message.content_blocks if ended == "refusal" or message.additional_kwargs.get("refusal") else []
    words = next((str(block.get("refusal") or "") for block in blocks if block["type"] == "refusal"), None)
    if words is None and ended not in {"refusal", "content_filter"}:
        return None
    return HatzRefusalError(words or str(message.text) or "The model refused to answer.", raw_message=message)


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


def as_langchain_error(error: errors.HatzError) -> errors.HatzError:
    """The same error as one that is also LangChain's."""
    if (kind := _TRACED.get(type(error))) is None:
        return error
    if kind is HatzServerError and error.status_code in {408, 504}:
        kind = _GatewayTimeoutError
    known = kind(error.message)
    vars(known).update(vars(error))
    return known


@contextmanager
def translate_errors() -> Iterator[None]:
    """Context manager: raise the client's errors as ones that are also LangChain's, with the same traceback and cause."""
    try:
        yield
    except errors.HatzError as error:
        if (known := as_langchain_error(error)) is error:
            raise
        raise known.with_traceback(error.__traceback__) from error.__cause__
