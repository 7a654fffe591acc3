"""What only Hatz's own API has: the tools of native chat, and the lists of apps, files and usage. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hatz_cli.exchange import Exchange, Request
from hatz_cli.probe.interpret import accepted, has
from hatz_cli.probe.question import Claim, Question, chat

_LIST = Request("/app/list?limit=20", method="GET")


def _entries(exchange: Exchange) -> list[Mapping[str, Any]]:
    body = exchange.body
    found = body.get("data") if isinstance(body, dict) else body
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _fields(entries: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(sorted({name for entry in entries for name in entry}))


def _inner(exchange: Exchange, name: str) -> str:
    """The fields of what the entries list under this name."""
    lists = (entry.get(name) for entry in _entries(exchange))
    return _fields(item for items in lists if isinstance(items, list) for item in items if isinstance(item, dict))


def _numbers(exchange: Exchange) -> str:
    """The numbers at the top of the body, and the names of what else is there."""
    if not isinstance(exchange.body, dict):
        return ""
    return ", ".join(
        f"{name}: {value}" if isinstance(value, int | float) else name for name, value in exchange.body.items()
    )


LISTS = (
    Question(
        id="usage-endpoint",
        asks="What does GET /usage answer?",
        send=Request("/usage", method="GET"),
        interpret=has("field", _numbers),
        means={
            "yes": "The gateway tells the usage of a key: report what came, so that the client can read it.",
            "no": "GET /usage answers, with nothing that can be read: report it.",
            "refused": "The gateway does not tell the usage of a key there; add up that of answers: client.usage().",
        },
        claim=Claim("There is a GET /usage; its answer is not known", "API docs name a Usage API", "unknown"),
        tokens=0,
        per_model=False,
    ),
    Question(
        id="apps-list",
        asks="Which fields does the list of apps and workflows have?",
        send=_LIST,
        interpret=has("app", lambda exchange: _fields(_entries(exchange))),
        means={
            "yes": "The client reads apps from these fields.",
            "no": "Your key has no apps, or the list has another form.",
            "refused": "Your key may not list apps.",
        },
        claim=Claim(
            "Apps are listed under data; workflows have steps", "API docs, App Builder; a public client", "seen"
        ),
        tokens=0,
        per_model=False,
        used_by=("resources/apps.py", "operations/apps.py"),
    ),
    Question(
        id="apps-inputs",
        asks="Does the list of apps have their inputs, and under which name are the choices?",
        send=_LIST,
        interpret=has("inputs in the list", lambda exchange: _inner(exchange, "user_inputs")),
        means={
            "yes": "Inputs are checked before they are sent. If no field looks like choices, report the names.",
            "no": "The list has no inputs: the client asks for each app before it is run.",
            "refused": "Your key may not list apps.",
        },
        claim=Claim(
            "Apps have user_inputs; the name of the choices is not known", "API description of 2024", "documented"
        ),
        tokens=0,
        per_model=False,
        used_by=("resources/apps.py", "operations/app_inputs.py"),
    ),
    Question(
        id="files-list",
        asks="Which fields does the list of files have?",
        send=Request("/files/", method="GET"),
        interpret=has("file", lambda exchange: _fields(_entries(exchange))),
        means={
            "yes": "The client reads id, name and status from these fields.",
            "no": "Your key has no files, or the list has another form.",
            "refused": "Your key may not list files.",
        },
        claim=Claim("Files are listed under data; their fields are not known", "a public client", "seen"),
        tokens=0,
        per_model=False,
        used_by=("resources/files.py", "operations/uploads.py"),
    ),
)

NATIVE_CHAT = (
    Question(
        id="chat-tools-to-use",
        asks="Does native chat take tools_to_use, and is the step visible in the answer?",
        send=chat(tools_to_use=["google_search"]),
        interpret=has(
            "further field",
            lambda exchange: ", ".join(sorted(set(exchange.body or ()) - {"choices", "model", "usage"})),
        ),
        means={
            "yes": "The answer has the tool's steps, which Reply.residue keeps: report it.",
            "no": "The steps of Hatz's tools are not visible: the answer has only text.",
            "refused": "Your key may not use Hatz's tools.",
        },
        claim=Claim("Hatz's own tools run inside and only text comes back", "API docs, Chat Completions", "documented"),
        tokens=600,
        used_by=("chat.tools_to_use",),
    ),
    Question(
        id="chat-unknown-hatz-tool",
        asks="What does native chat do with the name of an unknown Hatz tool?",
        send=chat(tools_to_use=["no_such_tool"]),
        interpret=accepted,
        means={
            "accepted": "A misspelled tools_to_use is ignored without an error: check the names.",
            "refused": "A misspelled tools_to_use is an error.",
        },
        claim=Claim("What happens with an unknown Hatz tool is not known", "none", "unknown"),
        tokens=100,
    ),
    Question(
        id="chat-auto-tool-selection",
        asks="Does native chat take auto_tool_selection?",
        send=chat(auto_tool_selection=True),
        interpret=accepted,
        means={"accepted": "auto_tool_selection may be set.", "refused": "Leave auto_tool_selection unset."},
        claim=Claim("Native chat takes auto_tool_selection", "public clients", "seen"),
        tokens=300,
        used_by=("chat.auto_tool_selection",),
    ),
    Question(
        id="chat-unknown-file",
        asks="What does native chat do with an unknown file id?",
        send=chat(file_uuids=["00000000-0000-4000-8000-000000000000"]),
        interpret=accepted,
        means={
            "accepted": "A file that is gone is ignored without an error: upload it again in each run of your program.",
            "refused": "A file that is gone is an error, and the client uploads it again.",
        },
        claim=Claim("What happens with an unknown file id is not known", "none", "unknown"),
        tokens=100,
        used_by=("chat.file_uuids",),
    ),
)
