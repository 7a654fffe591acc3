"""The state of `hatz chat`: model, instructions and turns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from hatz_client import HatzInvalidInputError, Prompt, Reply, Text, Turn


@dataclass
class Conversation:
    """The conversation so far. Every question sends all of it, because the gateway keeps nothing."""

    model: str
    system: str | None = None
    max_tokens: int | None = None
    turns: list[Turn] = field(default_factory=list)

    def prompt(self, text: str) -> Prompt:
        """The prompt for the next question. `add` stores the question and its answer."""
        system = [Turn("system", (Text(self.system),))] if self.system else []
        question = Turn("user", (Text(text),))
        return Prompt(self.model, (*system, *self.turns, question), max_tokens=self.max_tokens)

    def add(self, text: str, reply: Reply) -> bool:
        """Store a question and its answer; returns False, and stores neither, if the answer has no text.

        Of an interrupted answer only the text is stored: the gateway rejects a thought without its signature.
        """
        if not reply.text.strip():
            return False
        parts = reply.parts if reply.finish else (Text(reply.text),)
        self.turns += [Turn("user", (Text(text),)), Turn("assistant", parts)]
        return True

    def clear(self) -> None:
        """Delete the turns; model and instructions stay."""
        self.turns.clear()

    def save(self, path: Path) -> None:
        """Write the conversation to a file: JSON for a name that ends in .json, else Markdown.

        Raises:
            HatzInvalidInputError: if the file cannot be written.
        """
        try:
            text = self._as_json() if path.suffix == ".json" else self._as_markdown()
            path.write_text(text, encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:  # ValueError: the path contains a null character
            raise HatzInvalidInputError(
                f"{path} cannot be written: {getattr(error, 'strerror', None) or error}."
            ) from None

    def _messages(self) -> list[tuple[str, str]]:
        texts = (
            ("".join(part.text for part in turn.parts if isinstance(part, Text)), turn.role) for turn in self.turns
        )
        system: list[tuple[str, str]] = [("system", self.system)] if self.system else []
        return system + [(role, text) for text, role in texts]

    def _as_json(self) -> str:
        turns = [{"role": role, "content": text} for role, text in self._messages()]
        return json.dumps({"model": self.model, "messages": turns}, ensure_ascii=False, indent=2) + "\n"

    def _as_markdown(self) -> str:
        return f"# {self.model}\n\n" + "\n".join(f"## {role}\n\n{text}\n" for role, text in self._messages())
