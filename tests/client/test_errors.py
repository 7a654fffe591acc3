"""Every status in every shape of body becomes the right error, and only transient errors are retried."""

import copy
import email.utils
import json
import pickle
import time

import pytest

from hatz_client import errors
from hatz_client.connection.http.time_limits import Deadline
from hatz_client.connection.retries import retry_delay
from hatz_client.content import Reply, Text
from hatz_client.operations.error_responses import error_from_response
from hatz_client.wire.common.answers.error_bodies import error_from_event, error_in

SHAPES = {
    "openai": lambda words: json.dumps({"error": {"message": words, "type": "x", "param": None, "code": None}}),
    "anthropic": lambda words: json.dumps(
        {"type": "error", "error": {"type": "x", "message": words}, "request_id": "req_1"}
    ),
    "fastapi": lambda words: json.dumps({"detail": words}),
    "string": lambda words: json.dumps({"error": words}),
    "message": lambda words: json.dumps({"message": words}),
    "text": lambda words: words,
    "html": lambda words: f"<html><head><title>{words}</title></head><body>proxy</body></html>",
}
BEDROCK = "Too many tokens, please wait before trying again."
KINDS = {
    400: errors.HatzBadRequestError,
    401: errors.HatzAuthenticationError,
    402: errors.HatzCreditsError,
    403: errors.HatzPermissionError,
    404: errors.HatzNotFoundError,
    408: errors.HatzServerError,
    409: errors.HatzBadRequestError,
    413: errors.HatzBadRequestError,
    418: errors.HatzBadRequestError,
    422: errors.HatzBadRequestError,
    429: errors.HatzRateLimitError,
    500: errors.HatzServerError,
    502: errors.HatzServerError,
    503: errors.HatzServerError,
    504: errors.HatzServerError,
    529: errors.HatzServerError,
}


@pytest.mark.parametrize("status", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_status_and_shape(status, shape):
    error = error_from_response(status, {"x-request-id": "id-7"}, SHAPES[shape]("It broke here").encode())
    assert type(error) is KINDS[status]
    assert error.status_code == status
    assert error.request_id == "id-7"
    assert str(error).startswith(f"{status}: It broke here")
    assert "id-7" in str(error)
    assert error.is_retryable == (status in {408, 429} or status >= 500)


def test_validation_problems_are_joined():
    body = {
        "detail": [
            {"loc": ["body", "messages", 0, "role"], "msg": "wrong", "type": "enum"},
            {"loc": ["body"], "msg": "bad", "type": "x"},
        ]
    }
    assert str(error_from_response(422, {}, json.dumps(body))).startswith("422: body.messages.0.role: wrong; body: bad")


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", '{"odd": 1}', "\ufffd"])
def test_no_body_is_too_odd(body):
    assert error_from_response(500, {}, body).status_code == 500


@pytest.mark.parametrize(
    "words",
    [
        "Monthly credit limit reached",
        "You exceeded your current quota",
        "usage limit reached for this role",
        "No credits left",
        "This model needs more credits than you have",
        "This key's monthly limit is 10 dollars",
        "The monthly allowance is spent",
        "Your monthly allowance is spent",
        "That is more than the monthly limit of your role",
    ],
)
def test_a_used_up_allowance_is_no_burst(words):
    error = error_from_response(429, {}, SHAPES["fastapi"](words))
    assert type(error) is errors.HatzCreditsError
    assert retry_delay(error, 1, 2) is None


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 8192 tokens",
        "prompt is too long: 200001 tokens > 200000 maximum",
        "Input tokens exceed the configured limit",
        "Your input exceeds the context window of this model",
        "input length and `max_tokens` exceed context limit: 199999 + 21333 > 200000",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "request (4533 tokens) exceeds the available context size (2048 tokens), try increasing it",  # llama.cpp
    ],
)
def test_an_overlong_prompt_is_recognized(words):
    assert type(error_from_response(400, {}, SHAPES["openai"](words))) is errors.HatzContextOverflowError
    assert type(error_from_response(413, {}, SHAPES["anthropic"](words))) is errors.HatzContextOverflowError
    assert (
        type(error_from_event({"type": "error", "error": {"type": "invalid_request_error", "message": words}}))
        is errors.HatzContextOverflowError
    )


