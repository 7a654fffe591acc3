"""The texts of a Hatz tool that the model reads: name, description, results and errors."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from hatz_client.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzCreditsError,
    HatzError,
    HatzInvalidInputError,
    HatzJobError,
    HatzNotFoundError,
    HatzPermissionError,
)
from hatz_client.resources.apps import App, Workflow
from hatz_client.resources.models import Agent

REQUEST = "What the agent is to do, with all it needs to know."
"""The description of the one argument of an agent's tool."""
_LONGEST = 64
"""Characters of a tool's name, as OpenAI and Anthropic allow them."""

_ADVICE: tuple[tuple[type[HatzError], str], ...] = (
    (HatzInvalidInputError, "Correct the arguments and call the tool again."),
    (HatzJobError, "Correct the arguments if they are the reason; else tell the user which step failed."),
    (HatzAuthenticationError, "Do not call it again: the user has to set a valid Hatz key."),
    (HatzPermissionError, "Do not call it again: the user's Hatz key is not allowed to."),
    (HatzCreditsError, "Do not call it again: the user's Hatz credits are used up."),
    (HatzNotFoundError, "Do not call it again: it does not exist any more, or the key may not use it."),
    (HatzBadRequestError, "Correct the arguments if they are the reason; else tell the user."),
)


def clean_name(name: str) -> str:
    """The name as every model's service accepts it: letters, digits, "_" and "-", at most 64; empty if nothing is left."""
    return re.sub(r"[^a-zA-Z0-9_-]+", "_", name).strip("_")[:_LONGEST]


def tool_name(app: App, name: str | None = None) -> str:
    """The tool's name: the given one, the app's own, or one made of the id."""
    return clean_name(name or app.name) or f"hatz_{_kind(app)}_{clean_name(app.id)[:8]}"


def agent_tool_name(agent_id: str, name: str | None) -> str:
    """The name of an agent's tool: the given one, or one made of the id."""
    return clean_name(name or "") or f"hatz_agent_{agent_id.removeprefix('agent-')[:8]}"


def find_agent(agent: Agent | str, description: str | None) -> Agent:
    """The agent; an id needs a description, because the model could not know what the agent is for.

    Raises:
        ValueError: if an id has no description.
    """
    if isinstance(agent, Agent):
        return agent
    if not description:
        raise ValueError(f"The agent {agent} has no description: pass description=… to say what it is for.")
    return Agent(agent.removeprefix("agent-"))


def agent_description(agent: Agent, description: str | None = None) -> str:
    """When to use an agent's tool: the given text, the agent's own, or its name."""
    return description or agent.description or f"Asks the Hatz agent {agent.name or agent.id!r}."


def unique_name(name: str, used: Collection[str]) -> str:
    """The name with a number, if it is used already."""
    number, found = 2, name
    while found in used:
        ending = f"_{number}"
        found, number = name[: _LONGEST - len(ending)] + ending, number + 1
    return found


def tool_description(app: App, description: str | None = None) -> str:
    """When to use the tool: the given text, the app's own, or its name."""
    return description or app.description or f"Runs the Hatz {_kind(app)} {app.name!r}."


def result_text(result: Mapping[str, Any]) -> str:
    """The text of an answer or a complete job, in the form of `to_plain`."""
    nothing = "The workflow is complete and wrote no text." if "steps" in result else "The app answered without text."
    return str(result["text"] or result.get("refusal") or nothing)


def error_text(error: HatzError, tool: str) -> str:
    """The text of an error: what failed, why, and whether to call the tool again."""
    advice = next((words for kind, words in _ADVICE if isinstance(error, kind)), "")
    if not advice:
        # A workflow may have been started: the message says so, and only the user can tell.
        advice = "It may work later." if error.is_retryable and "unknown" not in error.message else "Tell the user."
    return f"The tool {tool} failed: {error} {advice}"


def _kind(app: App) -> str:
    return "workflow" if isinstance(app, Workflow) else "app"
