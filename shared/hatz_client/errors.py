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

import email.utils
import json
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatz_client.content import Reply

MAX_RETRY_AFTER = 60.0
"""Seconds: a gateway that asks for more is not waited for."""


class HatzError(Exception):
    """Something went wrong with a call to the gateway; the message says what, and what to do."""

    status_code: int | None = None
    request_id: str | None = None
    """The `X-Request-ID` of the response: what Hatz's support asks for."""
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


_OVERFLOW = re.compile(
    r"context_length_exceeded|exceeds? the (configured |available )?(context|limit)|prompt is too long|ContextWindowExceeded|exceeds the context window"
    r"|maximum context length|too many tokens|input is too long|Input tokens exceed",
    re.IGNORECASE,
)
# reference: Hatz's help articles speak of "credit" and "usage limit"; the OpenAI family says insufficient_quota.
_CREDITS = re.compile(
    r"\bcredits?\b|usage limit|insufficient_quota|billing|monthly (limit|allowance)|quota", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"\bmodel\b.*(not found|does not exist|not exist|unknown|not enabled)|model_not_found|not_found_error.*model",
    re.IGNORECASE | re.DOTALL,
)

_ADVICE: dict[type[HatzStatusError], str] = {
    HatzAuthenticationError: "Check the key in HATZ_API_KEY (or `api_key=`): it may be missing, mistyped, deleted or expired.",
    HatzPermissionError: "The key has its user's permissions: ask an administrator for access to this model or feature.",
    HatzCreditsError: "Credits or a usage limit are used up: this lasts until the monthly reset, an upgrade or a credit pack.",
    HatzRateLimitError: "Send fewer requests at a time, or choose another model.",
    HatzContextOverflowError: "Shorten the prompt, or choose a model with a larger context.",
}


# What the two wires call their errors, as a status. Anthropic's names, then OpenAI's codes.
_STATUS_OF_NAME = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    "invalid_prompt": 400,
    "context_length_exceeded": 400,
    "invalid_api_key": 401,
    "insufficient_quota": 429,
    "rate_limit_exceeded": 429,
    "model_not_found": 404,
    "server_error": 500,
    "server_is_overloaded": 503,
}


def of_status(status: int, headers: Mapping[str, str], body: bytes | str) -> HatzStatusError:
    """The error that a response with this status means.

    Args:
        status: The HTTP status, 300 or more.
        headers: The response's headers, looked up in lower case.
        body: The body, in any of the shapes seen: `{"error": {"message"}}`, `{"error": "…"}`, `{"detail": "…"}`,
            `{"detail": [{"loc", "msg"}]}`, `{"message"}`, plain text, HTML or nothing.
    """
    return _status_error(status, _parsed(body), headers)


def of_event(content: Mapping[str, Any]) -> HatzStatusError:
    """The error that an error event within a stream, or an error object in a 200, means."""
    error = content.get("error")
    names = [holder.get(key) for holder in (error, content) if isinstance(holder, Mapping) for key in ("code", "type")]
    status = next((status for name in names if (status := _status_of(name))), None)
    return _status_error(status, content, {})


def _status_of(name: Any) -> int | None:
    """The status that an error's code or type stands for; some gateways put the number itself there."""
    if isinstance(name, int) and not isinstance(name, bool):
        return name if 400 <= name < 600 else None
    if not isinstance(name, str):
        return None
    return _status_of(int(name)) if name.isdecimal() and len(name) == 3 else _STATUS_OF_NAME.get(name)


def backoff(error: Exception) -> bool | float:
    """Whether to try again: no, yes (True), or yes after so many seconds, as the gateway asks."""
    if not isinstance(error, HatzError) or not error.is_retryable or error.partial is not None:
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= MAX_RETRY_AFTER else False


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The request's id: Hatz's header, or the one the services behind it use."""
    return headers.get("x-request-id") or headers.get("request-id")


def _status_error(status: int | None, content: Any, headers: Mapping[str, str]) -> HatzStatusError:
    words = _said(content)
    kind = _kind(status, words if isinstance(content, str) else f"{words} {json.dumps(content)}")
    message = f"{status or 'In the stream'}: {words or 'the gateway gave no reason'}"
    if kind in _ADVICE:
        message += f" ({_ADVICE[kind]})"
    elif _NO_MODEL.search(words):
        message += " (Ask for the list of models: `Client().models()`, `ChatHatz.list_models()` or `HatzLLM.available_models()`.)"
    request_id = request_id_of(headers) or (content.get("request_id") if isinstance(content, Mapping) else None)
    if request_id:
        message += f" [request id {request_id}]"
    return kind(message, status_code=status, request_id=request_id, retry_after=_retry_after(headers), body=content)


def _kind(status: int | None, words: str) -> type[HatzStatusError]:
    match status:
        case 401:
            return HatzAuthenticationError
        case 402:
            return HatzCreditsError
        case 403:
            return HatzPermissionError
        case 404:
            return HatzNotFoundError
        case 429:
            return HatzCreditsError if _CREDITS.search(words) else HatzRateLimitError
        case 400 | 413 | 422 if _OVERFLOW.search(words):
            return HatzContextOverflowError
        case 400 if _NO_MODEL.search(words):  # OpenAI's status for it
            return HatzNotFoundError
        case None | 408:
            return HatzServerError
        case _:
            return HatzServerError if status >= 500 else HatzBadRequestError


def _parsed(body: bytes | str) -> Any:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _said(content: Any) -> str:
    """The words of an error's body, whatever its shape (reference: the gateway's own are undocumented)."""
    match content:
        case (
            {"error": {"message": str(words)}}
            | {"error": str(words)}
            | {"detail": str(words)}
            | {"message": str(words)}
        ):
            return words
        case {"detail": [*problems]}:
            return "; ".join(_problem(problem) for problem in problems)
        case {"response": {"error": {"message": str(words)}}}:
            return words
        case str():
            return _plain_text(content)
        case None | {}:
            return ""
        case _:
            return json.dumps(content, ensure_ascii=False)[:500]


def _problem(problem: Any) -> str:
    match problem:
        case {"loc": [*where], "msg": str(words)}:
            return f"{'.'.join(map(str, where))}: {words}"
        case _:
            return str(problem)


def _plain_text(text: str) -> str:
    """Text of a body that is no JSON; a page of HTML gives its title or first words."""
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    words = title.group(1) if title else re.sub(r"<[^>]*>", " ", text) if text.lstrip().startswith("<") else text
    return " ".join(words.split())[:200]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `Retry-After-Ms`, or `Retry-After` in seconds or as a date."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        value = headers.get("retry-after")
        if not value:
            return None
        if re.fullmatch(r"\s*[\d.]+\s*", value):
            return float(value)
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