@pytest.mark.parametrize("status", [400, 404])
def test_an_unknown_model_is_told_where_to_find_the_known(status):
    error = error_from_response(status, {}, SHAPES["fastapi"]("The requested model 'gpt-9' does not exist."))
    assert type(error) is errors.HatzNotFoundError
    assert "list_models()" in str(error)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}, errors.HatzServerError),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "m"}}, errors.HatzRateLimitError),
        ({"type": "error", "code": "rate_limit_exceeded", "message": "m"}, errors.HatzRateLimitError),
        ({"type": "error", "code": "insufficient_quota", "message": "m"}, errors.HatzCreditsError),
        ({"type": "error", "error": {"type": "authentication_error", "message": "m"}}, errors.HatzAuthenticationError),
        ({"type": "error", "message": "m"}, errors.HatzServerError),
        ({"error": {"code": 429, "message": "m"}}, errors.HatzRateLimitError),
        ({"error": {"code": "403", "message": "m"}}, errors.HatzPermissionError),
        ({"error": {"code": 7, "message": "m"}}, errors.HatzServerError),
        ({"detail": "m"}, errors.HatzServerError),
    ],
)
def test_an_error_in_the_stream_is_of_the_same_kinds(event, kind):
    error = error_from_event(event)
    assert type(error) is kind
    assert ": m" in str(error)
    assert error.body == event


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("invalid_request_error", 400), ("authentication_error", 401), ("billing_error", 402), ("permission_error", 403),
        ("not_found_error", 404), ("request_too_large", 413), ("rate_limit_error", 429), ("api_error", 500),
        ("timeout_error", 504), ("overloaded_error", 529), ("invalid_prompt", 400), ("context_length_exceeded", 400),
        ("invalid_api_key", 401), ("insufficient_quota", 429), ("rate_limit_exceeded", 429), ("model_not_found", 404),
        ("server_error", 500), ("server_is_overloaded", 503),
    ],
)  # fmt: skip
def test_an_error_in_the_stream_has_the_status_of_its_name(name, status):
    assert error_from_event({"type": "error", "error": {"type": name, "message": "m"}}).status_code == status
    assert error_from_event({"type": "error", "code": name, "message": "m"}).status_code == status
    assert error_in({"type": name, "message": "m"}).status_code == status


def test_an_error_in_the_stream_whose_code_says_nothing_has_the_status_of_its_type():
    error = error_from_event({"error": {"code": "odd", "type": "authentication_error", "message": "m"}})
    assert type(error) is errors.HatzAuthenticationError


def test_an_error_without_a_status_begins_in_words_and_has_no_odd_id():
    error = error_from_event({"type": "error", "message": "m", "request_id": 7})
    assert str(error) == "The gateway reports an error: m"
    assert error.request_id is None


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (401, "m", "HATZ_API_KEY"),
        (403, "m", "ask an administrator"),
        (402, "m", "until the monthly reset"),
        (429, "m", "Send fewer requests at a time"),
        (400, "prompt is too long", "Shorten the prompt"),
    ],
)
def test_an_error_says_what_to_do(status, words, advice):
    error = error_from_response(status, {}, SHAPES["openai"](words))
    assert str(error).startswith(f"{status}: {words} (")
    assert advice in str(error)


