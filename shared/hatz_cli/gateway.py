"""All that the commands need of `hatz_client`, in one place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, get_args

from hatz_client import Agent, Endpoint, HatzAuthenticationError, HatzInvalidInputError, Model, Prompt, Text, Turn

if TYPE_CHECKING:
    from hatz_client import Client


def connect(*, endpoint: Endpoint = "auto", timeout: float | None = None, max_retries: int = 2) -> Client:
    """A client with the key and the address of the environment."""
    from hatz_cli import log_lines  # noqa: PLC0415 - httpx comes with the client, and `--help` needs none
    from hatz_client import Client  # noqa: PLC0415

    log_lines.set_up()
    return Client(endpoint=endpoint, timeout=timeout, max_retries=max_retries)


def base_url(client: Client) -> str:
    """The gateway's address, such as "https://ai.hatz.ai/v1".

    Raises:
        HatzInvalidInputError: HATZ_BASE_URL is not a usable URL.
    """
    return client.settings.url


def list_models(client: Client) -> tuple[Model, ...]:
    """The models this key may use."""
    return client.list_models()


def list_agents(client: Client) -> tuple[Agent, ...]:
    """The agents this key may use."""
    return client.list_agents()


def endpoint_of(prompt: Prompt | str) -> str:
    """The endpoint that `endpoint="auto"` uses for a prompt or a model: "responses", "messages" or "chat"."""
    from hatz_client.wire.endpoints import endpoint_name  # noqa: PLC0415

    return endpoint_name(Prompt(prompt, (Turn("user", (Text("?"),)),)) if isinstance(prompt, str) else prompt)


def check_proxy() -> None:
    """Check the proxy that HATZ_PROXY names.

    Raises:
        HatzInvalidInputError: it is not a URL of a proxy, or the key would go to it unencrypted.
    """
    _ = connect().settings.route


def spoken_by(client: Client, prompt: Prompt) -> str:
    """The endpoint this client uses for a prompt."""
    chosen = client.endpoint
    return endpoint_of(prompt) if chosen == "auto" else chosen


def check_key() -> None:
    """Fail early when there is no key.

    Raises:
        HatzAuthenticationError: HATZ_API_KEY is not set.
    """
    if not os.environ.get("HATZ_API_KEY", "").strip():
        raise HatzAuthenticationError("There is no Hatz API key: the environment variable HATZ_API_KEY is not set.")


def prepare(client: Client, prompt: Prompt, endpoint: str) -> Prompt:
    """The prompt as this endpoint takes it: native chat sees a file only after it was uploaded."""
    from hatz_client.wire.endpoints import endpoint_spec  # noqa: PLC0415

    return client.with_uploads(prompt) if endpoint_spec(endpoint).uploads else prompt


def check_endpoint(name: str) -> Endpoint:
    """The endpoint a user has named.

    Raises:
        HatzInvalidInputError: there is none of this name.
    """
    for known in get_args(Endpoint):
        if name == known:
            return known  # type: ignore[no-any-return] # one of the literal's values
    raise HatzInvalidInputError(f"--endpoint {name!r} is unknown: use {', '.join(get_args(Endpoint))}.")
