"""Everything that can go wrong, as one tree, and when trying again makes sense.

::

    HatzError
    ├── HatzInvalidInputError (ValueError)        the input cannot be sent; no request was made
    │   └── HatzUnsupportedError                  the endpoint has no such thing
    ├── HatzConnectionError (ConnectionError)     no answer, or not all of it
    │   ├── HatzTimeoutError (TimeoutError)       … within the time allowed
    │   └── HatzStreamInterruptedError            the stream broke off; `partial` is what had come
    ├── HatzResponseError                         an answer that is not what the endpoint answers (a proxy's HTML, say)
    └── HatzStatusError                           the gateway said no
        ├── HatzBadRequestError                   400, 409, 413, 422 …
        │   └── HatzContextOverflowError          the prompt is longer than the model's context
        ├── HatzAuthenticationError               401, and no key at all
        ├── HatzPermissionError                   403
        ├── HatzCreditsError                      402, and the 429 that is a used-up allowance
        ├── HatzNotFoundError                     404, and the 400 of an unknown model
        ├── HatzRateLimitError                    429
        └── HatzServerError                       408, 5xx, 529
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatz_client.content import Reply

MAX_RETRY_AFTER = 60.0
"""Seconds: a gateway that asks for more is not waited for."""


class HatzError(Exception):
    """Something went wrong with a call to the gateway; the message says what, and what to do."""

    status_code: int | None = None
    """The response's HTTP status, or the one that an error within a stream stands for."""
    request_id: str | None = None
    """The `X-Request-ID` of the response, or of the request where none came: what Hatz's support asks for."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Of a response that refuses: its headers, their names in lower case, without cookies."""
    retry_after: float | None = None
    """Seconds the gateway asks to wait."""
    body: Any = None
    """The response's body: parsed where it is JSON, else its text."""
    partial: Reply | None = None
    """What had been answered when it went wrong."""
    is_retryable: bool = False
    """Whether the same call may succeed later."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: Any = None,
        partial: Reply | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body
        self.partial = partial

    def __str__(self) -> str:
        """The message, with the request's id when it is not in it yet."""
        if self.request_id and self.request_id not in self.message:
            return f"{self.message} [request id {self.request_id}]"
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling (worker processes), with everything that is known."""
        return (
            _rebuild,
            (type(self), self.message, {key: value for key, value in vars(self).items() if key != "message"}),
        )


def _rebuild(cls: type[HatzError], message: str, known: dict[str, Any]) -> HatzError:
    error = cls(message)
    vars(error).update(known)
    return error


class HatzInvalidInputError(HatzError, ValueError):
    """The input cannot be sent; no request was made."""


class HatzUnsupportedError(HatzInvalidInputError):
    """The endpoint has no such thing; the message names one that has."""


class HatzConnectionError(HatzError, ConnectionError):
    """No answer came, or not all of it."""

    is_retryable = True


class HatzTimeoutError(HatzConnectionError, TimeoutError):
    """No answer came within the time allowed."""


class HatzStreamInterruptedError(HatzConnectionError):
    """The stream ended before the answer did; `partial` is what had come."""


class HatzResponseError(HatzError):
    """The answer is not what the endpoint answers: a proxy's HTML, an empty body, broken JSON."""


class HatzStatusError(HatzError):
    """The gateway said no."""


class HatzBadRequestError(HatzStatusError):
    """The request is not acceptable (400, 409, 413, 422 and other 4xx)."""


class HatzContextOverflowError(HatzBadRequestError):
    """The prompt is longer than the model's context."""


class HatzAuthenticationError(HatzStatusError):
    """There is no key, or it is not valid (401)."""


class HatzPermissionError(HatzStatusError):
    """The key's user may not do this (403)."""


class HatzCreditsError(HatzStatusError):
    """Credits or a usage limit are used up (402, or a 429 that says so): waiting a little does not help."""


class HatzNotFoundError(HatzStatusError):
    """There is no such model, agent or path (404, or a 400 that says so)."""


class HatzRateLimitError(HatzStatusError):
    """Too many requests at a time (429)."""

    is_retryable = True


class HatzServerError(HatzStatusError):
    """The gateway or the model behind it failed (408, 5xx, 529)."""

    is_retryable = True


def backoff(error: Exception) -> bool | float:
    """Whether to try again: no, yes (True), or yes after so many seconds, as the gateway asks."""
    if not isinstance(error, HatzError) or not error.is_retryable or error.partial is not None:
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= MAX_RETRY_AFTER else False
