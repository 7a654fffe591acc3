"""Hatz's apps and workflows as tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatz_client import App, Workflow
from hatz_client.integration.hatz_tools.run import AppRun, ToolClients
from hatz_client.integration.hatz_tools.texts import tool_description, tool_name
from langchain_hatz.chat_models import ChatHatz
from langchain_hatz.errors import translate_errors
from langchain_hatz.hatz_tools.tool import HatzTool

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


def hatz_app_tool(
    app: App | str,
    *,
    name: str | None = None,
    description: str | None = None,
    streaming: bool = False,
    **settings: Any,
) -> BaseTool:
    """A tool that runs an app of Hatz with the inputs of its form, and returns its answer.

    A file input takes the id of a file that was uploaded to Hatz: a tool reads no files of this machine.

    Args:
        app: One of `Client().list_apps()`, or an app's id, which is looked up now.
        name: The tool's name. Default: the app's name.
        description: When to use the tool. Default: the app's description.
        streaming: Whether the answer's text is written to LangGraph's stream as it comes. Its usage is then unknown.
        **settings: Settings of `hatz_client.Client`, such as `api_key` or `timeout`.

    Raises:
        HatzInvalidInputError: for an invalid setting, or if `app` is a workflow.
        HatzNotFoundError: if an id is passed that the key cannot reach.
    """
    with translate_errors():
        clients = tool_clients(settings)
        return app_tool(clients, clients.app(app, App), name, description, streaming=streaming)


def hatz_workflow_tool(
    workflow: Workflow | str, *, name: str | None = None, description: str | None = None, **settings: Any
) -> BaseTool:
    """A tool that runs a workflow of Hatz, waits for its job, and returns what its last step wrote.

    Inside LangGraph each step that begins or ends is written to the stream (`stream_mode="custom"`). `deadline=` (seconds) ends the
    waiting; the job goes on at Hatz, and the model is told its id. A job is never started twice.

    Args:
        workflow: One of `Client().list_workflows()`, or a workflow's id, which is looked up now.
        name: The tool's name. Default: the workflow's name.
        description: When to use the tool. Default: the workflow's description.
        **settings: Settings of `hatz_client.Client`, such as `api_key` or `deadline`.

    Raises:
        HatzInvalidInputError: for an invalid setting, or if `workflow` is an app.
        HatzNotFoundError: if an id is passed that the key cannot reach.
    """
    with translate_errors():
        clients = tool_clients(settings)
        return app_tool(clients, clients.app(workflow, Workflow), name, description)


def app_tool(
    clients: ToolClients, app: App, name: str | None = None, description: str | None = None, *, streaming: bool = False
) -> HatzTool:
    """The tool of an app or workflow."""
    run = AppRun(clients, app, tool_name(app, name), streaming)
    return HatzTool(run, tool_description(app, description), metadata={"hatz_app_id": app.id})


def tool_clients(settings: dict[str, Any]) -> ToolClients:
    """The clients of a tool."""
    return ToolClients(ChatHatz.user_agent, settings)
