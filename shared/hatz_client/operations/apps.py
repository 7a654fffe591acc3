"""List, read and run apps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hatz_client.connection.http.headers import new_request_id
from hatz_client.connection.settings import Settings
from hatz_client.content import Prompt
from hatz_client.errors import HatzInvalidInputError
from hatz_client.operations.generate import Generation
from hatz_client.operations.operation import Operation, Options
from hatz_client.resources.apps import App, apps_of
from hatz_client.resources.models import entries_of
from hatz_client.util.ids import check_id
from hatz_client.util.json_text import to_json, without_none
from hatz_client.wire.endpoints import endpoint_spec

MAX_PAGE = 1000
"""The maximum number of entries on one page (Hatz's API page "App Builder")."""


def list_apps(settings: Settings, options: Options, name: str | None, limit: int, offset: int) -> Operation:
    """The operation that lists apps and workflows, from `offset`.

    Raises:
        HatzInvalidInputError: if the page's size is out of bounds.
    """
    if not isinstance(limit, int) or not 1 <= limit <= MAX_PAGE:
        raise HatzInvalidInputError(f"page_size={limit!r} is not a number from 1 to {MAX_PAGE}.")
    query = without_none(name=name, limit=limit, offset=offset)
    request_id = new_request_id() if offset else options.id
    return Operation(settings, options, "GET", "/app/list", None, request_id, query=query)


def read_page(body: Any) -> tuple[int, tuple[App, ...]]:
    """The number of entries on a page of the list, and its apps and workflows."""
    return len(entries_of(body, "apps")), apps_of(body)


def get_app(settings: Settings, app_id: str, options: Options) -> Operation:
    """The operation that reads one app.

    Raises:
        HatzInvalidInputError: if this is no id.
    """
    return Operation(settings, options, "GET", f"/app/{check_id(app_id, 'an app')}", None, options.id)


def query_app(
    settings: Settings,
    app: App,
    inputs: dict[str, Any],
    model: str | None,
    file_uuids: Sequence[str],
    options: Options,
    *,
    stream: bool,
) -> Generation:
    """The operation that asks an app for an answer, which has the form of a native chat answer.

    The model is the app's own unless another one is given: without one, Hatz's API description names "gpt-4o" as the default.
    """
    model = model or app.model
    body = without_none(
        inputs=inputs, model=model, stream=True if stream else None, file_uuids=list(file_uuids) or None
    )
    path = f"/app/{check_id(app.id, 'an app')}/query"
    operation = Operation(settings, options, "POST", path, to_json(body), options.id, stream)
    return Generation(operation, Prompt(model or "", ()), endpoint_spec("chat"))
