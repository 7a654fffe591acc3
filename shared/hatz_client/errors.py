"""All exceptions, as one tree, and which of them are worth a retry.

::

    HatzError
    ├── HatzInvalidInputError (ValueError)        the input cannot be sent; no request was made
    │   └── HatzUnsupportedError                  the endpoint does not support it, or no asyncio loop runs
    ├── HatzConnectionError (ConnectionError)     no answer, or an incomplete one
    │   ├── HatzTimeoutError (TimeoutError)       … within the time allowed
    │   └── HatzStreamInterruptedError            the response was interrupted; `partial` holds what arrived
    ├── HatzResponseError                         the response is not a valid answer of the endpoint (a proxy's HTML, say)
    ├── HatzJobError                              a workflow's job failed; `job` and `step` hold what is known
    └── HatzStatusError                           an error status of the gateway
        ├── HatzBadRequestError                   400, 409, 413, 422 …
        │   └── HatzContextOverflowError          the prompt is longer than the model's context
        ├── HatzAuthenticationError               401, or no key is set
        ├── HatzPermissionError                   403
        ├── HatzCreditsError                      402, and a 400, 403 or 429 that says credits are used up
        ├── HatzNotFoundError                     404, and a 400 for an unknown model
        ├── HatzRateLimitError                    429
        └── HatzServerError                       408, 5xx, 529
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol


class PartialReply(Protocol):
    """What arrived of an answer before the call failed: a `hatz_client.Reply`, which this module does not import."""

    @property
    def parts(self) -> tuple[Any, ...]:
        """The parts of the answer, in order; the last one may be incomplete."""
        ...

    @property
    def text(self) -> str:
        """All of the text."""
        ...

    @property
    def reasoning(self) -> str:
        """All of the visible reasoning."""
        ...

    @property
    def tool_calls(self) -> tuple[Any, ...]:
        """The tool calls; an incomplete one has its arguments as text."""
        ...

    @property
    def usage(self) -> Any:
        """A `hatz_client.Usage`, or None."""
        ...

    @property
    def model(self) -> str | None:
        """The model that answered, as the service names it."""
        ...


class HatzError(Exception):
    """A call to the gateway failed; the message says why, and what to do. All errors of this project are subclasses."""

    status_code: int | None = None
    """The response's HTTP status, or the status that an error event in a stream stands for."""
    request_id: str | None = None
    """The `X-Request-ID` of the response, else of the request: Hatz's support asks for it."""
    headers: Mapping[str, str] = MappingProxyType({})
    """The headers of an error response, with names in lower case and without cookies."""
    retry_after: float | None = None
    """Seconds the gateway asks to wait."""
    body: Any = None
    """The response's body: parsed if it is JSON, else its text."""
    partial: PartialReply | None = None
    """The part of the answer that arrived before the failure."""
    is_retryable: bool = False
    """Whether the same call may succeed later."""
    stops_all: bool = False
    """Whether every other call with this key fails too, until somebody acts: credits are used up, or the key is missing, is invalid
    or lacks a permission. A batch that sees it should stop."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        body: Any = None,
        partial: PartialReply | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.body = body
        self.partial = partial

    def __str__(self) -> str:
        """The message and the request's id."""
        if self.request_id and self.request_id not in self.message:
            return f"{self.message} [request id {self.request_id}]"
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling (worker processes) with all attributes."""
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
    """The endpoint does not support this, and the message names one that does; or no asyncio event loop runs."""


class HatzConnectionError(HatzError, ConnectionError):
    """No answer arrived, or an incomplete one."""

    is_retryable = True


class HatzTimeoutError(HatzConnectionError, TimeoutError):
    """No answer arrived within the time limit."""


class HatzStreamInterruptedError(HatzConnectionError):
    """The connection or the stream ended before the answer was complete; `partial` holds what arrived."""


class HatzResponseError(HatzError):
    """The response is not an answer of the endpoint: a proxy's HTML, an empty body, broken JSON."""


class HatzJobError(HatzError):
    """A workflow's job failed at Hatz; the message names the step."""

    job: Any = None
    """The `hatz_client.JobState`, with the outputs of the steps before."""
    step: Any = None
    """The `hatz_client.JobStep` that failed; None if unknown."""


class HatzStatusError(HatzError):
    """The gateway answered with an error status."""


class HatzBadRequestError(HatzStatusError):
    """The gateway rejects the request (400, 409, 413, 422 and other 4xx)."""


class HatzContextOverflowError(HatzBadRequestError):
    """The prompt is longer than the model's context."""


class HatzAuthenticationError(HatzStatusError):
    """The key is missing or invalid (401)."""

    stops_all = True


class HatzPermissionError(HatzStatusError):
    """The key's user is not allowed to do this (403)."""

    stops_all = True


class HatzCreditsError(HatzStatusError):
    """Credits or a usage limit are used up (402, or a 400, 403 or 429 that says so): waiting a little does not help."""

    stops_all = True


class HatzNotFoundError(HatzStatusError):
    """The model, agent or path does not exist (404, or a 400 that says so)."""


class HatzRateLimitError(HatzStatusError):
    """Too many requests (429)."""

    is_retryable = True


class HatzServerError(HatzStatusError):
    """The gateway or the model behind it failed (408, 5xx, 529)."""

    is_retryable = True
