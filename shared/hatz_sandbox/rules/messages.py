"""What `POST /anthropic/messages` refuses, in Anthropic's words."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.anthropic_errors import refuse
from hatz_sandbox.rules.messages_blocks import check_messages, check_system
from hatz_sandbox.rules.messages_strict import strict_problem
from hatz_sandbox.rules.messages_tools import check_tools
from hatz_sandbox.rules.schemas import problem

_FIELDS = {"model", "messages", "max_tokens", "system", "metadata", "stop_sequences", "stream", "temperature", "top_p", "top_k",
           "tools", "tool_choice", "thinking", "service_tier", "container", "context_management", "mcp_servers", "output_config",
           "output_format", "inference_geo", "cache_control", "speed"}  # fmt: skip


def check(body: dict[str, Any], quirks: frozenset[str] = frozenset(), *, counting: bool = False) -> None:
    """Nothing, or `GatewayError`; `counting` tokens needs no `max_tokens`."""
    for name in body:
        if name not in _FIELDS:
            refuse(name, "Extra inputs are not permitted")
    if "model" not in body:
        refuse("model", "Field required")
    if not isinstance(body["model"], str) or not body["model"]:
        refuse("model", "Input should be a valid string")
    if not counting or "max_tokens" in body:
        _check_max_tokens(body)
    _check_scalars(body)
    _check_metadata(body.get("metadata"))
    check_system(body.get("system"))
    check_messages(body)
    check_tools(body, strictly="closed_schemas" in quirks)
    if not isinstance(body.get("output_config"), dict | None):
        refuse("output_config", "Input should be a valid dictionary or object to extract fields from")
    strictly = "closed_schemas" in quirks
    _check_format("output_format", body.get("output_format"), strictly=strictly)
    _check_format("output_config.format", (body.get("output_config") or {}).get("format"), strictly=strictly)
    _check_thinking(body)
    _check_cache_marks(body)


def _check_max_tokens(body: dict[str, Any]) -> None:
    if "max_tokens" not in body:
        refuse("max_tokens", "Field required")
    limit = body["max_tokens"]
    if not isinstance(limit, int) or isinstance(limit, bool):
        refuse("max_tokens", "Input should be a valid integer")
    if limit < 1:
        refuse("max_tokens", "must be greater than or equal to 1")


def _check_scalars(body: dict[str, Any]) -> None:
    if not isinstance(body.get("stream"), bool | None):
        refuse("stream", "Input should be a valid boolean")
    for name in ("temperature", "top_p"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
            refuse(name, "Input should be a valid number")
        if value is not None and not 0 <= value <= 1:
            refuse(name, "range: 0..1")
    top_k = body.get("top_k")
    if top_k is not None and (not isinstance(top_k, int) or top_k < 0):
        refuse("top_k", "Input should be a valid integer greater than or equal to 0")
    stops = body.get("stop_sequences")
    if stops is not None and not (isinstance(stops, list) and all(isinstance(stop, str) for stop in stops)):
        refuse("stop_sequences", "Input should be a valid list of strings")
    if any(not stop.strip() for stop in stops or ()):
        refuse("stop_sequences", "each stop sequence must contain non-whitespace")


def _check_metadata(metadata: Any) -> None:
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        refuse("metadata", "Input should be a valid dictionary or object to extract fields from")
    for name in metadata:
        if name != "user_id":
            refuse(f"metadata.{name}", "Extra inputs are not permitted")
    if not isinstance(metadata.get("user_id"), str | None):
        refuse("metadata.user_id", "Input should be a valid string")


def _check_format(at: str, given: Any, *, strictly: bool) -> None:
    match given:
        case {"type": "json_schema", "schema": dict(schema)}:
            reason = problem(schema) or (strict_problem(schema, schema) if strictly else None)
            if reason:
                refuse(f"{at}.schema", reason)


def _check_thinking(body: dict[str, Any]) -> None:
    match body.get("thinking"):
        case None | {"type": "disabled" | "adaptive"}:
            return
        case {"type": "enabled", "budget_tokens": int(budget)}:
            if budget < 1024:
                refuse("thinking.enabled.budget_tokens", "Input should be greater than or equal to 1024")
            if budget >= body.get("max_tokens", budget + 1):
                raise GatewayError("`max_tokens` must be greater than `thinking.budget_tokens`.")
            if body.get("temperature", 1) != 1:
                raise GatewayError("`temperature` may only be set to 1 when thinking is enabled.")
            if (body.get("tool_choice") or {}).get("type") in {"any", "tool"}:
                raise GatewayError("Thinking may not be enabled when tool_choice forces tool use.")
        case {"type": "enabled"}:
            refuse("thinking.enabled.budget_tokens", "Field required")
        case _:
            refuse("thinking", "Input tag found using 'type' does not match any of 'enabled', 'disabled', 'adaptive'")


def _check_cache_marks(body: dict[str, Any]) -> None:
    marks = _marks([body.get("tools"), body.get("system"), [message["content"] for message in body["messages"]]])
    for mark in marks:
        match mark:
            case {"type": "ephemeral", **rest} if rest.get("ttl", "5m") in {"5m", "1h"}:
                continue
            case {"type": "ephemeral"}:
                refuse("cache_control.ephemeral.ttl", "Input should be '5m' or '1h'")
            case _:
                refuse("cache_control", "Input should be an object with the type 'ephemeral'")
    if len(marks) > 4:
        raise GatewayError(f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")


def _marks(value: Any) -> list[Any]:
    match value:
        case list():
            return [mark for item in value for mark in _marks(item)]
        case dict():
            own = [] if value.get("cache_control") is None else [value["cache_control"]]
            return [*own, *_marks(value.get("content"))]
        case _:
            return []
