"""A limit and credits: what is refused, with which words, and what is counted."""

import time

import httpx
import pytest

from hatz_sandbox import Sandbox
from hatz_sandbox.budget import Budget
from hatz_sandbox.neutral import GatewayError

BODIES = {
    "/openai/responses": {"model": "gpt-5.2", "input": "hi"},
    "/anthropic/messages": {
        "model": "anthropic.claude-haiku-4-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    },
    "/chat/completions": {"model": "gpt-5.2", "messages": [{"role": "user", "content": "hi"}]},
}


def ask(sandbox, path="/openai/responses", **body):
    return httpx.post(sandbox.base_url + path, json={**BODIES[path], **body}, headers={"X-API-Key": sandbox.api_key})


@pytest.mark.parametrize("path", BODIES)
def test_a_request_over_the_limit_is_a_429_that_says_when_there_is_room(path):
    with Sandbox(limit="2/hour") as sandbox:
        assert [ask(sandbox, path).status_code for _ in range(4)] == [200, 200, 429, 429]
        refused = ask(sandbox, path)
        assert "Too many requests" in refused.text
        assert 1790 <= int(refused.headers["Retry-After"]) <= 1800
        assert (sandbox.budget.answers, sandbox.budget.refusals, sandbox.budget.repeats) == (2, 3, 1)


def test_every_request_with_the_key_counts_for_the_limit():
    with Sandbox(limit="2/hour") as sandbox:
        for _ in range(5):
            assert httpx.get(f"{sandbox.base_url}/chat/models").status_code == 401
        headers = {"X-API-Key": sandbox.api_key}
        statuses = [httpx.get(f"{sandbox.base_url}/chat/models", headers=headers).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]


@pytest.mark.parametrize("path", BODIES)
def test_after_the_last_credit_a_429_says_so(path):
    with Sandbox(credits=1) as sandbox:
        assert ask(sandbox, path).status_code == 200
        refused = ask(sandbox, path)
        assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)
        assert "credit" in refused.text
        headers = {"X-API-Key": sandbox.api_key}
        assert httpx.get(f"{sandbox.base_url}/chat/models", headers=headers).status_code == 200


def test_a_bucket_is_refilled_evenly():
    budget, began = Budget("100/second"), time.monotonic()
    granted = 0
    while time.monotonic() < began + 0.3:
        try:
            budget.spend(b"", generates=False)
            granted += 1
        except GatewayError:
            time.sleep(0.001)
    assert granted <= 100 + 100 * (time.monotonic() - began) + 1
    assert granted >= 115


def test_reset_grants_everything_again():
    with Sandbox(credits=1) as sandbox:
        ask(sandbox)
        ask(sandbox)
        sandbox.reset()
        assert ask(sandbox).status_code == 200
        assert (sandbox.budget.answers, sandbox.budget.refusals) == (1, 0)


def test_repeats_count_the_same_body_and_no_other():
    with Sandbox() as sandbox:
        for text in ("a", "b", "a", "a"):
            ask(sandbox, input=text)
        assert (sandbox.budget.answers, sandbox.budget.repeats) == (4, 2)


@pytest.mark.parametrize("wrong", [{"limit": "fast"}, {"limit": "0/second"}, {"limit": "5/week"}, {"credits": -1}])
def test_what_is_no_limit_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sandbox(**wrong)
