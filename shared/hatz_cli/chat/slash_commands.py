"""The commands in `hatz chat`: lines that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hatz_cli.chat.conversation import Conversation
from hatz_client import HatzInvalidInputError

Run = Callable[[Conversation, str], None]


def run(line: str, conversation: Conversation) -> bool:
    """Run a command; returns False to end the chat."""
    name, _, argument = line[1:].strip().partition(" ")
    if name in {"quit", "exit", "q"}:
        return False
    found = COMMANDS.get(name)
    if found is None:
        print(f"There is no /{name}. /help lists the commands.")
        return True
    try:
        found[2](conversation, argument.strip())
    except HatzInvalidInputError as error:
        print(error)
    return True


def _model(conversation: Conversation, model: str) -> None:
    conversation.model = model or conversation.model
    print(f"The model is {conversation.model}.")


def _system(conversation: Conversation, text: str) -> None:
    if text:
        conversation.system = None if text == "-" else text
    print(f"The instructions are: {conversation.system}" if conversation.system else "There are no instructions.")


def _save(conversation: Conversation, name: str) -> None:
    path = Path(name or "chat.md").expanduser()
    conversation.save(path)
    print(f"Saved {len(conversation.turns)} turns to {path}.")


def _clear(conversation: Conversation, _: str) -> None:
    conversation.clear()
    print("The conversation is empty.")


def _help(_: Conversation, __: str) -> None:
    width = max(len(usage) for usage, _, _ in COMMANDS.values())
    for usage, meaning, _run in COMMANDS.values():
        print(f"{usage:<{width}}  {meaning}")
    print(f"{'/quit':<{width}}  End the chat (or Ctrl-D). Ctrl-C stops an answer. A \\ at the end continues a line.")


COMMANDS: dict[str, tuple[str, str, Run]] = {
    "model": ("/model [ID]", "Use another model from now on; without an id, show the current one.", _model),
    "system": (
        "/system [TEXT]",
        "Set the instructions for the model; - removes them; without a text, show them.",
        _system,
    ),
    "save": ("/save [FILE]", "Write the conversation to a file (.json, else Markdown; chat.md by default).", _save),
    "clear": ("/clear", "Delete the conversation.", _clear),
    "help": ("/help", "Show this list.", _help),
}
