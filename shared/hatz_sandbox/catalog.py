"""What the sandbox offers: models, agents, apps, and the page at `/`; and the lookup of a model by name."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.neutral import GatewayError

Entry = dict[str, Any]

_MODELS = (
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
_PAGE = """\
Hatz sandbox: a local stand-in for the Hatz AI gateway.

Base URL   http://{host}/v1   (HATZ_BASE_URL; send the key as X-API-Key)
Answers    {answers}
Models     {models}

POST /v1/openai/responses                   OpenAI Responses
POST /v1/anthropic/messages                 Anthropic Messages
POST /v1/anthropic/messages/count_tokens
POST /v1/chat/completions                   Hatz-native chat
GET  /v1/chat/models                        GET /v1/chat/agents   GET /v1/app/models
GET  /v1/app/list                           GET /v1/app/ID        POST /v1/app/ID/query
POST /v1/workflows/run                      GET /v1/workflows/ID
POST /v1/files/upload                       GET /v1/files/        GET /v1/files/ID/status
"""


def models() -> list[Entry]:
    """A new list of models, in the format of `GET /chat/models`."""
    return [dict(zip(_KEYS, row, strict=True)) for row in _MODELS]


def agents() -> list[Entry]:
    """A new list of agents, in the format of `GET /chat/agents`."""
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


def apps() -> list[Entry]:
    """A new list of one app and one workflow, in the format of `GET /app/list`."""
    common: Entry = {"default_model": "gpt-4o", "files": [], "constants": []}
    return [
        {
            **common,
            "id": "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40",
            "name": "Ticket reply",
            "description": "Writes the reply to a support ticket.",
            "user_inputs": [
                _input(0, "ticket", "Ticket", "paragraph", "The customer's words.", required=True),
                _input(1, "tone", "Tone", "dropdown", "How the reply sounds.", options=["friendly", "formal"]),
                _input(2, "screenshot", "Screenshot", "file_upload", "A picture of the problem."),
            ],
            "prompt_sections": [{"body": "Write a {{tone}} reply to this ticket: {{ticket}}", "position": 0}],
        },
        {
            **common,
            "id": "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11",
            "name": "Onboard a user",
            "description": "Creates the account of a new employee and writes the welcome mail.",
            "user_inputs": [
                _input(0, "full_name", "Full name", "short_answer", "Of the new employee.", required=True),
                _input(1, "licence", "Licence", "multiple_choice", "What they need.", options=["basic", "full"]),
            ],
            "steps": [
                _step(0, "account", "Create the account"),
                _step(1, "licence", "Assign the licence"),
                _step(2, "mail", "Write the welcome mail"),
            ],
            "dependencies": [],
        },
    ]


def page(host: str, answers: str, entries: list[Entry]) -> bytes:
    """The text of `GET /`: what is served at this host."""
    names = ", ".join(str(entry.get("name")) for entry in entries)
    return _PAGE.format(host=host, answers=answers, models=names).encode()


def find_model(name: str | None, endpoint: str, entries: list[Entry], known_agents: list[Entry]) -> str:
    """The id of the model with this name or alias, else `GatewayError`; native chat also takes agents, and no name."""
    names = [str(entry["name"]) for entry in entries]
    found = _resolve_alias(name or "", names) if endpoint == "messages" else name or "gpt-4o"
    is_agent = found.startswith(("agent-", "agent_"))
    # Agents and `auto` belong to native chat; the gateways do not have them.
    if endpoint == "chat" and is_agent:
        if found.removeprefix("agent-") in [agent["id"] for agent in known_agents]:
            return found
        reason = f"there is no agent '{name}'. GET /v1/chat/agents lists yours."
    elif is_agent:
        reason = f"'{name}' is an agent: agents are not supported on this endpoint, use POST /v1/chat/completions."
        raise GatewayError(f"{reason} As a model it is not found.", param="model", code="model_not_found")
    elif found == "auto" and endpoint != "chat":
        reason = (
            "'auto' is documented for POST /v1/chat/completions alone. The Hatz sandbox does not take it here, and what the "
            "real gateway answers is unknown."
        )
    elif found in names:
        return found
    else:
        reason = f"the requested model '{found}' does not exist or is not enabled for this key. GET /v1/chat/models lists what is."
    status = 400 if endpoint == "responses" else 404  # as OpenAI refuses an unknown model on this endpoint
    raise GatewayError(f"Model not found: {reason}", status=status, param="model", code="model_not_found")


def _resolve_alias(name: str, names: list[str]) -> str:
    """The Hatz id of an alias that the Messages gateway resolves: `opus`, `sonnet`, `haiku`, and Anthropic's own ids."""
    if name in {"opus", "sonnet", "haiku"}:
        return max((known for known in names if f"claude-{name}" in known), default=name)
    if name.startswith("claude-") and name not in names:
        undated = re.sub(r"-(?:\d{8}|latest)$", "", name)
        return next((known for known in names if known.endswith((f".{name}", f".{undated}"))), name)
    return name


def _input(position: int, name: str, title: str, kind: str, description: str, **more: Any) -> Entry:
    # The name of the field with the choices is not documented; `options` is a guess.
    return {"position": position, "required": False, "object_id": f"input-{name}", "description": description,
            "display_name": title, "variable_name": name, "variable_type": kind, **more}  # fmt: skip


def _step(position: int, name: str, title: str) -> Entry:
    return {"id": f"step-{name}", "config": {"model": "gpt-4o"}, "position": position, "step_type": "prompt",
            "display_name": title, "prompt_sections": []}  # fmt: skip
