"""The paths of apps and workflows, and their responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from hatz_sandbox.apps import catalog, rules
from hatz_sandbox.catalog import find_for_chat
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.http_response import HttpResponse, json_response
from hatz_sandbox.neutral import Request, Turn

if TYPE_CHECKING:
    from hatz_sandbox.apps.catalog import Entry
    from hatz_sandbox.apps.jobs import Jobs
    from hatz_sandbox.http_request import SandboxRequest

RUN = "/v1/workflows/run"
_LIST = "/v1/app/list"
_QUERY = re.compile(r"/v1/app/([^/]+)/query")
_ONE = re.compile(r"/v1/app/(?!models$)([^/]+)")
_JOB = re.compile(r"/v1/workflows/([^/]+)")


class State(Protocol):
    """What is read of the sandbox."""

    models: list[Entry]
    apps: list[Entry]
    jobs: Jobs
    files: dict[str, str]


def serves(path: str) -> bool:
    """Whether the path is one of these."""
    return path == _LIST or any(pattern.fullmatch(path) for pattern in (_QUERY, _ONE, _JOB))


def is_query(path: str) -> bool:
    """Whether the path asks an app for an answer."""
    return _QUERY.fullmatch(path) is not None


def is_post(path: str) -> bool:
    """Whether the path is asked with POST."""
    return path == RUN or is_query(path)


def serve(state: State, request: SandboxRequest, body: dict[str, Any]) -> HttpResponse:
    """The response of every path but `is_query`; `body` is read for `RUN` alone."""
    if request.path == RUN:
        return _run(state, body)
    if job := _JOB.fullmatch(request.path):
        return json_response(state.jobs.poll(job[1]))
    if request.path == _LIST:
        return _page(state.apps, request.query)
    app_id = request.path.removeprefix("/v1/app/")
    rules.check_id(app_id)
    if any(catalog.id_of(entry) == app_id and "steps" in entry for entry in state.apps):
        # A public client saw this for some ids of workflows.
        raise GatewayError("Internal Server Error", status=500)
    return json_response(catalog.find(app_id, state.apps, workflow=False))


def read_query(state: State, path: str, body: dict[str, Any]) -> Request:
    """What an app asks a model: its prompt with the inputs in it."""
    match = _QUERY.fullmatch(path)
    app_id = match[1] if match else ""
    rules.check_id(app_id)
    rules.check_query(body)
    entry = catalog.find(app_id, state.apps, workflow=False)
    model = find_for_chat(body.get("model"), state.models, [])
    inputs = body["inputs"]
    rules.check_form(entry, inputs, state.files)
    sections = sorted(entry.get("prompt_sections") or [], key=lambda section: section.get("position", 0))
    prompt = "\n".join(str(section.get("body", "")) for section in sections)
    text = re.sub(r"{{\s*(\w+)\s*}}", lambda name: str(inputs.get(name[1], "")), prompt)
    text = text.strip() or "\n".join(f"{name}: {value}" for name, value in inputs.items()) or str(entry.get("name"))
    media = tuple("file" for _ in body.get("file_uuids") or [])
    return Request(model=model, turns=(Turn("user", text, media=media),), stream=body.get("stream") is True)


def _run(state: State, body: dict[str, Any]) -> HttpResponse:
    rules.check_run(body)
    workflow = catalog.find(body["app_id"], state.apps, workflow=True)
    rules.check_form(workflow, body["inputs"], state.files)
    return json_response({"status": "Workflow Job Invoked", "job_id": state.jobs.start(workflow, body["inputs"])})


def _page(entries: list[Entry], query: str) -> HttpResponse:
    given = parse_qs(query)
    limit, offset = _number(given, "limit", 100, 1, 1000), _number(given, "offset", 0, 0, None)
    name = (given.get("name") or [""])[0].lower()
    found = [entry for entry in entries if name in str(entry.get("name", "")).lower()]
    return json_response({"data": found[offset : offset + limit]})


def _number(given: dict[str, list[str]], name: str, default: int, least: int, most: int | None) -> int:
    value = (given.get(name) or [str(default)])[0]
    number = int(value) if value.isdecimal() else -1
    if number < least or (most is not None and number > most):
        message = (
            f"Input should be a number from {least} on" if most is None else f"Input should be from {least} to {most}"
        )
        raise GatewayError(
            message, status=422, detail=[{"loc": ["query", name], "msg": message, "type": "value_error"}]
        )
    return number
