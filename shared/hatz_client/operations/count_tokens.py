"""Count a prompt's tokens: the operation of the Messages endpoint, which works with any model."""

from __future__ import annotations

from typing import Any

from hatz_client.connection.settings import Settings
from hatz_client.content import Prompt
from hatz_client.errors import HatzInvalidInputError
from hatz_client.operations.operation import Operation, Options
from hatz_client.util.json_text import to_json


def count_tokens(settings: Settings, prompt: Prompt, options: Options) -> Operation:
    """The operation that counts a prompt's tokens.

    Raises:
        HatzInvalidInputError: if the prompt cannot be sent.
    """
    from hatz_client.wire import messages  # noqa: PLC0415 (only the endpoints in use are loaded)

    if not isinstance(prompt, Prompt):
        raise HatzInvalidInputError(
            f"prompt is of type {type(prompt).__name__}: give a Prompt, such as Prompt('gpt-5.2', 'Hello!')."
        )
    content = to_json(messages.encode_count(prompt))
    return Operation(settings, options, "POST", messages.COUNT_PATH, content, options.id)


def read_token_count(body: Any) -> int:
    """The number of tokens that the response's body reports."""
    from hatz_client.wire import messages  # noqa: PLC0415 (only the endpoints in use are loaded)

    return messages.decode_count(body)
