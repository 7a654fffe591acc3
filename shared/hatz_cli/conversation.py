"""A conversation on the terminal: its turns, what a command line changes in it, and how it is saved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from hatz_client import HatzInvalidInputError, Prompt, Reply, Text, Turn


@dataclass
class Conversation:
    """What was said so far; every question sends all of it, for the gateway keeps nothing."""

    model: str
    system: str | None = None
    max_tokens: int | None = None
    turns: list[Turn] = field(default_factory=list)

    def prompt(self, text: str) -> Prompt:
        """The prompt that asks the next question; the conversation is unchanged until it is answered."""
        head = [Turn("system", (Text(self.system),))] if self.system else []
        question = Turn("user", (Text(text),))
        return Prompt(self.model, (*head, *self.turns, question), max_tokens=self.max_tokens)

    def add(self, text: str, reply: Reply) -> bool:
        """Keep a question and what was answered; an answer without text is not kept, nor is its question.

        Of an answer that was stopped only the text is kept: half a thought without its signature is refused.
        """
        if not reply.text.strip():
            return False
        parts = reply.parts if reply.finish else (Text(reply.text),)
        self.turns += [Turn("user", (Text(text),)), Turn("assistant", parts)]
        return True

    def clear(self) -> None:
        """Forget what was said; model and instructions stay."""
        self.turns.clear()

    def save(self, path: Path) -> None:
        """Write the conversation to a file: JSON for a name that ends in .json, else Markdown.

        Raises:
            HatzInvalidInputError: the file cannot be written.
        """
        try:
            path.write_text(self._as_json() if path.suffix == ".json" else self._as_markdown(), encoding="utf-8")
        except OSError as error:
            raise HatzInvalidInputError(f"{path} cannot be written: {error.strerror or error}.") from None

    def _said(self) -> list[tuple[str, str]]:
        texts = (
            ("".join(part.text for part in turn.parts if isinstance(part, Text)), turn.role) for turn in self.turns
        )
        said: list[tuple[str, str]] = [("system", self.system)] if self.system else []
        return said + [(role, text) for text, role in texts]

    def _as_json(self) -> str:
        turns = [{"role": role, "content": text} for role, text in self._said()]
        return json.dumps({"model": self.model, "messages": turns}, ensure_ascii=False, indent=2) + "\n"

    def _as_markdown(self) -> str:
        return f"# {self.model}\n\n" + "\n".join(f"## {role}\n\n{text}\n" for role, text in self._said())