@pytest.mark.parametrize("status", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_credits_authentication_and_permission_stop_a_batch(status, shape):
    error = error_from_response(status, {}, SHAPES[shape]("It broke here"))
    assert error.stops_all is (status in {401, 402, 403})
    assert not (error.stops_all and error.is_retryable)


def test_a_429_about_credits_stops_a_batch_and_a_burst_does_not():
    assert error_from_response(429, {"retry-after": "1"}, "Your monthly credit limit is reached").stops_all
    assert not error_from_response(429, {"retry-after": "1"}, "Too many requests").stops_all


@pytest.mark.parametrize(("value", "seconds"), [("3", 3.0), ("0.5", 0.5), ("", None), ("soon", None), ("1.2.3", None)])
def test_retry_after(value, seconds):
    assert error_from_response(429, {"retry-after": value}, "").retry_after == seconds


def test_retry_after_as_a_date_and_in_milliseconds():
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    assert 25 < error_from_response(503, {"retry-after": date}, "").retry_after <= 31
    assert error_from_response(503, {"retry-after": email.utils.formatdate(0, usegmt=True)}, "").retry_after == 0
    assert error_from_response(429, {"retry-after": "9", "retry-after-ms": "250"}, "").retry_after == 0.25


def delay(error, attempt=1, retries=2, **more):
    return retry_delay(error, attempt, retries, uniform=lambda low, high: low, **more)


def test_when_to_retry():
    assert delay(error_from_response(500, {}, "")) == 0.5
    assert [delay(error_from_response(500, {}, ""), attempt, 9) for attempt in (2, 3, 4, 5, 6)] == [1, 2, 4, 8, 8]
    assert delay(error_from_response(500, {}, ""), 3) is None
    assert delay(error_from_response(500, {}, ""), 1, 0) is None
    assert delay(error_from_response(429, {"retry-after": "2"}, "")) == 2.0
    assert delay(error_from_response(429, {"retry-after": "3600"}, "")) is None
    assert delay(error_from_response(400, {}, "")) is None
    assert delay(errors.HatzTimeoutError("t")) == 0.5
    begun = errors.HatzStreamInterruptedError("broke", partial=Reply((Text("a"),)))
    assert delay(begun) is None


def test_no_retry_begins_after_the_deadline():
    assert delay(error_from_response(503, {"retry-after": "5"}, ""), deadline=Deadline(4)) is None
    assert delay(error_from_response(503, {"retry-after": "3"}, ""), deadline=Deadline(4)) == 3


def test_jitter_is_added():
    assert retry_delay(error_from_response(500, {}, ""), 1, 2, uniform=lambda low, high: high) == 1.0


@pytest.mark.parametrize(
    ("status", "should_retry", "retried"),
    [(500, "false", False), (429, " False", False), (409, "true", True), (400, "maybe", False)],
)
def test_x_should_retry_decides(status, should_retry, retried):
    assert error_from_response(status, {"x-should-retry": should_retry}, "").is_retryable is retried


@pytest.mark.parametrize(
    "value",
    ["Wed, 21 Oct 99999 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "-5", "5s",
     "1e3", "inf", "nan", "60, 60", "Wed, 21 Oct 2015 07:28:00 +99999999999999999999", "\u00b2"],
)  # fmt: skip
def test_a_retry_after_that_cannot_be_read_is_as_if_it_were_absent(value):
    assert error_from_response(429, {"retry-after": value, "retry-after-ms": value}, "").retry_after in (None, 0.0)


def test_builtin_families():
    assert issubclass(errors.HatzTimeoutError, TimeoutError)
    assert issubclass(errors.HatzConnectionError, ConnectionError)
    assert issubclass(errors.HatzInvalidInputError, ValueError)


def test_errors_survive_pickling_and_copying():
    error = error_from_response(429, {"retry-after": "2", "x-request-id": "id"}, '{"detail": "slow down"}')
    error.partial = Reply((Text("a"),))
    for same in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(same) is type(error)
        assert str(same) == str(error)
        assert (same.status_code, same.retry_after, same.request_id, same.body, same.partial) == (
            429, 2.0, "id", {"detail": "slow down"}, error.partial,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            429,
            {"error": {"message": "Rate limit on tokens per min. Visit https://x.example/account/billing."}},
            errors.HatzRateLimitError,
        ),
        (429, {"error": {"message": "Quota exceeded for requests_per_minute"}}, errors.HatzRateLimitError),
        (
            422,
            {"detail": [{"loc": ["body"], "msg": "bad", "type": "x", "input": "prompt is too long"}]},
            errors.HatzBadRequestError,
        ),
        (413, {"error": {"message": "Request size exceeds the limit"}}, errors.HatzBadRequestError),
        (400, {"error": {"message": "This model rejects the image: unknown image format"}}, errors.HatzBadRequestError),
        (400, {"error": {"message": "model: odd", "code": "unknown_parameter"}}, errors.HatzBadRequestError),
        (400, {"error": {"message": "nope", "code": "context_length_exceeded"}}, errors.HatzContextOverflowError),
    ],
)
def test_only_what_the_refusal_itself_says_decides(status, body, kind):
    assert type(error_from_response(status, {}, json.dumps(body))) is kind


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"error": {"message": "bad", "input": "the model said so. " * 20_000}}),
        "<" * 300_000,
        "the model " * 50_000,
    ],
)
@pytest.mark.timeout(20)  # it was quadratic: half a minute, and far more for more
def test_a_refusal_that_repeats_much_is_read_at_once(body):
    assert error_from_response(400, {}, body).status_code == 400


