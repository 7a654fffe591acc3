"""The API key in each accepted form; it is never shown.

Secrets in tracebacks
---------------------
Tools that report errors (Sentry, rich) show the values of local variables in every frame of a traceback. So in this package

- a secret is kept in a `Key`, or in a field with `repr=False`, never in a plain local variable of a frame that can raise;
- code that can fail runs before a plain secret exists (such as the headers of a request);
- a check of possibly secret values returns the problem, and a caller without these values raises the error;
- exceptions of the HTTP library are stripped of their frames and request headers (`http.errors`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from hatz_client.errors import HatzAuthenticationError, HatzInvalidInputError


class Secret(Protocol):
    """The interface of pydantic's `SecretStr`."""

    def get_secret_value(self) -> str:
        """The secret."""
        ...


ApiKey: TypeAlias = str | Secret | Callable[[], str | Secret] | Callable[[], Awaitable[str | Secret]]
"""The key, or a callable that returns it before each request (async callables in async calls only)."""


_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that no repr shows (see "Secrets in tracebacks")."""

    value: Any = field(repr=False)


def as_key(secret: Any) -> Any:
    """The secret as a `Key`; an awaitable is returned unchanged."""
    if isinstance(secret, Key) or hasattr(secret, "__await__"):
        return secret
    return Key(secret.get_secret_value() if hasattr(secret, "get_secret_value") else secret)


def clean_key(key: Any) -> Key:
    """The key without surrounding spaces.

    Raises:
        HatzAuthenticationError: if it is missing, in quotation marks, or not a valid header value; the message does not show it.
        HatzInvalidInputError: if it must be awaited, which a sync call cannot do.
    """
    key = as_key(key)
    if not isinstance(key, Key):  # an awaitable
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
            "The Hatz API key is not plain ASCII text in one line: was it copied completely, without other text?"
        )
    if clean.value[0] in _QUOTES and clean.value[-1] in _QUOTES:
        raise HatzAuthenticationError(
            "The Hatz API key is in quotation marks, which some readers of .env files keep (docker run --env-file does): remove them."
        )
    return clean
