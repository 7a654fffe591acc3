"""The client of the commands, and the endpoint they use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, get_args

from hatz_client import Endpoint, HatzAuthenticationError, HatzInvalidInputError, Prompt, Text, Turn

if TYPE_CHECKING:
    from hatz_client import Client


def connect(*, endpoint: Endpoint = "auto", timeout: float | None = None, max_retries: int = 2) -> Client:
    """A client with the key and the URL from the environment; `timeout` limits a whole call too."""
    from hatz_cli.output import log_lines  # noqa: PLC0415 - the client imports httpx, which `--help` does not need
    from hatz_client import Client  # noqa: PLC0415

    log_lines.set_up()
    return Client(endpoint=endpoint, timeout=timeout, deadline=timeout, max_retries=max_retries)


def endpoint_of(prompt: Prompt | str) -> str:
    """The endpoint that "auto" chooses for a prompt or a model: "responses", "messages" or "chat"."""
    from hatz_client.wire.endpoints import endpoint_name  # noqa: PLC0415

    return endpoint_name(Prompt(prompt, (Turn("user", (Text("?"),)),)) if isinstance(prompt, str) else prompt)


def check_proxy() -> None:
    """Check the proxy in HATZ_PROXY.

    Raises:
        HatzInvalidInputError: if it is not a proxy's URL, or the key would be sent to it unencrypted.
    """
    _ = connect().settings.route


def endpoint_for(client: Client, prompt: Prompt) -> str:
    """The endpoint that this client uses for a prompt."""
    chosen = client.endpoint
    return endpoint_of(prompt) if chosen == "auto" else chosen


def check_key() -> None:
    """Check that a key is set.

    Raises:
        HatzAuthenticationError: if HATZ_API_KEY is not set.
    """
    if not os.environ.get("HATZ_API_KEY", "").strip():
        raise HatzAuthenticationError("There is no Hatz API key: the environment variable HATZ_API_KEY is not set.")


def prepare(client: Client, prompt: Prompt, endpoint: str) -> Prompt:
    """The prompt for this endpoint: native chat accepts files only as uploads."""
    from hatz_client.wire.endpoints import endpoint_spec  # noqa: PLC0415

    return client.with_uploads(prompt) if endpoint_spec(endpoint).uploads else prompt


def check_endpoint(name: str) -> Endpoint:
    """The endpoint with this name.

    Raises:
        HatzInvalidInputError: if there is none.
    """
    for known in get_args(Endpoint):
        if name == known:
            return known  # type: ignore[no-any-return] # one of the literal's values
    raise HatzInvalidInputError(f"--endpoint {name!r} is unknown: use {', '.join(get_args(Endpoint))}.")
