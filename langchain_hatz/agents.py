"""Hatz's own agents as tools: your agent can call agents that run at Hatz."""

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
    """A tool that sends a request to a Hatz agent and returns its answer.

    Args:
        agent: One of `ChatHatz.list_agents()`, or an agent's id.
        name: The tool's name. Default: the agent's name, or its id if the name has no characters allowed in tool names.
        description: When to use the tool. Default: the agent's description.
        **fields: Settings of the `ChatHatz` that calls the agent, such as `api_key` or `timeout`.

    Raises:
        ValueError: if only an id is passed without a description: the model could not know what the agent is for.
    """
    agent_id = agent if isinstance(agent, str) else agent.id
    about = description or (None if isinstance(agent, str) else agent.description)
    if not about:
        raise ValueError(f"The agent {agent_id} has no description: pass description=… to say what it is for.")
    called = name or (None if isinstance(agent, str) else agent.name) or ""
    model = ChatHatz(agent_id=agent_id, **fields)

    def run(request: Annotated[str, "What the agent is to do, with all it needs to know."]) -> str:
        return str(model.invoke(request).text)

    async def arun(request: Annotated[str, "What the agent is to do, with all it needs to know."]) -> str:
        return str((await model.ainvoke(request)).text)

    # The characters allowed in tool names; a name without any is replaced by the agent's id.
    clean = re.sub(r"[^a-zA-Z0-9_-]+", "_", called).strip("_")[:64]
    by_id = f"hatz_agent_{agent_id.removeprefix('agent-')[:8]}"
    return StructuredTool.from_function(run, arun, name=clean or by_id, description=about)
