"""`n`, OpenAI's number of answers to one prompt: the gateway gives one."""

from __future__ import annotations

from typing import Any

from hatz_client.errors import HatzInvalidInputError


def drop_answer_count(given: dict[str, Any]) -> None:
    """Take `n=1` out of the keyword arguments: callers like ragas always send it, and it changes nothing.

    Raises:
        HatzInvalidInputError: `n` asks for several answers.
    """
    count = given.pop("n", None)
    if count not in (None, 1):
        raise HatzInvalidInputError(f"n={count!r} is not possible: the gateway gives one answer to a prompt. Ask {count!r} times.")
