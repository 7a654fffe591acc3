"""The names of settings: ours, aliases from other integrations, and the error for unknown ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from hatz_client.connection.api_key import ApiKey
from hatz_client.connection.options import ClientOptions
from hatz_client.content import AssistantPrefill, Endpoint, OrphanTools, SystemMessages
from hatz_client.util.suggest import did_you_mean

ALIASES = {
    "model_name": "model",
    "max_output_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    "request_timeout": "timeout",
    "extra_headers": "headers",
}
"""Aliases of parameters, for the model and for one call."""

CONSTRUCTOR_ALIASES = {
    **ALIASES,
    "extra_headers": "default_headers",
    "hatz_api_key": "api_key",
    "api_base": "base_url",
    "async_http_client": "http_async_client",
}
"""Aliases of the constructors' arguments."""

ELSEWHERE = {
    "openai_api_key": "use api_key=….",
    "anthropic_api_key": "use api_key=… (the key of Hatz, not of Anthropic).",
    "openai_api_base": "use base_url=….",
    "anthropic_api_url": "use base_url=….",
    "openai_proxy": "use proxy=….",
    "anthropic_proxy": "use proxy=….",
    "default_request_timeout": "use timeout=….",
    "n": "the gateway gives one answer to a request: ask several times.",
    "logprobs": "the gateway gives none.",
    "tiktoken_model_name": "the gateway counts tokens itself.",
    "additional_kwargs": "use extra_body={…} for further fields of the request's body.",
    "use_responses_api": 'use endpoint="responses" or endpoint="messages".',
}
"""Settings of other integrations, and what to use instead. The migration tables in the docs say the same."""


class HatzArguments(ClientOptions, total=False):
    """The keyword arguments of both constructors in addition to the client's options; `HatzFields` documents them."""

    model_name: str
    agent_id: str
    endpoint: Endpoint
    api_key: ApiKey | None
    hatz_api_key: ApiKey | None
    base_url: str | None
    api_base: str | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    max_tokens: int | None
    max_output_tokens: int | None
    max_completion_tokens: int | None
    stop: str | list[str] | None
    stop_sequences: str | list[str] | None
    seed: int | None
    reasoning_effort: str | None
    thinking: dict[str, Any] | None
    reasoning: dict[str, Any] | None
    structured_output_strategy: Literal["auto", "native", "tool", "prompt"]
    tools_to_use: list[str] | None
    auto_tool_selection: bool | None
    file_uuids: list[str] | None
    auto_upload: bool
    system_messages: SystemMessages
    orphan_tools: OrphanTools
    assistant_prefill: AssistantPrefill
    extra_body: dict[str, Any] | None
    disabled_params: dict[str, Any] | None
    request_timeout: Any
    extra_headers: Mapping[str, str] | None
    http_client: Any
    http_async_client: Any
    async_http_client: Any


def call_names(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of a call, with aliases resolved."""
    return {ALIASES.get(name, name): value for name, value in kwargs.items()}


def normalize_arguments(owner: str, given: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The arguments of a constructor, by the names of the fields.

    Args:
        owner: The name of the class, for the error.
        given: The arguments that the user passed.
        fields: The names of the class's fields.

    Raises:
        TypeError: for an unknown name (the message says what to use), or for both a model and another agent.
    """
    known = {*fields, *CONSTRUCTOR_ALIASES, "agent_id"}
    for name in given:
        if name not in known:
            raise TypeError(_unknown_argument_error(owner, name, known))
    arguments = {CONSTRUCTOR_ALIASES.get(name, name): value for name, value in given.items()}
    if (agent := arguments.pop("agent_id", None)) is not None:
        named = agent if str(agent).startswith("agent-") else f"agent-{agent}"
        if arguments.setdefault("model", named) != named:
            raise TypeError(
                f"agent_id={agent!r} and model={arguments['model']!r} are different models: pass only one of them."
            )
    if isinstance(stop := arguments.get("stop"), str):
        arguments["stop"] = [stop]
    return arguments


def _unknown_argument_error(owner: str, name: str, known: Iterable[str]) -> str:
    hint = ELSEWHERE.get(name) or did_you_mean(name, known) or "it is not one of its settings."
    return (
        f"{owner} has no setting {name!r}; {hint} To send a field of the request's body that is not listed, "
        f"use extra_body={{{name!r}: …}}; for certificates and the like, pass your own http_client."
    )
