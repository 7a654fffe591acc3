"""What only native chat has: Hatz's own tools."""

from __future__ import annotations

from hatz_cli.probe.judges import accepted, has
from hatz_cli.probe.question import Claim, Question, chat

QUESTIONS = (
    Question(
        id="chat-tools-to-use",
        asks="Does native chat take tools_to_use, and is the step visible in the answer?",
        send=chat(tools_to_use=["google_search"]),
        judge=has(
            "further field",
            lambda exchange: ", ".join(sorted(set(exchange.body or ()) - {"choices", "model", "usage"})),
        ),
        means={
            "yes": "The answer tells of the tool's steps: Reply.residue has it. Report it.",
            "no": "Hatz's tools run unseen; only the text comes back.",
            "refused": "Your key may not use Hatz's tools.",
        },
        claim=Claim("Hatz's own tools run inside and only text comes back", "API docs, Chat Completions", "documented"),
        tokens=600,
        used_by=("chat.tools_to_use",),
    ),
    Question(
        id="chat-unknown-hatz-tool",
        asks="What does native chat do with a Hatz tool there is not?",
        send=chat(tools_to_use=["no_such_tool"]),
        judge=accepted,
        means={
            "accepted": "A misspelled tools_to_use is ignored in silence: check the names.",
            "refused": "A misspelled tools_to_use is an error.",
        },
        claim=Claim("What happens with an unknown Hatz tool is not known", "none", "unknown"),
        tokens=100,
    ),
    Question(
        id="chat-auto-tool-selection",
        asks="Does native chat take auto_tool_selection?",
        send=chat(auto_tool_selection=True),
        judge=accepted,
        means={"accepted": "auto_tool_selection may be set.", "refused": "Leave auto_tool_selection unset."},
        claim=Claim("Native chat takes auto_tool_selection", "public clients", "seen"),
        tokens=300,
        used_by=("chat.auto_tool_selection",),
    ),
    Question(
        id="chat-unknown-file",
        asks="What does native chat do with a file id there is not?",
        send=chat(file_uuids=["00000000-0000-4000-8000-000000000000"]),
        judge=accepted,
        means={
            "accepted": "A file that is gone is ignored in silence: upload it again for each program run.",
            "refused": "A file that is gone is an error, and the client uploads it again.",
        },
        claim=Claim("What happens with an unknown file id is not known", "none", "unknown"),
        tokens=100,
        used_by=("chat.file_uuids",),
    ),
)
