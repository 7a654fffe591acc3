"""One call as a prompt: the LLM's own settings, then those of the call, then whatever else the gateway may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage

from hatz_client.content import DialectName, Prompt, ResponseFormat
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import merged
from hatz_client.util.warn_once import sent_to
from hatz_client.wire import dialect_name
from llama_index_hatz._messages.convert import turns
from llama_index_hatz._tools import Names, choice, offered

if TYPE_CHECKING:
    from llama_index_hatz.base import HatzLLM

_OTHER_NAMES = {
    "max_output_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    "extra_headers": "headers",
}
_SETTINGS = (
    "model", "temperature", "top_p", "top_k", "max_tokens", "reasoning_effort", "auto_tool_selection", "system_messages",
    "orphan_tools",
)  # fmt: skip
_LISTS = ("stop", "tools_to_use", "file_uuids")
_OPTIONS = ("endpoint", "timeout", "headers", "request_id")
_NOT_EVERYWHERE: dict[str, tuple[DialectName, ...]] = {"thinking": ("messages",), "seed": ("responses", "chat")}
"""Fields that not every endpoint has, and those that do."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, how the tools are named in it, and how it is sent."""

    prompt: Prompt
    names: Names
    options: Mapping[str, Any]
    uploads: bool = False
    """Whether what the prompt holds must be uploaded first."""


def request(llm: HatzLLM, messages: Sequence[ChatMessage], kwargs: Mapping[str, Any]) -> Request:
    """The request these messages and keyword arguments mean; what is None counts as not given.

    Args:
        llm: Whose settings hold unless the call says otherwise.
        messages: The conversation.
        kwargs: The LLM's settings by name (also `max_output_tokens`, `stop_sequences`), `tools`, `tool_choice`,
            `parallel_tool_calls`, `strict`, `response_format`; how to send it: `endpoint`, `timeout`, `extra_headers`,
            `request_id`; anything else goes into the body as it is.

    Raises:
        HatzInvalidInputError: when a message, tool or tool choice has no form that can be sent, or a setting is the LLM's alone.
    """
    given = {_OTHER_NAMES.get(name, name): value for name, value in kwargs.items() if value is not None}
    given.pop("formatted", None)
    settings: dict[str, Any] = {name: given.pop(name, getattr(llm, name)) for name in _SETTINGS}
    lists: dict[str, Any] = {name: _tuple(given.pop(name, getattr(llm, name))) for name in _LISTS}
    options = {name: given.pop(name) for name in _OPTIONS if name in given}
    tools, names = offered(
        [*(given.pop("built_in_tools", llm.built_in_tools) or ()), *given.pop("tools", ())],
        strict=given.pop("strict", llm.strict),
    )
    chosen = choice(given.pop("tool_choice", None), names)
    parallel = given.pop("parallel_tool_calls", None)
    form = _response_format(given.pop("response_format", None))
    auto_upload = given.pop("auto_upload", llm.auto_upload)
    special = {name: given.pop(name, getattr(llm, name)) for name in _NOT_EVERYWHERE}
    extra = merged(merged(llm.extra_body, given.pop("extra_body", {})), _further(given, llm))
    prompt = Prompt(
        turns=turns(messages, names),
        tools=tools,
        tool_choice=chosen if tools else None,
        parallel_tool_calls=parallel if tools else None,
        response_format=form,
        extra=extra,
        **settings,
        **lists,
    )
    if not prompt.turns:
        raise HatzInvalidInputError("There is nothing to send: all messages are empty.")
    dialect = dialect_name(prompt, options.get("endpoint", llm.endpoint))
    if known := sent_to(dialect, special, _NOT_EVERYWHERE):
        prompt = replace(prompt, extra=merged(known, extra))
    return Request(prompt, names, options, uploads=auto_upload and dialect == "chat")


def _further(given: dict[str, Any], llm: HatzLLM) -> dict[str, Any]:
    """What is left of the keyword arguments, for the body: it is none of the LLM's own settings."""
    if misplaced := sorted(given.keys() & type(llm).model_fields.keys()):
        raise HatzInvalidInputError(
            f"{', '.join(misplaced)} cannot be set for a single call, only for the LLM: use "
            f"llm.model_copy(update={{{misplaced[0]!r}: …}})."
        )
    return given


def _tuple(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _response_format(given: Any) -> ResponseFormat | None:
    match given:
        case None | ResponseFormat():
            return given
        case {"type": "json_schema", "json_schema": {"schema": Mapping() as schema}}:
            form = given["json_schema"]
            return ResponseFormat(schema, form.get("name") or "response", form.get("strict"))
        case _:
            raise HatzInvalidInputError(
                f"response_format={given!r:.100} is unknown: pass "
                '{"type": "json_schema", "json_schema": {"name", "schema", "strict"}}, or use structured_predict().'
            )
