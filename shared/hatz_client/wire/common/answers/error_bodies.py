"""The error in a body of any shape: an error response, an error event in a stream, an error object in a 200."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
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
from hatz_client.wire.common.answers.error_message import STATUS_FIELDS, error_message, has_words, names_of

_SEARCHED_LENGTH = 2000
"""How many characters of an error's message decide its class: some messages repeat the whole request."""
_OVERFLOW = re.compile(
    r"context_length_exceeded|ContextWindowExceeded|prompt_tokens_exceeded|too many (input |prompt )?tokens|超长"
    r"|(prompt|input) (is )?too long|maximum (context|prompt) length|reduce the length of the messages"
    r"|exceed(s|ed)? ((the|your|this|model|model's|available|max|maximum|allowed|number|of|input|message) ){0,5}"
    r"(context|prompt|input length|input tokens?|tokens?)( (window|length|size|limit|allowed)|$|[^\w ])"
    r"|(context|prompt|input) ((window|length|size|tokens?|token count)|\(\d+ tokens\))[^.\n]{0,40}?(exceed|longer than|greater than)"
    r"|exceeds the model's max of|context (length|size) (of only|is only|is \d)|configured context size"
    r"|(longer|greater) than the (maximum )?(context|model) length|prompt exceeds max length|total message size \d{1,20} exceeds"
    r"|range of input length|tokens in request more than|inputs` (tokens \+ `max_new_tokens` must|must have less than)",
    re.IGNORECASE,
)
# reference: Hatz's help articles speak of "credit" and "usage limit"; the OpenAI family says insufficient_quota.
_CREDITS = re.compile(
    r"\bcredits?\b|usage limit|insufficient_quota|exceeded your current quota|monthly (limit|allowance)", re.IGNORECASE
)
# With a status that has its own meaning, only unmistakable words count (Anthropic: 400, "credit balance is too low").
_BALANCE = re.compile(
    r"(balance|credits?|funds)\b[^.\n]{0,40}(too low|used up|exhausted|insufficient|depleted|run out|ran out|not enough)"
    r"|(insufficient|not enough|(not|n't) have enough|no|out of|used up|exceeded)( all)?( your| my| the)?[ _]((current|remaining) )?(credits?|balance|funds|quota)\b"
    r"|usage limit|insufficient_quota|exceeded_current_quota|billing_error|\barrears|arrearage|budget_exceeded|over budget|余额不足"
    r"|(credit|spend(ing)?|billing|key|budget)[ _](hard[ _])?(limit|cap)[ _](was |is |has been )?(reached|exceeded)|budget (has been |was |is )?exceeded"
    r"|(reached|exceed(ed)?|hit) (your|its|their|the) [\w' ]{0,40}\b(credit|spend(ing)?|billing|budget) (limit|cap)",
    re.IGNORECASE,
)
# Under 429, a quota may also be one of requests per minute.
_QUOTA = re.compile(
    r"\bquota (has been |was |is )?(exceeded|exhausted|reached|used up)(?! for quota metric)", re.IGNORECASE
)
# Google adds it to words that elsewhere mean a used-up balance: "You exceeded your current quota".
_SOON = re.compile(r"(retry|try again) (in|after) [\d.]{1,20} ?(ms|s|sec|seconds?|m|min|minutes?)\b", re.IGNORECASE)
# Amazon's services throttle with a 400 too.
_THROTTLED = re.compile(r"\b(Throttling|TooManyRequests)Exception")
# Bedrock throttles with "Too many tokens, please wait before trying again."
_RATE = re.compile(
    r"rate[ _-]?limit|too ?many ?requests|throttl|resource_exhausted|please wait before trying again", re.IGNORECASE
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


# Some services report these as 500, or in a stream without a status.
_MAY_BE_OVERFLOW = frozenset({None, 400, 413, 422, 500, 502})

# Fields that only errors have, in lower case: FastAPI, gateways of Amazon, Spring, Apigee and others.
_ERROR_FIELDS = (
    "detail", "err", "exception", "fault", "error_message", "errormessage", "error_msg", "errormsg", "error_description", "__type",
)  # fmt: skip
_KIND_OF_STATUS: dict[int | None, type[HatzStatusError]] = {
    401: HatzAuthenticationError,
    402: HatzCreditsError,
    403: HatzPermissionError,
    404: HatzNotFoundError,
    429: HatzRateLimitError,
}
_FAILED = ("error", "failed", "failure", "fail")

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


def error_from_event(content: Any) -> HatzStatusError:
    """The error for an error event in a stream, or for an error object in a 200."""
    status = next((status for name in names_of(content) if (status := _status_of(name))), None)
    return error_of(status, content)


def error_in(content: Any) -> HatzStatusError | None:
    """The error that a JSON object of an answer represents; None if it does not look like an error.

    For objects that are no event or answer of the wire: each wire's decoder asks it about types it does not know, so that
    every endpoint recognizes the same errors. What says so: an `error` or `errors` that holds anything (also
    within `response`), a `type` that is an error's name, `object: "error"`, a
    `base_resp` (MiniMax) whose `status_code` is not 0; where there is no type, another field that only errors
    have, one that is named as an exception (events of Bedrock), an error's number or name as `status` or `code`, `status: "error"` or
    "failed", `success: false`.
    """
    match content:
        case [Mapping() as only]:
            return error_in(only)
        case Mapping():
            inner = content.get("response")
            if _is_error(content) or (isinstance(inner, Mapping) and has_words(inner.get("error"))):
                return error_from_event(content)
    return None


def _is_error(content: Mapping[str, Any]) -> bool:
    fields = {key.lower(): value for key, value in content.items()}
    kind, report = fields.get("type"), fields.get("base_resp")
    if isinstance(report, Mapping) and report.get("status_code") not in (None, 0):  # MiniMax
        return True
    if any(has_words(fields.get(key)) for key in ("error", "errors")) or fields.get("object") == "error":
        return True
    if isinstance(kind, str):
        return kind in _STATUS_OF_NAME or kind.lower().endswith(("error", "exception"))
    codes = (fields.get(key) for key in ("status", "code", *STATUS_FIELDS))
    return (
        any(has_words(fields.get(key)) for key in _ERROR_FIELDS)
        or any(key.endswith("exception") and isinstance(value, Mapping) for key, value in fields.items())
        or any(map(_status_of, codes))
        or fields.get("status") in _FAILED
        or fields.get("success") is False
    )


def error_of(
    status: int | None, content: Any, *, request_id: str | None = None, retry_after: float | None = None
) -> HatzStatusError:
    """The error for a status and the content of a body.

    Args:
        status: The HTTP status, or the one that an error event stands for; None if unknown.
        content: The body: parsed JSON, or its text.
        request_id: The request's id from the response's headers; None uses the one in the body.
        retry_after: Seconds the gateway asks to wait.
    """
    words = error_message(content)
    names = (name[:100] for name in islice(names_of(content), 20) if isinstance(name, str))
    searched = " ".join([words[:_SEARCHED_LENGTH], *names])
    kind = _kind(status, searched)
    message = f"{status or 'The gateway reports an error'}: {words or 'it gave no reason'}"
    if kind in _ADVICE:
        message += f" ({_ADVICE[kind]})"
    elif _NO_MODEL.search(searched):
        message += " (Ask for the list of models: `Client().list_models()`, `ChatHatz.list_models()` or `HatzLLM.list_models()`.)"
    request_id = request_id or (content.get("request_id") if isinstance(content, Mapping) else None)
    return kind(
        message,
        status_code=status,
        request_id=request_id if isinstance(request_id, str) else None,
        retry_after=retry_after,
        body=content,
    )


def _status_of(name: Any) -> int | None:
    """The status for an error's code or type; some gateways put the number itself there."""
    if isinstance(name, int):
        return name if 400 <= name < 600 else None
    if not isinstance(name, str):
        return None
    return _status_of(int(name)) if name.isdecimal() and len(name) == 3 else _STATUS_OF_NAME.get(name)


def _kind(status: int | None, words: str) -> type[HatzStatusError]:
    if found := _kind_of_words(status, words):
        return found
    if status in _KIND_OF_STATUS:
        return _KIND_OF_STATUS[status]
    return HatzServerError if status in {None, 408} or status >= 500 else HatzBadRequestError


def _kind_of_words(status: int | None, words: str) -> type[HatzStatusError] | None:
    """The class where the words say more than the status."""
    names_rate = _RATE.search(words) is not None
    if status in _MAY_BE_OVERFLOW and not names_rate and _OVERFLOW.search(words):
        return HatzContextOverflowError
    if status == 429 and _SOON.search(words):
        return HatzRateLimitError
    if status in {None, 400, 403, 429} and _BALANCE.search(words):
        return HatzCreditsError
    if status in {400, 403} and not names_rate and _QUOTA.search(words):
        return HatzCreditsError
    if status == 429 and _CREDITS.search(words):
        return HatzCreditsError
    if (status is None and names_rate) or (status == 400 and _THROTTLED.search(words)):
        return HatzRateLimitError
    if status == 400 and _NO_MODEL.search(words):  # OpenAI's status for it
        return HatzNotFoundError
    return None