def test_a_broken_header_does_not_hide_a_good_one():
    assert error_from_response(429, {"retry-after-ms": "soon", "retry-after": "3"}, "").retry_after == 3.0


def test_an_id_that_becomes_known_later_is_shown():
    error = error_from_event({"type": "error", "error": {"message": "m"}, "request_id": "upstream"})
    assert "upstream" in str(error)
    error.request_id = "the-gateways"
    assert "the-gateways" in str(error)


WORDS = "The model is resting"
WORDY = [
    {"detail": {"message": WORDS, "code": "x"}},
    {"detail": {"error": {"message": WORDS}}},
    {"code": 1, "msg": WORDS},
    [{"error": {"code": 503, "message": WORDS}}],
    {"success": False, "errors": [{"code": 1, "message": WORDS}], "messages": [], "result": None},
    {"error": {"message": {"error": {"message": WORDS}}}},
    {"error": {"message": json.dumps({"error": {"message": WORDS}})}},
    {"error": {"message": json.dumps([{"error": {"message": WORDS}}])}},
    json.dumps({"error": {"message": WORDS}}),
    {"errors": {"model": 1}, "title": WORDS},
    {"error": {"message": WORDS, "metadata": {"raw": ""}}},
    {"error": [WORDS]},
    {"title": WORDS, "status": 503},
    {"Message": WORDS, "__type": "ThrottlingException"},
    {"error": "server_error", "error_description": WORDS},
    {"response": {"error": {"message": WORDS}}},
]


@pytest.mark.parametrize(
    "field",
    [
        "message", "msg", "error_message", "errorMessage", "error_msg", "errorMsg", "error_description", "detail", "error",
        "errors", "exception", "err", "fault", "faultstring", "response", "status_details", "details", "title", "description",
        "reason", "content", "text", "data", "body", "status_message", "status_msg", "base_resp",
    ],
)  # fmt: skip
def test_the_words_may_stand_in_any_of_these_fields(field):
    assert str(error_from_response(503, {}, json.dumps({field: WORDS}))) == f"503: {WORDS}"
    assert str(error_from_response(503, {}, json.dumps({field: {"odd": 1, "Message": WORDS}}))) == f"503: {WORDS}"


@pytest.mark.parametrize(
    "field", ["code", "type", "__type", "status", "status_code", "statusCode", "error_code", "errorCode", "error_type", "errorType"]
)  # fmt: skip
@pytest.mark.parametrize(
    "holder", ["error", "err", "fault", "response", "status_details", "detail", "errors", "message"]
)
def test_the_name_of_an_error_may_stand_in_any_of_these_fields(holder, field):
    named = {field: "context_length_exceeded", "message": "m"}
    for body in (named, {holder: named}, {holder: [named]}, {holder: json.dumps(named)}):
        error = error_from_response(400, {}, json.dumps(body))
        assert type(error) is errors.HatzContextOverflowError
        assert str(error).startswith("400: m (")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"<html><title>{WORDS}</title><body>nginx</body></html>", WORDS),
        ("<h1>The model</h1>\n<p>is resting</p>", WORDS),
        ("The model <is> resting", "The model <is> resting"),
        ('{"errors": {"n": 1, "model": "is resting"}}', "model: is resting"),
        ('{"error": {"metadata": {"raw": "m"}}}', '{"error": {"metadata": {"raw": "m"}}}'),
    ],
)
def test_only_the_words_are_shown(body, words):
    assert str(error_from_response(503, {}, body)) == f"503: {words}"


def test_an_error_that_is_only_a_name_has_its_status():
    assert error_from_event({"error": "overloaded_error", "message": "m"}).status_code == 529


