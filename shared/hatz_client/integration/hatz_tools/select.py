"""Select apps, workflows and agents by name, and make tools of them."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.hatz_tools.run import ToolClients
from hatz_client.integration.hatz_tools.texts import agent_tool_name, tool_name, unique_name
from hatz_client.resources.apps import App
from hatz_client.resources.models import Agent
from hatz_client.util.suggest import did_you_mean

T = TypeVar("T")

Kind: TypeAlias = Literal["apps", "workflows", "agents"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Found: TypeAlias = App | Agent


def check_selection(names: Any, kinds: Any) -> None:
    """Check the arguments of a selection.

    Raises:
        HatzInvalidInputError: if `names` is not a list of names, or a kind is unknown.
    """
    if isinstance(names, str) or not (names is None or all(isinstance(name, str) for name in names)):
        raise HatzInvalidInputError(f"names={names!r:.200} is not a list of names: pass names=['Ticket*'].")
    if isinstance(kinds, str) or (unknown := [kind for kind in kinds if kind not in KINDS]):
        raise HatzInvalidInputError(
            f"kinds={kinds if isinstance(kinds, str) else unknown!r} is unknown: use {list(KINDS)}."
        )


def find_all(clients: ToolClients, names: Sequence[str] | None, kinds: Sequence[Kind]) -> list[Found]:
    """The resources of these kinds, filtered by name.

    Raises:
        HatzInvalidInputError: if nothing has one of the names.
    """
    client = clients.client
    found: list[Found] = []
    if "apps" in kinds:
        found += client.list_apps()
    if "workflows" in kinds:
        found += client.list_workflows()
    if "agents" in kinds:
        found += client.list_agents()
    return [clients.app(one, App) if type(one) is App else one for one in _filter_by_name(found, names)]


async def afind_all(clients: ToolClients, names: Sequence[str] | None, kinds: Sequence[Kind]) -> list[Found]:
    """Async version of `find_all`."""
    client = clients.async_client
    found: list[Found] = []
    if "apps" in kinds:
        found += [app async for app in client.list_apps()]
    if "workflows" in kinds:
        found += [workflow async for workflow in client.list_workflows()]
    if "agents" in kinds:
        found += await client.list_agents()
    return [await clients.aapp(one, App) if type(one) is App else one for one in _filter_by_name(found, names)]


def to_tools(
    found: Iterable[Found], app_tool: Callable[[App, str], T], agent_tool: Callable[[Agent, str], T]
) -> list[T]:
    """The tools, made by these functions of the resource and the tool's name; two of one name get numbers."""
    tools: dict[str, T] = {}
    for one in found:
        if isinstance(one, App):
            name = unique_name(tool_name(one), tools)
            tools[name] = app_tool(one, name)
        else:
            name = unique_name(agent_tool_name(one.id, one.name), tools)
            tools[name] = agent_tool(one, name)
    return list(tools.values())


def _filter_by_name(found: Iterable[Found], names: Sequence[str] | None) -> list[Found]:
    """Those with one of these names or ids, or matching a pattern such as "Ticket*" (case-insensitive)."""
    listed = list(found)
    if names is None:
        return listed
    for name in names:
        if not any(_fits(one, name) for one in listed):
            known = [str(one.name or one.id) for one in listed]
            hint = did_you_mean(name, known)
            raise HatzInvalidInputError(
                f"This key has nothing called {name!r}{f': {hint}' if hint else '.'} There are: {', '.join(known) or 'none'}."
            )
    return [one for one in listed if any(_fits(one, name) for name in names)]


def _fits(one: Found, pattern: str) -> bool:
    return one.id == pattern or fnmatch.fnmatchcase((one.name or "").lower(), pattern.lower())
