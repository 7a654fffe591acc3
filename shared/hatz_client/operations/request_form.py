"""The form in which a request is sent: the usual one, or, once the gateway has refused that, another that it may take."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hatz_client.connection.settings import Settings
from hatz_client.content import Prompt
from hatz_client.errors import HatzBadRequestError, HatzContextOverflowError, HatzError
from hatz_client.operations.operation import Operation
from hatz_client.util.json_text import to_json
from hatz_client.wire.common.requests.alternatives import Alternative

_logger = logging.getLogger("hatz_client")
_taken: set[tuple[str, str]] = set()
"""The alternatives that a gateway took in place of what it refused: its address, and the alternative's name."""


def usual_form(
    settings: Settings, alternatives: Sequence[Alternative], body: dict[str, Any], prompt: Prompt
) -> dict[str, Any]:
    """The body in the forms that this gateway is known to take."""
    for alternative in alternatives if _taken else ():
        if alternative.change and (settings.url, alternative.name) in _taken and alternative.is_sent(body, prompt):
            body = alternative.change(body)
    return body


class RequestForm:
    """The form of one call's requests. A refusal may change it, each alternative once."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._tried: list[Alternative] = []
        self._refusal: HatzError | None = None

    def change(self, error: HatzError) -> bool:
        """Whether the request is to be sent once more, in another form."""
        found = self._fitting(error)
        if found is None or found.change is None:
            return False
        self._refusal = self._refusal or error
        self._tried.append(found)
        self.operation = replace(self.operation, content=to_json(found.change(self._body())))
        return True

    def taken(self) -> None:
        """Remember that the gateway took the form, for this address and process."""
        for alternative in self._tried:
            known = (self.operation.settings.url, alternative.name)
            if known not in _taken:
                _taken.add(known)
                _logger.info(alternative.note)

    def reason(self, error: HatzError) -> HatzError:
        """The error to raise: the first refusal where no other form was taken, with the way out where a user's setting was refused."""
        if self._refusal is not None and isinstance(error, HatzBadRequestError):
            return self._refusal
        found = self._fitting(error)
        if found and not found.change and found.note not in error.message:
            error.message = f"{error.message} {found.note}"
        return error

    def _fitting(self, error: HatzError) -> Alternative | None:
        """The first row that this refusal speaks of."""
        prompt = self.operation.prompt
        if prompt is None or not isinstance(error, HatzBadRequestError) or isinstance(error, HatzContextOverflowError):
            return None
        named = [one for one in self.operation.alternatives if one.refusal.search(error.message)]
        return next((one for one in named if one not in self._tried and one.is_sent(self._body(), prompt)), None)

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.operation.content or b"{}")
        return body
