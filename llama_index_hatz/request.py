"""What LlamaIndex adds to a request: its messages, tools and response formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage

from hatz_client.content import EndpointName, Prompt, ResponseFormat, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.chat_request import ChatRequest, Framework, ToolFields, chat_request
from hatz_client.integration.fields import HatzFields
from hatz_client.integration.overrides import Overrides
from hatz_client.wire.endpoints import EndpointSpec
from llama_index_hatz._messages.convert import to_turns
from llama_index_hatz._tools import Names, choice, offered

if TYPE_CHECKING:
    from llama_index_hatz.base import HatzLLM


def request_for(llm: HatzLLM, messages: str | Sequence[ChatMessage], kwargs: Mapping[str, Any]) -> ChatRequest:
    """The request that these messages and keyword arguments mean. What is None counts as not given: LlamaIndex passes it on.

    Raises:
        HatzInvalidInputError: when it cannot be made.
    """
    conversation = [ChatMessage(content=messages)] if isinstance(messages, str) else messages
    given = {name: value for name, value in kwargs.items() if value is not None}
    return chat_request(llm, conversation, given, _FRAMEWORK)


def _turns(messages: Sequence[ChatMessage], endpoint: EndpointName, _model: str, names: Names) -> tuple[Turn, ...]:
    if made := to_turns(messages, endpoint, names):
        return made
    raise HatzInvalidInputError("There is nothing to send: messages is empty, or all of them are.")


def _tools(tools: Sequence[Any], chosen: Any) -> ToolFields:
    made, names = offered(tools, strict=None)
    return ToolFields(made, choice(chosen, names), None, names)


def _answer_form(prompt: Prompt, _endpoint: EndpointSpec, given: Overrides, _model: HatzFields) -> tuple[Prompt, None]:
    match wanted := given.once["response_format"]:
        case None:
            return prompt, None
        case ResponseFormat():
            return replace(prompt, response_format=wanted), None
        case {"type": "json_schema", "json_schema": {"schema": Mapping() as schema}}:
            form = wanted["json_schema"]
            made = ResponseFormat(schema, form.get("name") or "response", form.get("strict"))
            return replace(prompt, response_format=made), None
        case _:
            raise HatzInvalidInputError(
                f"response_format={wanted!r:.100} is unknown: pass "
                '{"type": "json_schema", "json_schema": {"name", "schema", "strict"}}, or use structured_predict().'
            )


_FRAMEWORK = Framework(_turns, _tools, _answer_form)
