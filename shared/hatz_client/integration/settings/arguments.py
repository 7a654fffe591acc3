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
    # The key, the address, the connection
    "openai_api_key": "use api_key=….",
    "anthropic_api_key": "use api_key=… (the key of Hatz, not of Anthropic).",
    "azure_ad_token": "use api_key=… (the key of Hatz).",
    "azure_ad_token_provider": "use api_key=…, which may be a function that returns the key.",
    "azure_ad_async_token_provider": "use api_key=…, which may be an async function that returns the key.",
    "aws_access_key_id": "use api_key=… (the key of Hatz).",
    "aws_secret_access_key": "use api_key=… (the key of Hatz).",
    "openai_api_base": "use base_url=….",
    "anthropic_api_url": "use base_url=….",
    "azure_endpoint": "use base_url=…, or nothing: Hatz is the default.",
    **dict.fromkeys(
        ("api_version", "openai_api_version", "openai_api_type", "model_version", "validate_base_url"),
        "leave it out: the gateway has one address and one version.",
    ),
    **dict.fromkeys(("organization", "openai_organization"), "leave it out: the key says which workspace pays."),
    **dict.fromkeys(("aws_region", "region", "project_id", "inference_geo"), "leave it out: Hatz reaches the model."),
    "openai_proxy": "use proxy=….",
    "anthropic_proxy": "use proxy=….",
    "default_request_timeout": "use timeout=….",
    "stream_chunk_timeout": "use stream_idle_timeout=….",
    **dict.fromkeys(("client", "root_client", "openai_client"), "use http_client=… (an httpx.Client)."),
    **dict.fromkeys(
        ("async_client", "root_async_client", "async_openai_client"),
        "use http_async_client=… (an httpx.AsyncClient).",
    ),
    "reuse_client": "leave it out: connections are always shared.",
    # The model and what is asked of it
    "azure_deployment": "use model=….",
    "deployment_name": "use model=….",
    "use_responses_api": 'leave it out: the endpoint follows the model; endpoint="responses" sets it.',
    "is_chat_model": "leave it out: every model is a chat model.",
    "max_tokens_to_sample": "use max_tokens=….",
    "effort": "use reasoning_effort=….",
    "thinking_dict": "use thinking=….",
    "verbosity": 'use extra_body={"text": {"verbosity": …}} (Responses).',
    "n": "the gateway gives one answer to a request: ask several times.",
    "logprobs": "the gateway gives none.",
    "top_logprobs": "the gateway gives none.",
    **dict.fromkeys(
        ("frequency_penalty", "presence_penalty", "logit_bias"),
        "neither Responses nor Messages has it.",
    ),
    "tools": "use bind_tools (ChatHatz) or built_in_tools=… (HatzLLM).",
    "should_use_structured_outputs": 'use structured_output_strategy="native".',
    **dict.fromkeys(("modalities", "audio_config"), "the gateway neither takes nor gives audio."),
    "tiktoken_model_name": "the gateway counts tokens itself.",
    "tokenizer": "the gateway counts tokens itself.",
    "cache_idx": "mark a message with cache_control, or put a CachePoint into it (Messages).",
    # What the service keeps, and further fields
    "use_previous_response_id": "the gateway keeps no conversation: the whole history is sent.",
    "reuse_last_container": "the gateway keeps no container.",
    "additional_kwargs": "use extra_body={…} for further fields of the request's body.",
    "betas": 'use default_headers={"anthropic-beta": …}; whether the gateway passes it on is unknown.',
}
"""Settings of other integrations, and what to use instead. The migration guides show them all.

A setting that is a field of the request's body and nothing else is not listed: the error names `extra_body` anyway.
"""


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
        TypeError: for unknown names (the message says what to use for each), or for both a model and another agent.
    """
    known = {*fields, *CONSTRUCTOR_ALIASES, "agent_id"}
    if unknown := [name for name in given if name not in known]:
        raise TypeError("\n".join(_unknown_argument_error(owner, name, known) for name in unknown))
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
    if name in ELSEWHERE:
        return f"{owner} has no setting {name!r}; {ELSEWHERE[name]}"
    hint = did_you_mean(name, known) or "it is not one of its settings."
    return (
        f"{owner} has no setting {name!r}; {hint} To send a field of the request's body that is not listed, "
        f"use extra_body={{{name!r}: …}}; for certificates and the like, pass your own http_client."
    )
