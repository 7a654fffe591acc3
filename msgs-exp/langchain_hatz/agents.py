"""Hatz's own agents as tools: what runs on Hatz's side, called by an agent that runs on yours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.tools import BaseTool, StructuredTool

from langchain_hatz.chat_models import ChatHatz

if TYPE_CHECKING:
    from hatz_client import Agent


def hatz_agent_tool(
    agent: Agent | str, *, name: str | None = None, description: str | None = None, **fields: Any
) -> BaseTool:
    """A tool that hands a request to a Hatz agent and returns its answer.

    Args:
        agent: One of `ChatHatz.list_agents()`, or an agent's id.
        name: What the tool is called. Default: the agent's name, or its id where that has no letters of tools' names.
        description: When to use it. Default: the agent's description.
        **fields: Of the `ChatHatz` that talks to it, such as `api_key` or `timeout`.

    Raises:
        ValueError: when only an id is given, and no description: the model could not know what the agent is for.
    """
    agent_id = agent if isinstance(agent, str) else agent.id
    about = description or (None if isinstance(agent, str) else agent.description)
    if not about:
        raise ValueError(f"The agent {agent_id} has no description: say with description=… what it is for.")
    called = name or (None if isinstance(agent, str) else agent.name) or ""
    model = ChatHatz(agent_id=agent_id, **fields)

    def run(request: Annotated[str, "What the agent is to do, with all it needs to know."]) -> str:
        return str(model.invoke(request).text)

    async def arun(request: Annotated[str, "What the agent is to do, with all it needs to know."]) -> str:
        return str((await model.ainvoke(request)).text)

    # Names of tools have no other characters; one that is written in others goes by the agent's id.
    clean = re.sub(r"[^a-zA-Z0-9_-]+", "_", called).strip("_")[:64]
    by_id = f"hatz_agent_{agent_id.removeprefix('agent-')[:8]}"
    return StructuredTool.from_function(run, arun, name=clean or by_id, description=about)
