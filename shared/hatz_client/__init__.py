"""A sync and an async client for every endpoint of the Hatz AI gateway, independent of any framework.

>>> from hatz_client import Client, Fold, HatzError, Prompt
>>> client = Client()  # reads HATZ_API_KEY; sends nothing yet
>>> reply = client.ask(Prompt("gpt-5.2", "Hello!"))  # doctest: +SKIP
>>> reply.text, reply.usage, reply.request_id  # doctest: +SKIP

Streaming:

>>> fold = Fold()
>>> for event in client.stream(Prompt("gpt-5.2", "Hello!")):  # doctest: +SKIP
...     fold.add(event)
>>> fold.reply.text  # doctest: +SKIP

`AsyncClient` is the same with `await`. A `Prompt` holds the whole conversation, as `Turn`s made of parts (`Text`, `Media`,
`ToolCall`, `ToolResult`, `Reasoning` and so on). A `Reply` is made of the same parts. Calls are stateless: the client
and Hatz keep nothing between them. Every failure is a `HatzError`; `hatz_client.errors` shows the class tree.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hatz_client.connection.api_key import ApiKey
from hatz_client.connection.route import SocketOption
from hatz_client.content import (
    AssistantPrefill,
    Citation,
    Endpoint,
    Finish,
    FinishReason,
    Media,
    MediaKind,
    Opaque,
    OrphanTools,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    Reply,
    ResponseFormat,
    Role,
    SystemMessages,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from hatz_client.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzConnectionError,
    HatzContextOverflowError,
    HatzCreditsError,
    HatzError,
    HatzInvalidInputError,
    HatzJobError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
    HatzUnsupportedError,
)
from hatz_client.events import Delta, End, Event, Fold, Meta, Start, fold
from hatz_client.resources.models import Agent, Model
from hatz_client.version import __version__

if TYPE_CHECKING:
    from hatz_client.async_client import AsyncClient
    from hatz_client.client import Client
    from hatz_client.resources.apps import App, AppInput, Workflow, WorkflowStep
    from hatz_client.resources.files import FileInfo
    from hatz_client.resources.jobs import JobState, JobStep
    from hatz_client.runners.async_job import AsyncJob
    from hatz_client.runners.job import Job
    from hatz_client.runners.usage_total import UsageTotal


_LAZY = {
    **dict.fromkeys(("App", "AppInput", "Workflow", "WorkflowStep"), "resources.apps"),
    **dict.fromkeys(("JobState", "JobStep"), "resources.jobs"),
    "AsyncClient": "async_client",
    "AsyncJob": "runners.async_job",
    "Client": "client",
    "FileInfo": "resources.files",
    "Job": "runners.job",
    "UsageTotal": "runners.usage_total",
}
"""Names that are loaded on first access, with their modules: the clients import httpx, which a framework's package need not wait for."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f"hatz_client.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "Agent",
    "ApiKey",
    "App",
    "AppInput",
    "AssistantPrefill",
    "AsyncClient",
    "AsyncJob",
    "Citation",
    "Client",
    "Delta",
    "End",
    "Endpoint",
    "Event",
    "FileInfo",
    "Finish",
    "FinishReason",
    "Fold",
    "HatzAuthenticationError",
    "HatzBadRequestError",
    "HatzConnectionError",
    "HatzContextOverflowError",
    "HatzCreditsError",
    "HatzError",
    "HatzInvalidInputError",
    "HatzJobError",
    "HatzNotFoundError",
    "HatzPermissionError",
    "HatzRateLimitError",
    "HatzResponseError",
    "HatzServerError",
    "HatzStatusError",
    "HatzStreamInterruptedError",
    "HatzTimeoutError",
    "HatzUnsupportedError",
    "Job",
    "JobState",
    "JobStep",
    "Media",
    "MediaKind",
    "Meta",
    "Model",
    "Opaque",
    "OrphanTools",
    "Part",
    "Prompt",
    "Reasoning",
    "Refusal",
    "Reply",
    "ResponseFormat",
    "Role",
    "SocketOption",
    "Start",
    "SystemMessages",
    "Text",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Turn",
    "Usage",
    "UsageTotal",
    "Workflow",
    "WorkflowStep",
    "__version__",
    "fold",
]
