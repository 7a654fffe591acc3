"""Data about a model and its calls for LangChain's tracing, caching and usage callbacks, without secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LangSmithParams
from langchain_core.messages.ai import add_usage

from hatz_client.integration.settings.arguments import call_names
from langchain_hatz._messages.metadata import PROVIDER

if TYPE_CHECKING:
    from langchain_hatz.chat_models import ChatHatz

# Settings that change an answer, in addition to the groups "prompt" and "body".
_IDENTIFYING = (
    "endpoint", "base_url", "parallel_tool_calls", "structured_output_strategy", "extra_body", "model_kwargs", "auto_upload",
    "disabled_params",
)  # fmt: skip
_SECRET_FIELDS = {"headers", "extra_headers", "authorization", "authorization_token", "api_key", "hatz_api_key"}
_DEPTHS = {"tools": 1}
_DEPTH = 3
"""How deep in an argument they can be: `model_kwargs={"extra_body": {"mcp_servers": [{"authorization_token": …}]}}`. Tools are many."""


def identifying_params(model: ChatHatz) -> dict[str, Any]:
    """The settings that change an answer and differ from their default."""
    fields = type(model).model_fields
    names = (*model.settings_in("prompt"), *model.settings_in("body"), *_IDENTIFYING)
    values = model.__dict__
    return without_secrets(
        {
            name: value
            for name in names
            if (value := values[name]) is not None and value != {} and value != fields[name].default
        }
    )


def ls_params(model: ChatHatz, stop: Sequence[str] | None, kwargs: Mapping[str, Any]) -> LangSmithParams:
    """The parameters of a call that LangSmith shows."""
    given = call_names({**model.model_kwargs, **kwargs})
    params = LangSmithParams(
        ls_provider=PROVIDER, ls_model_name=given.get("model") or model.model, ls_model_type="chat"
    )
    if isinstance(temperature := given.get("temperature", model.temperature), int | float):
        params["ls_temperature"] = temperature
    if isinstance(max_tokens := given.get("max_tokens", model.max_tokens), int):
        params["ls_max_tokens"] = max_tokens
    wanted: Any = stop or model.stop
    if isinstance(wanted, str | list | tuple) and wanted:
        params["ls_stop"] = [wanted] if isinstance(wanted, str) else list(wanted)
    return params


def without_secrets(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of a call without headers and keys, and without the credentials of server tools."""
    return {key: _mask(value, _DEPTHS.get(key, _DEPTH)) for key, value in kwargs.items() if key not in _SECRET_FIELDS}


def _mask(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [_mask(part, depth) for part in value]
    if not (depth and isinstance(value, Mapping)) or (depth == 1 and _SECRET_FIELDS.isdisjoint(value)):
        return value
    return {key: "***" if key in _SECRET_FIELDS else _mask(part, depth - 1) for key, part in value.items()}


def combined_output(outputs: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The model's name and the summed usage of several answers, as far as known."""
    known = [output for output in outputs if output]
    used = [usage for output in known if (usage := output.get("token_usage"))]
    total = reduce(add_usage, used) if used else None
    return {"model_name": known[0]["model_name"], "token_usage": total} if known else {}
