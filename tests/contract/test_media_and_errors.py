"""Media and errors: the same bytes on the wire, the same error of the same class."""

import base64
import json

import pytest

from hatz_client import errors
from hatz_sandbox import Sandbox

from .faces import HOWS

PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360f8cfc0000000030001015b2c0000000049454e44ae426082"
    )
).decode()


async def test_an_image_is_sent_as_the_endpoint_has_images(face, make, endpoint, sent):
    await face.ask(make(), face.image("What is this?", PNG, "image/png"))
    body = json.dumps(sent())
    assert PNG in body
    assert '"image/png"' in body if endpoint == "messages" else f"data:image/png;base64,{PNG}" in body


async def test_a_conversation_keeps_its_roles_and_order(face, make, endpoint, sent):
    await face.ask(make(), face.history(("system", "S"), ("user", "U1"), ("assistant", "A1"), ("user", "U2")))
    turns = sent()["messages" if endpoint == "messages" else "input"]
    shown = json.dumps(turns)
    assert [shown.index(word) for word in ("U1", "A1", "U2")] == sorted(
        shown.index(word) for word in ("U1", "A1", "U2")
    )


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.HatzBadRequestError),
        (401, errors.HatzAuthenticationError),
        (402, errors.HatzCreditsError),
        (403, errors.HatzPermissionError),
        (429, errors.HatzRateLimitError),
        (500, errors.HatzServerError),
    ],
)
async def test_a_failure_is_the_same_error(face, make, sandbox, how, status, kind):
    sandbox.fail(status, message="words of the gateway")
    with pytest.raises(kind, match="words of the gateway") as caught:
        await face.ask(make(), how=how)
    assert caught.value.status_code == status
    assert caught.value.request_id


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
@pytest.mark.parametrize("how", HOWS)
async def test_a_429_that_speaks_of_credits_is_not_retried(face, make, sandbox, how):
    sandbox.fail(429, message="This model needs more credits than you have.")
    with pytest.raises(errors.HatzCreditsError, match="more credits"):
        await face.ask(make(max_retries=2), how=how)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("how", ["stream", "async stream"])
async def test_a_stream_that_breaks_is_an_error_with_what_had_come(face, make, sandbox, how):
    sandbox.cut_stream_after(6, reply="one two three four five six seven eight nine ten")
    with pytest.raises(errors.HatzStreamInterruptedError) as caught:
        await face.ask(make(), how=how)
    assert caught.value.partial is not None


async def test_no_error_holds_the_key(face, sandbox, endpoint):
    model = face.model("m", api_key="hatz-SECRET-key", base_url=sandbox.base_url, endpoint=endpoint, max_retries=0)
    with pytest.raises(errors.HatzAuthenticationError) as caught:
        await face.ask(model)
    assert "SECRET" not in f"{caught.value} {caught.value!r} {caught.value.body} {caught.value.headers}"


async def test_an_empty_conversation_is_an_error_before_anything_is_sent(face, make, sandbox):
    with pytest.raises((errors.HatzInvalidInputError, ValueError)):
        await face.ask(make(), [])
    assert not sandbox.requests


async def test_a_message_is_translated_once_for_both_servers(face, endpoint):
    with Sandbox(quirks=frozenset()) as other:
        model = face.model("gpt-4o", api_key=other.api_key, base_url=other.base_url, endpoint=endpoint)
        assert await face.ask(model)
