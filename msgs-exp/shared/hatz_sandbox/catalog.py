"""The models and agents the sandbox offers, and which of them a name means."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.refused import Refused

Entry = dict[str, Any]

_ALIASES = {"opus", "sonnet", "haiku"}


def _model(name: str, developer: str, display_name: str, max_tokens: int, *, vision: bool) -> Entry:
    return {
        "name": name,
        "developer": developer,
        "display_name": display_name,
        "max_tokens": max_tokens,
        "vision": vision,
    }


def models() -> list[Entry]:
    """A fresh list of model entries, in the shape of `GET /chat/models`."""
    return [
        _model("gpt-4o", "OpenAI", "GPT-4o", 128_000, vision=True),
        _model("gpt-4o-mini", "OpenAI", "GPT-4o Mini", 128_000, vision=True),
        _model("gpt-5.2", "OpenAI", "GPT-5.2", 400_000, vision=True),
        _model("gpt-5.5", "OpenAI", "GPT-5.5", 400_000, vision=True),
        _model("anthropic.claude-haiku-4-5", "Anthropic", "Claude Haiku 4.5", 200_000, vision=True),
        _model("anthropic.claude-sonnet-4-5", "Anthropic", "Claude Sonnet 4.5", 200_000, vision=True),
        _model("anthropic.claude-sonnet-4-6", "Anthropic", "Claude Sonnet 4.6", 200_000, vision=True),
        _model("anthropic.claude-opus-4-7", "Anthropic", "Claude Opus 4.7", 200_000, vision=True),
        _model("google.gemini-3.1-pro-preview", "Google", "Gemini 3.1 Pro", 1_000_000, vision=True),
        _model("moonshot.kimi-k2-thinking", "Moonshot AI", "Kimi K2 Thinking", 256_000, vision=False),
        _model("mistral.mixtral-8x7b-instruct-v0:1", "Mistral", "Mixtral 8x7B Instruct", 32_000, vision=False),
        _model("amazon.nova-2-lite-v1:0", "Amazon", "Nova 2 Lite", 300_000, vision=True),
        # The real list holds pseudo-models too, and `max_tokens` 0 occurs.
        _model("auto", "Hatz", "Auto", 0, vision=True),
    ]


def agents() -> list[Entry]:
    """A fresh list of agents, in the shape of `GET /chat/agents`."""
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


def find(name: str, entries: list[Entry]) -> str:
    """The name of a listed model, or `Refused` with the wording of an unknown model."""
    if any(entry.get("name") == name for entry in entries):
        return name
    raise Refused(
        f"Model not found: the requested model '{name}' does not exist or is not enabled for this key. "
        "GET /v1/chat/models lists what is.",
        status=404,
        param="model",
        code="model_not_found",
    )


def find_on_gateway(name: str, entries: list[Entry]) -> str:
    """As `find`, and agents and `auto` are refused: they belong to the Hatz harness, which the gateways do not have."""
    if name.startswith(("agent-", "agent_")):
        raise Refused(
            f"'{name}' is an agent: agents are not supported on this endpoint, use POST /v1/chat/completions. "
            "As a model it is not found.",
            param="model",
            code="model_not_found",
        )
    if name == "auto":
        raise Refused(
            "Model not found: 'auto' is documented for POST /v1/chat/completions alone. The Hatz sandbox does not take it "
            "here, and what the real gateway answers is unknown.",
            status=404,
            param="model",
            code="model_not_found",
        )
    return find(name, entries)


def find_for_messages(name: str, entries: list[Entry]) -> str:
    """As `find_on_gateway`, with the aliases and the native Claude ids that the Messages gateway resolves."""
    names = [str(entry.get("name")) for entry in entries]
    if name in _ALIASES:
        family = [known for known in names if f"claude-{name}" in known]
        if family:
            return max(family)
    if name.startswith("claude-") and name not in names:
        undated = re.sub(r"-(?:\d{8}|latest)$", "", name)
        mapped = [known for known in names if known.endswith((f".{name}", f".{undated}"))]
        if mapped:
            return mapped[0]
    return find_on_gateway(name, entries)


def find_for_chat(name: str | None, entries: list[Entry], known_agents: list[Entry]) -> str:
    """The model or agent a native chat request means; without a name the service's default, `gpt-4o`."""
    if name and name.startswith("agent-"):
        if any(agent.get("id") == name.removeprefix("agent-") for agent in known_agents):
            return name
        raise Refused(f"Model not found: there is no agent '{name}'. GET /v1/chat/agents lists yours.", status=404)
    return find(name or "gpt-4o", entries)
