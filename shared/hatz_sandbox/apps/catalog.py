"""The apps and workflows that the sandbox offers."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.gateway_error import GatewayError

Entry = dict[str, Any]


def apps() -> list[Entry]:
    """A new list of one app and one workflow, in the shape of `GET /app/list`."""
    return [
        {
            "id": "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40",
            "name": "Ticket reply",
            "description": "Writes the reply to a support ticket.",
            "default_model": "gpt-4o",
            "files": [],
            "constants": [],
            "user_inputs": [
                _input(0, "ticket", "Ticket", "paragraph", "The customer's words.", required=True),
                _input(1, "tone", "Tone", "dropdown", "How the reply sounds.", options=["friendly", "formal"]),
                _input(2, "screenshot", "Screenshot", "file_upload", "A picture of the problem."),
            ],
            "prompt_sections": [{"body": "Write a {{tone}} reply to this ticket: {{ticket}}", "position": 0}],
        },
        {
            "id": "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11",
            "name": "Onboard a user",
            "description": "Creates the account of a new employee and writes the welcome mail.",
            "default_model": "gpt-4o",
            "files": [],
            "constants": [],
            "user_inputs": [
                _input(0, "full_name", "Full name", "short_answer", "Of the new employee.", required=True),
                _input(1, "licence", "Licence", "multiple_choice", "What they need.", options=["basic", "full"]),
            ],
            "steps": [
                _step(0, "account", "Create the account"),
                _step(1, "licence", "Assign the licence"),
                _step(2, "mail", "Write the welcome mail"),
            ],
            "dependencies": [],
        },
    ]


def find(app_id: str, entries: list[Entry], *, workflow: bool) -> Entry:
    """The app or the workflow with this id, or `GatewayError`."""
    for entry in entries:
        if id_of(entry) == app_id and ("steps" in entry) is workflow:
            return entry
    raise GatewayError(f"{'Workflow' if workflow else 'App'} not found", status=404)


def id_of(entry: Entry) -> str:
    """An entry's id, under any of the names that clients read."""
    return str(entry.get("id") or entry.get("app_id") or entry.get("uuid"))


def _input(
    position: int, name: str, title: str, kind: str, description: str, *, required: bool = False, **more: Any
) -> Entry:
    # Under which name the choices stand is in no source; `options` is a guess.
    return {
        "position": position,
        "required": required,
        "object_id": f"input-{name}",
        "description": description,
        "display_name": title,
        "variable_name": name,
        "variable_type": kind,
        **more,
    }


def _step(position: int, name: str, title: str) -> Entry:
    return {
        "id": f"step-{name}",
        "config": {"model": "gpt-4o"},
        "position": position,
        "step_type": "prompt",
        "display_name": title,
        "prompt_sections": [],
    }
