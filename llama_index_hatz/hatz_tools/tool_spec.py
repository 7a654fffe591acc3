"""`HatzToolSpec`: all that a key can reach, as tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.tools.tool_spec.base import BaseToolSpec
from typing_extensions import override

from hatz_client import HatzInvalidInputError
from hatz_client.integration.hatz_tools.select import KINDS, Found, Kind, afind_all, check_selection, find_all, to_tools
from llama_index_hatz.hatz_tools.tools import app_tool, hatz_agent_tool, tool_clients


class HatzToolSpec(BaseToolSpec):
    """The apps, workflows and agents that a key can reach, as tools.

    ```python
    tools = await HatzToolSpec(names=["Ticket*", "Onboard a user"]).to_tool_list_async()   # or ….to_tool_list()
    agent = FunctionAgent(llm=HatzLLM("gpt-5.2"), tools=tools)
    ```

    Args:
        names: Names (case-insensitive, with `*` and `?` as wildcards) or ids. Default: all.
        kinds: Which kinds become tools: "apps", "workflows", "agents". Default: all three.
        **settings: Settings of `hatz_client.Client`, such as `api_key`.

    Raises:
        HatzInvalidInputError: for an invalid argument. `to_tool_list` raises it too, if a name matches nothing.
    """

    def __init__(self, names: Sequence[str] | None = None, kinds: Sequence[Kind] = KINDS, **settings: Any) -> None:
        check_selection(names, kinds)
        self.names, self.kinds = names, kinds
        self._settings = settings
        self._clients = tool_clients(settings)

    @override
    def to_tool_list(
        self,
        spec_functions: list[str | tuple[str, str]] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """The tools, one for each app, workflow and agent. A tool whose name is taken gets a number behind it.

        Args:
            spec_functions: Replaces `names`.
            func_to_metadata_mapping: Not supported: pass `name=` and `description=` to `hatz_app_tool`.

        Raises:
            HatzInvalidInputError: if a name matches nothing, or `func_to_metadata_mapping` is set.
        """
        names = self._names(spec_functions, func_to_metadata_mapping)
        return self._tools(find_all(self._clients, names, self.kinds))

    @override
    async def to_tool_list_async(
        self,
        spec_functions: list[str | tuple[str, str]] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """Async version of `to_tool_list`."""
        names = self._names(spec_functions, func_to_metadata_mapping)
        return self._tools(await afind_all(self._clients, names, self.kinds))

    def _names(self, given: Sequence[Any] | None, metadata: Any) -> Sequence[str] | None:
        if metadata:
            raise HatzInvalidInputError(
                "func_to_metadata_mapping is not used: pass name= and description= to hatz_app_tool."
            )
        check_selection(given, self.kinds)
        return given or self.names

    def _tools(self, found: Iterable[Found]) -> list[FunctionTool]:
        return to_tools(
            found,
            lambda app, name: app_tool(self._clients, app, name),
            lambda agent, name: hatz_agent_tool(agent, name=name, **self._settings),
        )
