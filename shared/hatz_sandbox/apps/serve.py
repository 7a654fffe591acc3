"""The paths of apps and workflows, and their responses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from hatz_sandbox.apps import catalog, rules
from hatz_sandbox.catalog import find_model
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.neutral import Question, Turn
from hatz_sandbox.rules.fastapi_words import refuse

if TYPE_CHECKING:
    from hatz_sandbox.apps.catalog import Entry
    from hatz_sandbox.apps.jobs import Jobs

Json = dict[str, Any]


class State(Protocol):
    """What is read of the sandbox."""

    models: list[Entry]
    apps: list[Entry]
    jobs: Jobs
    files: dict[str, str]


def page(entries: list[Entry], query: str) -> Json:
    """A page of the list of apps and workflows."""
    given = parse_qs(query)
    limit, offset = _number(given, "limit", 100, 1, 1000), _number(given, "offset", 0, 0, None)
    name = (given.get("name") or [""])[0].lower()
    found = [entry for entry in entries if name in str(entry.get("name", "")).lower()]
    return {"data": found[offset : offset + limit]}


def app(entries: list[Entry], path: str) -> Json:
    """The app that the path names.

    Raises:
        GatewayError: there is none; for the id of a workflow a 500, as a public client saw it for some.
    """
    app_id = path.removeprefix("/v1/app/")
    rules.check_id(app_id)
    if any(catalog.id_of(entry) == app_id and "steps" in entry for entry in entries):
        raise GatewayError("Internal Server Error", status=500)
    return catalog.find(app_id, entries, workflow=False)


def job(state: State, path: str) -> Json:
    """The state of the job that the path names."""
    return state.jobs.poll(path.removeprefix("/v1/workflows/"))


def run(state: State, body: Json) -> Json:
    """Start a job of a workflow."""
    rules.check_run(body)
    workflow = catalog.find(body["app_id"], state.apps, workflow=True)
    rules.check_form(workflow, body["inputs"], state.files)
    return {"status": "Workflow Job Invoked", "job_id": state.jobs.start(workflow, body["inputs"])}


def read_query(state: State, path: str, body: Json) -> Question:
    """What an app asks a model: its prompt with the inputs in it."""
    app_id = path.split("/")[-2]
    rules.check_id(app_id)
    rules.check_query(body)
    entry = catalog.find(app_id, state.apps, workflow=False)
    model = find_model(body.get("model"), "chat", state.models, [])
    inputs = body["inputs"]
    rules.check_form(entry, inputs, state.files)
    sections = sorted(entry.get("prompt_sections") or [], key=lambda section: section.get("position", 0))
    prompt = "\n".join(str(section.get("body", "")) for section in sections)
    text = re.sub(r"{{\s*(\w+)\s*}}", lambda name: str(inputs.get(name[1], "")), prompt)
    text = text.strip() or "\n".join(f"{name}: {value}" for name, value in inputs.items()) or str(entry.get("name"))
    return Question(model, (Turn("user", text),), body=body, stream=body.get("stream") is True)


def _number(given: dict[str, list[str]], name: str, default: int, least: int, most: int | None) -> int:
    value = (given.get(name) or [str(default)])[0]
    number = int(value) if value.isdecimal() else -1
    if number < least or (most is not None and number > most):
        message = f"Input should be from {least} to {most}" if most else f"Input should be a number from {least} on"
        refuse([((name,), message, "value_error")], "query")
    return number
