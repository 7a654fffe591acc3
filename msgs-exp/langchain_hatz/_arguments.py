"""The arguments of `ChatHatz(…)`: its fields, LangChain's own, and other names of both, with what is made of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from langchain_core.caches import BaseCache
from langchain_core.callbacks import Callbacks
from langchain_core.language_models import ModelProfile
from langchain_core.rate_limiters import BaseRateLimiter
from pydantic import SecretStr

from hatz_client.content import Endpoint, OrphanTools, SystemMessages
from langchain_hatz.profiles import Derived

ALIASES = {
    "model_name": "model",
    "max_output_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    "request_timeout": "timeout",
    "extra_headers": "headers",
}
"""What other integrations call our parameters."""
FURTHER = (*ALIASES, "api_key", "agent_id")
"""What the constructor takes beside the names of the fields."""


def own_names(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of a call under our own names."""
    return {ALIASES.get(name, name): value for name, value in given.items()}


def understood(given: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The constructor's arguments as fields, each under its own name.

    Raises:
        TypeError: for a name that is none of ours, saying which one it may be; and for a model beside another agent.
    """
    known = {*fields, *FURTHER}
    if unknown := [name for name in given if name not in known]:
        raise TypeError(_unknown(unknown[0], known))
    arguments = own_names(given)
    for name, field in (("headers", "default_headers"), ("api_key", "hatz_api_key")):
        if name in arguments:
            arguments[field] = arguments.pop(name)
    if (agent := arguments.pop("agent_id", None)) is not None:
        named = agent if str(agent).startswith("agent-") else f"agent-{agent}"
        if arguments.setdefault("model", named) != named:
            raise TypeError(f"agent_id={agent!r} and model={arguments['model']!r} are two: give one of them.")
    # Of a model that this is to be a copy of: `configurable_fields` hands on every field.
    if isinstance(arguments.get("profile"), Derived):
        del arguments["profile"]
    if isinstance(stop := arguments.get("stop"), str):
        arguments["stop"] = [stop]
    secrets = {name: SecretStr(value) for name in _SECRET if isinstance(value := arguments.get(name), str)}
    return {**arguments, **secrets}


_SECRET = ("hatz_api_key", "proxy")


def _unknown(name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 (for mistakes only)

    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "it is none of its parameters."
    return (
        f"ChatHatz has no parameter {name!r}: {hint} To send a field of the request's body that is not listed, "
        f"use extra_body={{{name!r}: …}}; certificates and the like belong to an http_client of yours."
    )


class Settings(TypedDict, total=False):
    """What can be given by name; the fields of `ChatHatz` say what each means."""

    model_name: str
    agent_id: str
    endpoint: Endpoint
    api_key: str | SecretStr | Callable[[], str] | Callable[[], Awaitable[str]] | None
    hatz_api_key: str | SecretStr | Callable[[], str] | Callable[[], Awaitable[str]] | None
    base_url: str | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    max_tokens: int | None
    max_output_tokens: int | None
    max_completion_tokens: int | None
    stop: str | list[str] | None
    stop_sequences: str | list[str] | None
    reasoning_effort: str | None
    thinking: dict[str, Any] | None
    reasoning: dict[str, Any] | None
    parallel_tool_calls: bool | None
    structured_output_strategy: Literal["auto", "native", "tool", "prompt"]
    tools_to_use: list[str] | None
    auto_tool_selection: bool | None
    file_uuids: list[str] | None
    auto_upload: bool
    system_messages: SystemMessages
    orphan_tools: OrphanTools
    extra_body: dict[str, Any] | None
    disabled_params: dict[str, Any] | None
    token_counting: Literal["api", "approximate"]
    model_kwargs: dict[str, Any]
    streaming: bool | None
    stream_usage: bool
    include_response_headers: bool
    timeout: Any
    request_timeout: Any
    stream_idle_timeout: float | None
    max_retries: int
    allow_http: bool
    default_headers: Mapping[str, str] | None
    extra_headers: Mapping[str, str] | None
    default_query: Mapping[str, str | int | float] | None
    proxy: str | SecretStr | None
    http_socket_options: Sequence[tuple[Any, ...]] | None
    http_client: Any
    http_async_client: Any

    cache: BaseCache | bool | None
    callbacks: Callbacks
    custom_get_token_ids: Callable[[str], list[int]] | None
    disable_streaming: bool | Literal["tool_calling"]
    metadata: dict[str, Any] | None
    name: str | None
    output_version: str | None
    profile: ModelProfile | None
    rate_limiter: BaseRateLimiter | None
    tags: list[str] | None
    verbose: bool
