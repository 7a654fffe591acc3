"""The one exception: a request the gateway refuses."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 - it is an outcome of the gateway, not a fault of the sandbox
    """A refusal: the status and the words, written in each wire's own form by `write.errors`."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str | None = None,
        param: str | None = None,
        code: str | None = None,
        detail: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code
        self.detail = detail
