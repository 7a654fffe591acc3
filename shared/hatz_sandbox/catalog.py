"""What the sandbox offers: models, agents, apps, and the page at `/`; and the lookup of a model by name."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hatz_sandbox.neutral import GatewayError, Json

_LISTS = Path(__file__).with_suffix(".json").read_text("utf-8")
_PAGE = Path(__file__).with_name("page.txt").read_text("utf-8")


def load_lists() -> dict[str, list[Json]]:
    """New lists of `models`, `agents` and `apps`, in the formats of `/chat/models`, `/chat/agents` and `/app/list`.

    As in the real list of models, there is a pseudo-model, and a `max_tokens` of 0. The name of the field with the choices of an
    app's input is not documented; `options` is a guess.
    """
    lists: dict[str, list[Json]] = json.loads(_LISTS)
    return lists


def page(host: str, answers: str, entries: list[Json]) -> bytes:
    """The text of `GET /`: what is served at this host."""
    names = ", ".join(str(entry.get("name")) for entry in entries)
    return _PAGE.format(host=host, answers=answers, models=names).encode()


def find_model(name: str | None, endpoint: str, entries: list[Json], known_agents: list[Json]) -> str:
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
