"""The API key, in each form it may be given in, and never shown.

Secrets in tracebacks
---------------------
Tools that report errors (Sentry, rich) show the values of local variables in every frame of a traceback. So in this package

- a secret is held in a `Key`, or in a field with `repr=False`, and never in a plain local variable of a frame that may raise;
- what may fail comes before a plain secret is made (the headers of a request);
- a check of values that may be secret returns its problem, and a caller without these values raises it;
- exceptions of the HTTP library lose their frames and their request's headers (`transport.translate_http_errors`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from hatz_client.errors import HatzAuthenticationError, HatzInvalidInputError


class Secret(Protocol):
    """What pydantic's `SecretStr` is."""

    def get_secret_value(self) -> str:
        """The secret."""
        ...


ApiKey: TypeAlias = str | Secret | Callable[[], str | Secret] | Callable[[], Awaitable[str | Secret]]
"""The key, or a callable that gives it before each request (an async one in async calls only)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that no repr shows (see "Secrets in tracebacks")."""

    value: Any = field(repr=False)


def as_key(secret: Any) -> Any:
    """The secret as a `Key`; an awaitable is returned as it is."""
    if isinstance(secret, Key) or hasattr(secret, "__await__"):
        return secret
    return Key(secret.get_secret_value() if hasattr(secret, "get_secret_value") else secret)


def clean_key(key: Any) -> Key:
    """The key, without spaces around it.

    Raises:
        HatzAuthenticationError: when there is none, or it cannot stand in a header; never showing it.
        HatzInvalidInputError: when it has to be awaited, and this call cannot.
    """
    key = as_key(key)
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
