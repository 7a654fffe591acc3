"""Methods that list models, agents, apps, workflows and files; on an instance, or on the class with settings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from hatz_client.integration import model_facts

if TYPE_CHECKING:
    from hatz_client import Agent, App, AsyncClient, Client, FileInfo, Model, Workflow
else:  # frameworks evaluate annotations of methods; importing these would take time
    Agent = App = AsyncClient = Client = FileInfo = Model = Workflow = Any

R = TypeVar("R")


class class_or_instance(Generic[R]):  # noqa: N801 (a decorator)
    """A method that also works on the class: there it takes settings such as `api_key` and `base_url`.

    Missing settings come from the environment.
    """

    def __init__(self, method: Callable[[Any], R]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, model: Any, kind: type[Any]) -> Callable[..., R]:
        if model is not None:
            return MethodType(self._method, model)

        @wraps(self._method)
        def on_the_class(**settings: Any) -> R:
            return self._method(kind(**{"model": "auto", **settings}))

        return on_the_class


class _Connected(Protocol):
    """An instance of a framework's class."""

    base_url: str | None

    @staticmethod
    def translate_errors() -> AbstractContextManager[None]: ...

    def client(self) -> Client: ...

    def async_client(self) -> AsyncClient: ...


@class_or_instance
def list_models(self: _Connected) -> tuple[Model, ...]:
    """The models this key may use. On the class it takes settings: `list_models(api_key=…, base_url=…)`."""
    with self.translate_errors():
        return model_facts.cache_models(self.base_url, self.client().list_models())


@class_or_instance
async def alist_models(self: _Connected) -> tuple[Model, ...]:
    """Async version of `list_models`."""
    with self.translate_errors():
        return model_facts.cache_models(self.base_url, await self.async_client().list_models())


@class_or_instance
def list_agents(self: _Connected) -> tuple[Agent, ...]:
    """The Hatz agents this key may use: pass an agent's `model` as `model` to run it."""
    with self.translate_errors():
        return self.client().list_agents()


@class_or_instance
async def alist_agents(self: _Connected) -> tuple[Agent, ...]:
    """Async version of `list_agents`."""
    with self.translate_errors():
        return await self.async_client().list_agents()


@class_or_instance
def list_apps(self: _Connected) -> tuple[App, ...]:
    """The Hatz apps this key may use: `hatz_app_tool` makes a tool of one."""
    with self.translate_errors():
        return tuple(self.client().list_apps())


@class_or_instance
async def alist_apps(self: _Connected) -> tuple[App, ...]:
    """Async version of `list_apps`."""
    with self.translate_errors():
        return tuple([app async for app in self.async_client().list_apps()])


@class_or_instance
def list_workflows(self: _Connected) -> tuple[Workflow, ...]:
    """The Hatz workflows this key may use: `hatz_workflow_tool` makes a tool of one."""
    with self.translate_errors():
        return tuple(self.client().list_workflows())


@class_or_instance
async def alist_workflows(self: _Connected) -> tuple[Workflow, ...]:
    """Async version of `list_workflows`."""
    with self.translate_errors():
        return tuple([workflow async for workflow in self.async_client().list_workflows()])


@class_or_instance
def list_files(self: _Connected) -> tuple[FileInfo, ...]:
    """The files of the key's user at Hatz: pass their ids as `file_uuids`. Their content cannot be read back."""
    with self.translate_errors():
        return self.client().list_files()


@class_or_instance
async def alist_files(self: _Connected) -> tuple[FileInfo, ...]:
    """Async version of `list_files`."""
    with self.translate_errors():
        return await self.async_client().list_files()
