"""What each endpoint refuses, in the words of the service it mirrors."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.rules import chat, messages, responses


def check(endpoint: str, body: dict[str, Any], quirks: frozenset[str]) -> None:
    """Nothing, or `GatewayError`, for the body of a request for an answer."""
    if endpoint == "responses":
        responses.check(body, quirks)
    elif endpoint == "messages":
        messages.check(body)
    else:
        chat.check(body)
