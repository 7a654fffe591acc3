"""The form of a request: the usual one or, after the gateway rejected it, an alternative."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hatz_client.connection.settings import Settings
from hatz_client.content import Prompt
from hatz_client.errors import HatzBadRequestError, HatzContextOverflowError, HatzError
from hatz_client.operations.explain_bad_request import explain_bad_request
from hatz_client.operations.operation import Operation
from hatz_client.util.json_text import to_json
from hatz_client.wire.common.requests.alternatives import Alternative

_logger = logging.getLogger("hatz_client")
_accepted_forms: set[tuple[str, str, str]] = set()
"""The alternatives that were accepted after the usual form was rejected: the gateway's URL, the model, and the alternative's name."""


def apply_known_forms(
    settings: Settings, alternatives: Sequence[Alternative], body: dict[str, Any], prompt: Prompt
) -> dict[str, Any]:
    """The body in the forms that this gateway is known to accept for this model."""
    for alternative in alternatives if _accepted_forms else ():
        if (settings.url, prompt.model, alternative.name) in _accepted_forms and alternative.is_sent(body, prompt):
            body = alternative.change(body)
    return body


class RequestForm:
    """The form of one call's requests. A rejection may change it, each alternative once."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._tried: list[Alternative] = []
        self._refusal: HatzError | None = None

    def change(self, error: HatzError) -> bool:
        """Change the form after a rejection; returns whether to send the request again."""
        found = self._matching(error)
        if found is None:
            return False
        self._refusal = self._refusal or error
        self._tried.append(found)
        self.operation = replace(self.operation, content=to_json(found.change(self._body())))
        return True

    def remember_success(self) -> None:
        """Remember, in this process, that the gateway at this URL accepted the form for this model."""
        model = self.operation.prompt.model if self.operation.prompt else ""
        for alternative in self._tried:
            known = (self.operation.settings.url, model, alternative.name)
            if known not in _accepted_forms:
                _accepted_forms.add(known)
                _logger.log(alternative.level, "%s: %s", model, alternative.note)

    def reason(self, error: HatzError) -> HatzError:
        """The error to raise: the first rejection, if no other form was accepted; with the user's setting that it is about."""
        if not isinstance(error, HatzBadRequestError):
            return error
        reason = self._refusal or error
        if self.operation.prompt is not None:
            explain_bad_request(reason, self.operation.prompt)
        return reason

    def _matching(self, error: HatzError) -> Alternative | None:
        """The first alternative that matches this rejection."""
        prompt = self.operation.prompt
        if prompt is None or not isinstance(error, HatzBadRequestError) or isinstance(error, HatzContextOverflowError):
            return None
        named = [one for one in self.operation.alternatives if one.refusal.search(error.message)]
        return next((one for one in named if one not in self._tried and one.is_sent(self._body(), prompt)), None)

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.operation.content or b"{}")
        return body
