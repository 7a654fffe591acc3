"""Hatz's apps, workflows and agents as tools."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.tools import ToolMetadata
from llama_index.core.workflow import Context
from pydantic import Field, create_model

from hatz_client import Agent, App, Workflow
from hatz_client.integration.hatz_tools.arguments import ToolArguments
from hatz_client.integration.hatz_tools.run import AppRun, ToolClients
from hatz_client.integration.hatz_tools.texts import (
    REQUEST,
    agent_description,
    agent_tool_name,
    find_agent,
    result_text,
    tool_description,
    tool_name,
)
from hatz_client.integration.hatz_tools.to_plain import to_plain
from llama_index_hatz.base import HatzLLM
from llama_index_hatz.hatz_tools.tool import HatzTool, writer


def hatz_app_tool(
    app: App | str,
    *,
    name: str | None = None,
    description: str | None = None,
    streaming: bool = False,
    **settings: Any,
) -> HatzTool:
    """A tool that runs an app of Hatz with the inputs of its form, and returns its answer.

    A file input takes the id of a file that was uploaded to Hatz: a tool reads no files of this machine.

    Args:
        app: One of `Client().list_apps()`, or an app's id, which is looked up now.
        name: The tool's name. Default: the app's name.
        description: When to use the tool. Default: the app's description.
        streaming: Whether the answer's text comes as `HatzProgressEvent`s too. Its usage is then unknown.
        **settings: Settings of `hatz_client.Client`, such as `api_key` or `timeout`.

    Raises:
        HatzInvalidInputError: for an invalid setting, or if `app` is a workflow.
        HatzNotFoundError: if an id is passed that the key cannot reach.
    """
    clients = tool_clients(settings)
    return app_tool(clients, clients.app(app, App), name, description, streaming=streaming)


def hatz_workflow_tool(
    workflow: Workflow | str, *, name: str | None = None, description: str | None = None, **settings: Any
) -> HatzTool:
    """A tool that runs a workflow of Hatz, waits for its job, and returns what its last step wrote.

    In an agent each step that begins or ends is a `HatzProgressEvent`. `deadline=` (seconds) ends the waiting; the job goes on at Hatz,
    and the model is told its id. A job is never started twice.

    Args:
        workflow: One of `Client().list_workflows()`, or a workflow's id, which is looked up now.
        name: The tool's name. Default: the workflow's name.
        description: When to use the tool. Default: the workflow's description.
        **settings: Settings of `hatz_client.Client`, such as `api_key` or `deadline`.

    Raises:
        HatzInvalidInputError: for an invalid setting, or if `workflow` is an app.
        HatzNotFoundError: if an id is passed that the key cannot reach.
    """
    clients = tool_clients(settings)
    return app_tool(clients, clients.app(workflow, Workflow), name, description)


def hatz_agent_tool(
    agent: Agent | str, *, name: str | None = None, description: str | None = None, **settings: Any
) -> HatzTool:
    """A tool that sends a request to a Hatz agent and returns its answer.

    Args:
        agent: One of `HatzLLM.list_agents()`, or an agent's id.
        name: The tool's name. Default: the agent's name, or its id if the name has no characters allowed in tool names.
        description: When to use the tool. Default: the agent's description, or its name.
        **settings: Settings of the `HatzLLM` that calls the agent, such as `api_key` or `timeout`.

    Raises:
        ValueError: if only an id is passed without a description: the model could not know what the agent is for.
    """
    agent = find_agent(agent, description)
    llm = HatzLLM(agent.model, **settings)

    def call(request: str, hatz_context: Context | None = None) -> ChatResponse:
        del hatz_context  # the agent's steps at Hatz are not visible
        return llm.chat([ChatMessage(content=request)])

    async def acall(request: str, hatz_context: Context | None = None) -> ChatResponse:
        del hatz_context
        return await llm.achat([ChatMessage(content=request)])

    tool = agent_tool_name(agent.id, name or agent.name)
    schema = create_model(tool, request=(str, Field(description=REQUEST)))
    return HatzTool(
        call,
        acall,
        ToolMetadata(agent_description(agent, description), tool, schema),
        callback=lambda response: response.message.content or "",
    )


def app_tool(
    clients: ToolClients, app: App, name: str | None = None, description: str | None = None, *, streaming: bool = False
) -> HatzTool:
    """The tool of an app or workflow."""
    run = AppRun(clients, app, tool_name(app, name), streaming)
    arguments = ToolArguments(app)

    def call(hatz_context: Context | None = None, **given: Any) -> Any:
        return to_plain(run.run(arguments.to_inputs(given), writer(hatz_context)))

    async def acall(hatz_context: Context | None = None, **given: Any) -> Any:
        return to_plain(await run.arun(arguments.to_inputs(given), writer(hatz_context)))

    about = ToolMetadata(tool_description(app, description), run.tool, arguments.to_class(run.tool))
    return HatzTool(call, acall, about, callback=result_text)


def tool_clients(settings: dict[str, Any]) -> ToolClients:
    """The clients of a tool."""
    return ToolClients(HatzLLM.user_agent, settings)