def test_an_error_deep_in_itself_is_an_error():
    body = {}
    for _ in range(900):
        body = {"error": body}
    assert type(error_in(body)) is errors.HatzServerError


@pytest.mark.parametrize("body", WORDY, ids=json.dumps)
def test_the_words_are_found_anywhere_in_the_object(body):
    assert str(error_from_response(503, {}, json.dumps(body))) == f"503: {WORDS}"


def test_words_that_cannot_be_told_apart_are_shown_with_their_object():
    assert str(error_from_response(500, {}, '{"why": "surprise"}')) == '500: {"why": "surprise"}'
    assert str(error_from_response(500, {}, '{"error": {"message": "", "code": null}}')) == "500: it gave no reason"


@pytest.mark.parametrize("status", [400, 403, None])
def test_a_used_up_balance_is_one_under_any_status(status):
    body = {"error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}}
    error = error_from_event(body) if status is None else error_from_response(status, {}, json.dumps(body))
    assert type(error) is errors.HatzCreditsError


BALANCE = [
    "Your account has no remaining credits.", "Credit limit reached", "insufficient_quota", "Insufficient Balance",
    "Key limit exceeded (monthly limit).", "Billing hard limit has been reached", "billing_hard_limit_reached",
    "Budget has been exceeded! Current cost: 10.0, Max budget: 10", "Your team has reached its credit limit.",
    "You have reached your specified API usage limits.", "This request would exceed your organization's monthly spend limit",
    "You've hit your monthly spending limit", "You don't have enough credits", "Access denied, the account is in arrears",
    "You exceeded your current quota, please check your plan and billing details.", "Your balance has been depleted",
]  # fmt: skip


@pytest.mark.parametrize("status", [400, 402, 403, 429])
@pytest.mark.parametrize("words", BALANCE)
def test_words_for_a_used_up_balance(status, words):
    assert type(error_from_response(status, {}, json.dumps({"detail": words}))) is errors.HatzCreditsError


def test_a_quota_may_be_a_balance_or_a_rate():
    for status, words, kind in (
        (403, "Quota exceeded", errors.HatzCreditsError),
        (400, "Your quota has been exhausted.", errors.HatzCreditsError),
        (429, "Quota exceeded", errors.HatzRateLimitError),
        (403, "Quota exceeded for quota metric 'requests per minute'", errors.HatzPermissionError),
        (400, "The quota parameter is invalid", errors.HatzBadRequestError),
        (403, "Rate limit: quota exceeded", errors.HatzPermissionError),
    ):
        assert type(error_from_response(status, {}, json.dumps({"message": words}))) is kind, words


@pytest.mark.parametrize("title", ["Just a moment...", "Attention Required! | Cloudflare"])
def test_cloudflares_pages_are_named_and_blame_no_key(title):
    error = error_from_response(
        403, {}, f"<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>"
    )
    assert type(error) is errors.HatzPermissionError
    assert "Cloudflare, in front of the gateway" in str(error)
    assert "administrator" not in str(error)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (401, "Too many input tokens", errors.HatzAuthenticationError),
        (429, "Input tokens exceed the limit of this minute", errors.HatzRateLimitError),
        (503, "Context length exceeded", errors.HatzServerError),
        (403, "Blocked: try again in 5 minutes", errors.HatzPermissionError),
        (500, "Please retry in 30 s", errors.HatzServerError),
        (500, "The billing service reports an insufficient balance", errors.HatzServerError),
        (404, "There are no credits at this address", errors.HatzNotFoundError),
        (403, "The model gpt-9 is not enabled for your role", errors.HatzPermissionError),
        (503, "The model was not found on this host", errors.HatzServerError),
    ],
)
def test_the_same_words_under_a_status_that_means_something_else(status, words, kind):
    assert type(error_from_response(status, {}, json.dumps({"detail": words}))) is kind


def test_cloudflares_challenge_is_known_by_its_header():
    assert "Cloudflare, in front of the gateway" in str(error_from_response(403, {"cf-mitigated": "challenge"}, ""))


def test_the_id_of_a_service_behind_the_gateway_is_shown():
    assert error_from_response(500, {"request-id": "id-8"}, "").request_id == "id-8"
    assert error_from_response(500, {"request-id": "id-8", "x-request-id": "id-7"}, "").request_id == "id-7"


