"""`HatzToolkit`: all that a key can reach, as tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import Field, PrivateAttr
from typing_extensions import override

from hatz_client.integration.hatz_tools.run import ToolClients
from hatz_client.integration.hatz_tools.select import KINDS, Found, Kind, afind_all, check_selection, find_all, to_tools
from langchain_hatz.errors import translate_errors
from langchain_hatz.hatz_tools.agents import hatz_agent_tool
from langchain_hatz.hatz_tools.apps import app_tool, tool_clients


class HatzToolkit(BaseToolkit):
    """The apps, workflows and agents that a key can reach, as tools.

    ```python
    tools = HatzToolkit(names=["Ticket*", "Onboard a user"]).get_tools()   # or await ….aget_tools()
    agent = create_agent(ChatHatz("gpt-5.2"), tools)
    ```

    Args:
        names: Names (case-insensitive, with `*` and `?` as wildcards) or ids. Default: all.
        kinds: Which kinds become tools: "apps", "workflows", "agents". Default: all three.
        **settings: Settings of `hatz_client.Client`, such as `api_key`.

    Raises:
        HatzInvalidInputError: for an invalid argument. `get_tools` raises it too, if a name matches nothing.
    """

    names: Sequence[str] | None = Field(default=None)
    kinds: Sequence[Kind] = Field(default=KINDS)

    _settings: dict[str, Any] = PrivateAttr(default_factory=dict)
    _clients: ToolClients = PrivateAttr()

    def __init__(self, names: Sequence[str] | None = None, kinds: Sequence[Kind] = KINDS, **settings: Any) -> None:
        with translate_errors():
            check_selection(names, kinds)
            clients = tool_clients(settings)
        super().__init__(names=names, kinds=kinds)  # type: ignore[call-arg]  # mypy sees only the base class's fields
        self._settings, self._clients = settings, clients

    @override
    def get_tools(self) -> list[BaseTool]:
        """The tools, one for each app, workflow and agent. A tool whose name is taken gets a number behind it."""
        with translate_errors():
            return self._tools(find_all(self._clients, self.names, self.kinds))

    async def aget_tools(self) -> list[BaseTool]:
        """Async version of `get_tools`."""
        with translate_errors():
            return self._tools(await afind_all(self._clients, self.names, self.kinds))

    def _tools(self, found: Iterable[Found]) -> list[BaseTool]:
        return to_tools(
            found,
            lambda app, name: app_tool(self._clients, app, name),
            lambda agent, name: hatz_agent_tool(agent, name=name, **self._settings),
        )
