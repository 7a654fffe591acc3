"""The one exception: a request that gets an error."""

from __future__ import annotations

from typing import Any


class GatewayError(Exception):
    """A refusal or a failure: the status and the words, written in each wire's own form by `write.errors`."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str | None = None,
        param: str | None = None,
        code: str | None = None,
        detail: list[dict[str, Any]] | None = None,
        retry: bool | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code
        self.detail = detail
        self.retry = retry
        """What the header `x-should-retry` says; `None` leaves it out."""
        self.retry_after = retry_after
        """Seconds, as the header `Retry-After` says; `None` leaves it out."""
