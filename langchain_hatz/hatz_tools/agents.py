"""Hatz's own agents as tools: your agent can call agents that run at Hatz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.tools import BaseTool, StructuredTool

from hatz_client.integration.hatz_tools.texts import REQUEST, agent_description, agent_tool_name, find_agent
from langchain_hatz.chat_models import ChatHatz
from langchain_hatz.hatz_tools.tool import tool_errors

if TYPE_CHECKING:
    from hatz_client import Agent


def hatz_agent_tool(
    agent: Agent | str, *, name: str | None = None, description: str | None = None, **fields: Any
) -> BaseTool:
    """A tool that sends a request to a Hatz agent and returns its answer. Errors are tool errors that the model reads.

    Args:
        agent: One of `ChatHatz.list_agents()`, or an agent's id.
        name: The tool's name. Default: the agent's name, or its id if the name has no characters allowed in tool names.
        description: When to use the tool. Default: the agent's description, or its name.
        **fields: Settings of the `ChatHatz` that calls the agent, such as `api_key` or `timeout`.

    Raises:
        ValueError: if only an id is passed without a description: the model could not know what the agent is for.
    """
    agent = find_agent(agent, description)
    model = ChatHatz(agent.model, **fields)
    tool = agent_tool_name(agent.id, name or agent.name)

    def run(request: Annotated[str, REQUEST]) -> str:
        with tool_errors(tool):
            return str(model.invoke(request).text)

    async def arun(request: Annotated[str, REQUEST]) -> str:
        with tool_errors(tool):
            return str((await model.ainvoke(request)).text)

    return StructuredTool.from_function(
        run, arun, name=tool, description=agent_description(agent, description), handle_tool_error=True
    )
