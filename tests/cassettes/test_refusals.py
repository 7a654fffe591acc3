"""Recorded refusals: the same error, with what the server said, whichever way it was asked."""

import pytest

import hatz_client
from tests.cassettes.cases import REFUSED, played
from tests.harness import ways

ERRORS = {
    "error-400": hatz_client.HatzBadRequestError,
    "error-401": hatz_client.HatzAuthenticationError,
    "error-402": hatz_client.HatzCreditsError,
    "error-403": hatz_client.HatzPermissionError,
    "error-404": hatz_client.HatzNotFoundError,
    "error-413": hatz_client.HatzBadRequestError,
    "error-422": hatz_client.HatzBadRequestError,
    "error-429": hatz_client.HatzRateLimitError,
    "error-500": hatz_client.HatzServerError,
    "error-503": hatz_client.HatzServerError,
    "error-529": hatz_client.HatzServerError,
    "error-overflow": hatz_client.HatzContextOverflowError,
    "error-full": hatz_client.HatzContextOverflowError,
    "error-unknown": hatz_client.HatzNotFoundError,
}


@pytest.mark.parametrize("user", ways.USERS)
@pytest.mark.parametrize(("server", "wire", "case", "mode"), played(*REFUSED))
async def test_refusal(deck, server, wire, case, mode, user):
    name = f"{wire}/{case.name}-{mode}"
    with deck.playing(server, name) as connection, pytest.raises(hatz_client.HatzError) as caught:
        await ways.ask(user, mode, case.prompt(wire, server), max_retries=0, **connection)
    exchange, *further = deck.exchanges(server, name)
    # A model that is not there has the client look up which are.
    assert {one["request"]["path"] for one in further} <= {"/v1/chat/models"}
    response, error = exchange["response"], caught.value
    assert isinstance(error, ERRORS[case.name])
    assert error.status_code == response["status"]
    assert response["json"]["error"]["message"] in str(error)
    assert error.body == response["json"]
    assert error.request_id == response["headers"]["x-request-id"]
    assert error.retry_after == (float(after) if (after := response["headers"].get("retry-after")) else None)
    assert error.partial is None