def test_a_request_about_credit_is_no_used_up_balance():
    assert type(error_from_response(400, {}, '{"detail": "credit_score: not a number"}')) is errors.HatzBadRequestError
    assert (
        type(error_from_response(403, {}, '{"detail": "No access to credit reports."}')) is errors.HatzPermissionError
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"type": "overloaded_error", "message": "m"}, errors.HatzServerError),
        ({"type": "response.error", "message": "m"}, errors.HatzServerError),
        ({"type": "new", "error": "m"}, errors.HatzServerError),
        ({"type": "new", "response": {"error": {"code": "rate_limit_exceeded"}}}, errors.HatzRateLimitError),
        ({"detail": "m"}, errors.HatzServerError),
        ({"code": 401, "msg": "m"}, errors.HatzAuthenticationError),
        ({"code": "invalid_api_key", "msg": "m"}, errors.HatzAuthenticationError),
        ({"status": "rate_limit_exceeded", "msg": "m"}, errors.HatzRateLimitError),
        ({"status": "429", "message": "m"}, errors.HatzRateLimitError),
        ({"status": "error", "message": "m"}, errors.HatzServerError),
        ({"success": False}, errors.HatzServerError),
        ([{"error": {"code": 503, "message": "m"}}], errors.HatzServerError),
        ({"message": "Too many requests", "status": "error"}, errors.HatzRateLimitError),
        ({"status": "failed", "message": "m"}, errors.HatzServerError),
        ({"statusCode": 429, "message": "m"}, errors.HatzRateLimitError),
        ({"error_code": 429, "error_msg": "m"}, errors.HatzRateLimitError),
        ({"error": 429, "message": "m"}, errors.HatzRateLimitError),
        ({"errorType": "x", "errorMessage": "m"}, errors.HatzServerError),
        ({"__type": "ThrottlingException", "Message": "m"}, errors.HatzRateLimitError),
        ({"throttlingException": {"message": BEDROCK}}, errors.HatzRateLimitError),
        ({"modelStreamErrorException": {"message": "m"}}, errors.HatzServerError),
        ({"__type": "ThrottlingException", "message": BEDROCK}, errors.HatzRateLimitError),
        ({"error": BEDROCK}, errors.HatzRateLimitError),
        ({"error": "Too many tokens: 9000 of 8192."}, errors.HatzContextOverflowError),
        ({"object": "error", "type": "TooManyRequests", "message": "m", "code": None}, errors.HatzRateLimitError),
        ({"exception": "m"}, errors.HatzServerError),
        ({"error_message": "m"}, errors.HatzServerError),
        ({"error_msg": "m"}, errors.HatzServerError),
        ({"errorMsg": "m"}, errors.HatzServerError),
        ({"error_description": "m"}, errors.HatzServerError),
        ({"status": "failure", "message": "m"}, errors.HatzServerError),
        ({"status": "fail", "message": "m"}, errors.HatzServerError),
        ({"err": {"message": "m"}}, errors.HatzServerError),
        ({"fault": {"faultstring": "m"}}, errors.HatzServerError),
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit exceeded"}}, errors.HatzRateLimitError),
        (
            {"type": "", "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
            errors.HatzCreditsError,
        ),
    ],
)
def test_an_error_is_recognized_in_an_object_of_unknown_type(content, kind):
    assert type(error_in(content)) is kind


@pytest.mark.parametrize(
    "content",
    [
        {}, {"type": "ping"}, {"type": "new", "detail": "m"}, {"type": "new", "status": "completed"}, {"error": None}, {"error": {}},
        {"error": {"message": "", "code": None}}, {"type": "new", "code": "404"}, {"status": 200}, [], [{}], "error", None,
        {"response": {"error": None}}, {"success": True}, {"base_resp": {"status_code": 0, "status_msg": "success"}},
        {"errors": []}, {"errors": [None, ""]}, {"error": False}, {"handled_exception": False}, {"code": True}, {"code": "ok"}, {"code": "4" * 5000},
    ],
)  # fmt: skip
def test_what_is_no_error_is_none(content):
    assert error_in(content) is None
