"""Requests from LlamaIndex's messages, tools and response formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage

from hatz_client.content import EndpointName, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.chat_request import ChatRequest, Framework, chat_request
from llama_index_hatz._messages.convert import to_turns
from llama_index_hatz._tools import spec

if TYPE_CHECKING:
    from llama_index_hatz.base import HatzLLM


def request_for(llm: HatzLLM, messages: str | Sequence[ChatMessage], kwargs: Mapping[str, Any]) -> ChatRequest:
    """Build the request for these messages and keyword arguments. None counts as not set, because LlamaIndex passes it on.

    Raises:
        HatzInvalidInputError: if it cannot be built.
    """
    conversation = [ChatMessage(content=messages)] if isinstance(messages, str) else messages
    given = {name: value for name, value in kwargs.items() if value is not None}
    return chat_request(llm, conversation, given, _FRAMEWORK if llm.local_files else _WITHOUT_LOCAL_FILES)


def _turns(
    messages: Sequence[ChatMessage], endpoint: EndpointName, model: str, *, local_files: bool = True
) -> tuple[Turn, ...]:
    if turns := to_turns(messages, endpoint, model, local_files=local_files):
        return turns
    raise HatzInvalidInputError(
        "There is nothing to send: messages is empty, or all messages are. Give at least one ChatMessage with content."
    )


_FRAMEWORK = Framework(_turns, spec)
_WITHOUT_LOCAL_FILES = Framework(partial(_turns, local_files=False), spec)
