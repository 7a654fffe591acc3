"""The models and agents the sandbox offers, and which of them a name means."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.gateway_error import GatewayError

Entry = dict[str, Any]

_MODELS = (
    # name, developer, name to show, context window, takes images
    ("gpt-4o", "OpenAI", "GPT-4o", 128_000, True),
    ("gpt-4o-mini", "OpenAI", "GPT-4o Mini", 128_000, True),
    ("gpt-5.2", "OpenAI", "GPT-5.2", 400_000, True),
    ("gpt-5.5", "OpenAI", "GPT-5.5", 400_000, True),
    ("anthropic.claude-haiku-4-5", "Anthropic", "Claude Haiku 4.5", 200_000, True),
    ("anthropic.claude-sonnet-4-5", "Anthropic", "Claude Sonnet 4.5", 200_000, True),
    ("anthropic.claude-sonnet-4-6", "Anthropic", "Claude Sonnet 4.6", 200_000, True),
    ("anthropic.claude-opus-4-7", "Anthropic", "Claude Opus 4.7", 200_000, True),
    ("google.gemini-3.1-pro-preview", "Google", "Gemini 3.1 Pro", 1_000_000, True),
    ("moonshot.kimi-k2-thinking", "Moonshot AI", "Kimi K2 Thinking", 256_000, False),
    ("mistral.mixtral-8x7b-instruct-v0:1", "Mistral", "Mixtral 8x7B Instruct", 32_000, False),
    ("amazon.nova-2-lite-v1:0", "Amazon", "Nova 2 Lite", 300_000, True),
    # The real list holds pseudo-models too, and `max_tokens` 0 occurs.
    ("auto", "Hatz", "Auto", 0, True),
)
_KEYS = ("name", "developer", "display_name", "max_tokens", "vision")


def models() -> list[Entry]:
    """A new list of model entries, in the shape of `GET /chat/models`."""
    return [dict(zip(_KEYS, row, strict=True)) for row in _MODELS]


def agents() -> list[Entry]:
    """A new list of agents, in the shape of `GET /chat/agents`."""
    return [
        {
            "id": "a1b2c3d4-5678-4abc-8ef0-1234567890ab",
            "name": "Research Assistant",
            "description": "Finds and sums up what is known about a subject.",
            "instructions": "Answer briefly and name the sources.",
            "tools": ["google_search", "tavily_search"],
            "sources": [],
        }
    ]


def find_model(name: str | None, endpoint: str, entries: list[Entry], known_agents: list[Entry]) -> str:
    """The model that a name means on an endpoint; on native chat also an agent, and `gpt-4o` without a name.

    Raises:
        GatewayError: There is none.
    """
    found = (
        _alias(name or "", [str(entry["name"]) for entry in entries]) if endpoint == "messages" else name or "gpt-4o"
    )
    # Agents and `auto` belong to the Hatz harness, which the gateways do not have.
    is_agent = found.startswith(("agent-", "agent_"))
    if endpoint == "chat" and is_agent and found.removeprefix("agent-") in [agent["id"] for agent in known_agents]:
        return found
    if is_agent and endpoint != "chat":
        reason = f"'{name}' is an agent: agents are not supported on this endpoint, use POST /v1/chat/completions."
        raise GatewayError(f"{reason} As a model it is not found.", param="model", code="model_not_found")
    if found == "auto" and endpoint != "chat":
        reason = (
            "'auto' is documented for POST /v1/chat/completions alone. The Hatz sandbox does not take it here, and what the "
            "real gateway answers is unknown."
        )
    elif is_agent:
        reason = f"there is no agent '{name}'. GET /v1/chat/agents lists yours."
    elif found in [entry["name"] for entry in entries]:
        return found
    else:
        reason = f"the requested model '{found}' does not exist or is not enabled for this key. GET /v1/chat/models lists what is."
    status = 400 if endpoint == "responses" else 404  # as OpenAI refuses an unknown model on this endpoint
    raise GatewayError(f"Model not found: {reason}", status=status, param="model", code="model_not_found")


def _alias(name: str, names: list[str]) -> str:
    """The Hatz id of `opus`, `sonnet` and `haiku` and of the native Claude ids, which the Messages gateway resolves."""
    if name in {"opus", "sonnet", "haiku"}:
        return max((known for known in names if f"claude-{name}" in known), default=name)
    if name.startswith("claude-") and name not in names:
        undated = re.sub(r"-(?:\d{8}|latest)$", "", name)
        return next((known for known in names if known.endswith((f".{name}", f".{undated}"))), name)
    return name
