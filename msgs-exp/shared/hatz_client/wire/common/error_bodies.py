"""What an error's body says, whatever its shape: an error response, an error event in a stream, an error object in a 200.

The bodies of the gateway's own errors are undocumented, so every shape that its kind of service uses is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hatz_client.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzContextOverflowError,
    HatzCreditsError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzServerError,
    HatzStatusError,
)

_READ = 2000
"""How many characters of what a refusal says decide what it is: some repeat the whole request."""
_OVERFLOW = re.compile(
    r"context_length_exceeded|ContextWindowExceeded|exceeds? the (available |model's |maximum )?context|prompt is too long"
    r"|maximum context length|too many tokens|input is too long|Input tokens exceed",
    re.IGNORECASE,
)
# reference: Hatz's help articles speak of "credit" and "usage limit"; the OpenAI family says insufficient_quota.
_CREDITS = re.compile(
    r"\bcredits?\b|usage limit|insufficient_quota|exceeded your current quota|monthly (limit|allowance)", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"\bmodel\b[^\n]{0,200}?(not found|not exist|not enabled)|\bunknown model\b|model_not_found", re.IGNORECASE
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


def of_event(content: Mapping[str, Any]) -> HatzStatusError:
    """The error that an error event within a stream, or an error object in a 200, means."""
    status = next((status for name in _names(content) if (status := _status_of(name))), None)
    return error_of(status, content)


def error_of(
    status: int | None, content: Any, *, request_id: str | None = None, retry_after: float | None = None
) -> HatzStatusError:
    """The error that a status and the content of a body mean.

    Args:
        status: The HTTP status, or the one that an error event stands for; None when it is not known.
        content: The body: parsed JSON, or its text.
        request_id: The request's id, as the response's headers name it; else the body's own is used.
        retry_after: Seconds the gateway asks to wait.
    """
    words = _said(content)
    telling = " ".join([words[:_READ], *(name for name in _names(content) if isinstance(name, str))])
    kind = _kind(status, telling)
    message = f"{status or 'The gateway reports an error'}: {words or 'it gave no reason'}"
    if kind in _ADVICE:
        message += f" ({_ADVICE[kind]})"
    elif _NO_MODEL.search(telling):
        message += " (Ask for the list of models: `Client().models()`, `ChatHatz.list_models()` or `HatzLLM.available_models()`.)"
    request_id = request_id or (content.get("request_id") if isinstance(content, Mapping) else None)
    return kind(
        message,
        status_code=status,
        request_id=request_id if isinstance(request_id, str) else None,
        retry_after=retry_after,
        body=content,
    )


def _names(content: Any) -> list[Any]:
    """What an error is called: its codes and types."""
    if not isinstance(content, Mapping):
        return []
    response = content.get("response")
    holders = (content.get("error"), content, response.get("error") if isinstance(response, Mapping) else None)
    return [holder.get(key) for holder in holders if isinstance(holder, Mapping) for key in ("code", "type")]


def _status_of(name: Any) -> int | None:
    """The status that an error's code or type stands for; some gateways put the number itself there."""
    if isinstance(name, int) and not isinstance(name, bool):
        return name if 400 <= name < 600 else None
    if not isinstance(name, str):
        return None
    return _status_of(int(name)) if name.isdecimal() and len(name) == 3 else _STATUS_OF_NAME.get(name)


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
        case None | 400 | 413 | 422 | 500 if _OVERFLOW.search(
            words
        ):  # 500, or none: in a stream, of who knows no better name for it
            return HatzContextOverflowError
        case 400 if _NO_MODEL.search(words):  # OpenAI's status for it
            return HatzNotFoundError
        case None | 408:
            return HatzServerError
        case _:
            return HatzServerError if status >= 500 else HatzBadRequestError


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
    text = text[:20_000]
    title = re.search(r"<title[^>]{0,200}>(.{0,500}?)</title>", text, re.IGNORECASE | re.DOTALL)
    words = title.group(1) if title else re.sub(r"<[^<>]{0,500}>", " ", text) if text.lstrip().startswith("<") else text
    return " ".join(words.split())[:200]
