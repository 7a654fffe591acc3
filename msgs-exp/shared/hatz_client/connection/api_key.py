"""The key, in each form it may be given in, and never shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from hatz_client.errors import HatzAuthenticationError, HatzInvalidInputError
from hatz_client.util.values import quick


class Secret(Protocol):
    """What pydantic's `SecretStr` is."""

    def get_secret_value(self) -> str:
        """The secret."""
        ...


ApiKey: TypeAlias = str | Secret | Callable[[], str | Secret] | Callable[[], Awaitable[str | Secret]]
"""The key, or what is asked for it before each request (an async callable in async calls only)."""


@quick
@dataclass(frozen=True, slots=True)
class Key:
    """A secret that no repr shows: tracebacks with the values of local variables (Sentry's, rich's) are made of those."""

    value: Any = field(repr=False)


def held(secret: Any) -> Any:
    """What was given as a secret, in the form that is not shown; what has to be awaited first stays as it is."""
    if isinstance(secret, Key) or hasattr(secret, "__await__"):
        return secret
    return Key(secret.get_secret_value() if hasattr(secret, "get_secret_value") else secret)


def clean_key(key: Any) -> Key:
    """The key, without spaces around it.

    Raises:
        HatzAuthenticationError: when there is none, or it cannot stand in a header; never showing it.
        HatzInvalidInputError: when it has to be awaited, and this call cannot.
    """
    key = held(key)
    if hasattr(key, "__await__"):
        if hasattr(key, "close"):
            key.close()
        raise HatzInvalidInputError("An async callable as api_key works in async calls only.")
    clean = Key(key.value.strip() if isinstance(key.value, str) else key.value)
    if not clean.value:
        raise HatzAuthenticationError(
            "There is no Hatz API key: set the environment variable HATZ_API_KEY, or pass api_key=…."
        )
    if not isinstance(clean.value, str) or not clean.value.isascii() or not clean.value.isprintable():
        raise HatzAuthenticationError(
            "The Hatz API key is not plain ASCII text in one line: was it pasted whole, and alone?"
        )
    return clean
