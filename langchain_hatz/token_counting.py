"""The number of tokens in a conversation: counted by the gateway, or estimated from the number of characters."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.messages.utils import count_tokens_approximately

from hatz_client import HatzError
from hatz_client.content import Prompt
from hatz_client.integration.token_counts import acount_tokens, count_tokens
from langchain_hatz._tools import tool_dict
from langchain_hatz.request import request_for

if TYPE_CHECKING:
    from langchain_hatz.chat_models import ChatHatz

_logger = logging.getLogger("langchain_hatz")


def tokens_in(
    model: ChatHatz, messages: Sequence[BaseMessage], tools: Sequence[Any] | None, kwargs: Mapping[str, Any]
) -> int:
    """The gateway's count, or an estimate if it cannot count: counting must never break an agent."""
    if model.token_counting != "api":  # noqa: S105 (of another kind of token)
        return estimate(messages, tools)
    try:
        return count_tokens(model.client(), _prompt(model, messages, tools, kwargs))
    except HatzError as error:
        return estimate(messages, tools, error)


async def atokens_in(
    model: ChatHatz, messages: Sequence[BaseMessage], tools: Sequence[Any] | None, kwargs: Mapping[str, Any]
) -> int:
    """Async version of `tokens_in`."""
    if model.token_counting != "api":  # noqa: S105 (of another kind of token)
        return estimate(messages, tools)
    try:
        return await acount_tokens(model.async_client(), _prompt(model, messages, tools, kwargs))
    except HatzError as error:
        return estimate(messages, tools, error)


def _prompt(
    model: ChatHatz, messages: Sequence[BaseMessage], tools: Sequence[Any] | None, kwargs: Mapping[str, Any]
) -> Prompt:
    given = {**kwargs, "tools": tools} if tools else kwargs
    return request_for(model, messages, {**given, "endpoint": "messages"}).prompt


def estimate(messages: Sequence[BaseMessage], tools: Sequence[Any] | None, error: Exception | None = None) -> int:
    """An estimate from the number of characters."""
    if error is not None:
        _logger.debug("The tokens are guessed, because the gateway did not count them: %s", error)
    return count_tokens_approximately(messages, tools=[tool_dict(tool) for tool in tools or ()] or None)
