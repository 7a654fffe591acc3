"""Words of services behind gateways: what an error means, and where the words stand."""

import json

import pytest

from hatz_client import errors
from hatz_client.operations.error_responses import error_from_response
from hatz_client.wire import chat, messages, responses


def error_of(status, body):
    return error_from_response(status, {}, body if isinstance(body, str) else json.dumps(body))


OVERFLOWS = [
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Invalid request: Your request exceeded model token limit: 8192",
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
    "invalid params, context window exceeds limit (2013)",
    "prompt token count of 140000 exceeds the limit of 128000",
    "the model is loaded with context length of only 4096 tokens, which is not enough",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 8000 `inputs` tokens",
    "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
    "Input length (265330) exceeds model's maximum context length (262144).",
    "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    "prompt too long; exceeded max context length by 10 tokens",
    "Input exceeds the max input token limit",
    "total tokens exceeds the model's max of 4096",
    "ollama: context length exceeded for llama3",
    "This prompt has 5,000 tokens, but the configured context size is 4,096 tokens",
    "Please reduce the length of the messages or completion.",
    "tokens in request more than max tokens allowed",
    "Context size has been exceeded.",
    "Prompt 超长",
    "The decoder prompt (length 9000) is longer than the maximum model length of 8192. Make sure that `max_model_len` is no smaller.",
    "The number of tokens to keep from the initial prompt is greater than the context length.",
    "Prompt exceeds max length",
    "Too many input tokens. Max input tokens: 8192, request input token count: 9000",
    "Total tokens of image and text exceed max message tokens.",
    "Invalid request: total message size 2171423 exceeds limit 2097152",
    "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
]


@pytest.mark.parametrize("status", [400, 413, 422, 500])
@pytest.mark.parametrize("words", OVERFLOWS)
def test_a_prompt_that_is_too_long(status, words):
    assert type(error_of(status, {"error": {"message": words}})) is errors.HatzContextOverflowError


@pytest.mark.parametrize(
    "words",
    [
        "temperature exceeds the limit of 2",
        "The value of input 'top_p' exceeds 1",
        "max_tokens exceeds the model's maximum output",
        "The context parameter is invalid",
        "Your input image exceeds 5 MB",
        "Number of tools exceeds the maximum of 128",
        "prompt_cache_key is too long",
    ],
)
def test_other_things_that_are_too_large(words):
    assert type(error_of(400, {"error": {"message": words}})) is errors.HatzBadRequestError


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "ExceededBudget: User=x over budget. Spend=1.2, Budget=1.0", "type": "budget_exceeded"}},
        {"error": {"message": "Your account is suspended", "type": "exceeded_current_quota_error"}},
        {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}},
    ],
)
@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_balance_that_is_used_up(status, body):
    assert type(error_of(status, body)) is errors.HatzCreditsError


def test_a_quota_that_says_when_it_is_there_again_is_a_rate_limit():
    words = "You exceeded your current quota, please check your plan and billing details. Please retry in 34.07s."
    error = error_of(429, {"error": {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED"}})
    assert type(error) is errors.HatzRateLimitError
    assert error.is_retryable


@pytest.mark.parametrize("when", ["in 3 days", "in 12 hours", "after 1 December"])
def test_credits_that_come_back_much_later_are_used_up(when):
    error = error_of(429, {"detail": f"Your credits are used up. Please try again {when}."})
    assert type(error) is errors.HatzCreditsError


def test_amazon_throttles_with_a_400():
    error = error_of(400, {"__type": "com.amazon.coral.service#ThrottlingException", "message": "Rate exceeded"})
    assert type(error) is errors.HatzRateLimitError


RAW = {
    "type": "error",
    "error": {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8 maximum"},
}


@pytest.mark.parametrize("raw", [json.dumps(RAW), RAW])
@pytest.mark.parametrize("status", [400, 502])
def test_a_relay_that_hides_the_words_in_its_metadata(status, raw):
    """OpenRouter: "Provider returned error", and the service's own body beside it."""
    body = {"error": {"message": "Provider returned error", "code": status, "metadata": {"raw": raw}}}
    error = error_of(status, body)
    assert "Provider returned error: prompt is too long: 9 tokens > 8 maximum" in str(error)
    assert type(error) is errors.HatzContextOverflowError


def test_the_problem_of_each_field_is_said():
    body = {
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": {"model": ["The model field is required."], "n": "Must be 1."},
    }
    assert str(error_of(400, body)) == "400: model: The model field is required.; n: Must be 1."


def test_an_error_response_in_the_form_of_an_event():
    body = f"event: error\ndata: {json.dumps(RAW)}\n\n"
    error = error_of(400, body)
    assert str(error).startswith("400: prompt is too long: 9 tokens > 8 maximum")
    assert error.body == RAW


@pytest.mark.parametrize("wire", [messages, responses, chat])
@pytest.mark.parametrize(
    "body",
    [
        {"message": "no capacity"},
        {"code": 0, "msg": "no capacity", "data": None},
        {"statusCode": 200, "body": '{"message": "no capacity"}'},
    ],
    ids=json.dumps,
)
def test_the_words_of_a_200_that_is_no_answer(wire, body):
    with pytest.raises(errors.HatzResponseError, match="no capacity"):
        wire.decode(body)


MINIMAX = {"base_resp": {"status_code": 1002, "status_msg": "rate limit exceeded"}}


@pytest.mark.parametrize("wire", [messages, responses, chat])
@pytest.mark.parametrize("body", [MINIMAX, {"id": "x", "choices": None, **MINIMAX}, {"choices": [], **MINIMAX}])
def test_an_error_of_minimax_in_a_200(wire, body):
    for read in (wire.decode, lambda body: list(wire.Decoder().feed(body))):
        with pytest.raises(errors.HatzRateLimitError, match="rate limit exceeded"):
            read(body)


def test_an_error_of_minimax_after_text():
    decoder = chat.Decoder()
    list(decoder.feed({"choices": [{"delta": {"content": "Hi"}}], "base_resp": {"status_code": 0}}))
    with pytest.raises(errors.HatzRateLimitError):
        list(decoder.feed({"choices": None, **MINIMAX}))


def test_the_words_of_a_lambda_function():
    assert str(error_of(502, {"statusCode": 502, "body": '{"message": "Bad gateway"}'})) == "502: Bad gateway"


REFUSAL = '{"error": {"message": "Slow down", "type": "overloaded_error"}}'


@pytest.mark.parametrize(
    "body",
    [
        REFUSAL.encode("utf-8-sig"),
        REFUSAL.encode("utf-16"),
        f"event: error\ndata: {REFUSAL}\n\n".encode(),
        f": ping\n\ndata: {REFUSAL}\n\ndata: [DONE]\n\n".encode(),
        f"data:\n\ndata: [DONE]\n\ndata: {REFUSAL}\n\n".encode(),
    ],
)
def test_an_error_is_read_in_every_encoding_and_from_an_event_stream(body):
    error = error_from_response(529, {}, body)
    assert str(error).startswith("529: Slow down")
    assert error.body == json.loads(REFUSAL)
