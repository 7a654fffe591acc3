"""Apps and workflows: `/app/list`, `/app/{id}`, `/app/{id}/query` and `/workflows/run`."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from hatz_sandbox.catalog import find_model
from hatz_sandbox.native.jobs import Jobs
from hatz_sandbox.neutral import GatewayError, Json, Question, Turn
from hatz_sandbox.rules import native as rules


def list_page(entries: list[Json], query: str) -> Json:
    """A page of the apps and workflows; the query string may have `name`, `limit` and `offset`."""
    given: Json = dict(parse_qsl(query))
    rules.check_shape(rules.PAGE, given, "query")
    limit, offset, name = int(given.get("limit", 100)), int(given.get("offset", 0)), given.get("name", "").lower()
    found = [entry for entry in entries if name in str(entry.get("name", "")).lower()]
    return {"data": found[offset : offset + limit]}


def get_app(entries: list[Json], app_id: str) -> Json:
    """The app with this id. The id of a workflow gets a 500, as a public client saw it for some."""
    rules.check_app_id(app_id)
    if any(_id_of(entry) == app_id and "steps" in entry for entry in entries):
        raise GatewayError("Internal Server Error", status=500)
    return _find(app_id, entries, workflow=False)


def run_workflow(entries: list[Json], jobs: Jobs, files: dict[str, str], body: Json) -> Json:
    """Start a job of a workflow."""
    rules.check_shape(rules.RUN, body)
    workflow = _find(body["app_id"], entries, workflow=True)
    rules.check_inputs(workflow, body["inputs"], files)
    return {"status": "Workflow Job Invoked", "job_id": jobs.start(_id_of(workflow), workflow, body["inputs"])}


def read_query(entries: list[Json], models: list[Json], files: dict[str, str], app_id: str, body: Json) -> Question:
    """The question of a request to an app: the app's prompt, with the inputs filled in."""
    rules.check_app_id(app_id)
    rules.check_shape(rules.QUERY, body)
    entry = _find(app_id, entries, workflow=False)
    model = find_model(body.get("model"), "chat", models, [])
    inputs = body["inputs"]
    rules.check_inputs(entry, inputs, files)
    sections = sorted(entry.get("prompt_sections") or [], key=lambda section: section.get("position", 0))
    prompt = "\n".join(str(section.get("body", "")) for section in sections)
    text = re.sub(r"{{\s*(\w+)\s*}}", lambda name: str(inputs.get(name[1], "")), prompt)
    text = text.strip() or "\n".join(f"{name}: {value}" for name, value in inputs.items()) or str(entry.get("name"))
    return Question(model, (Turn("user", text),), body=body, stream=body.get("stream") is True)


def _find(app_id: str, entries: list[Json], *, workflow: bool) -> Json:
    for entry in entries:
        if _id_of(entry) == app_id and ("steps" in entry) is workflow:
            return entry
    raise GatewayError(f"{'Workflow' if workflow else 'App'} not found", status=404)


def _id_of(entry: Json) -> str:
    """The id of an entry, under any of the names that clients read."""
    return str(entry.get("id") or entry.get("app_id") or entry.get("uuid"))
