"""Request bodies read as a `Question`; they have passed `rules` before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hatz_sandbox.neutral import Question, Turn
from hatz_sandbox.read import messages, responses


def read(endpoint: str, body: dict[str, Any], model: str) -> Question:
    """The question in a body; `model` is the name it means."""
    reader = {"responses": responses.read, "messages": messages.read}.get(endpoint, _read_chat)
    question: Question = reader(body, model)
    stream, temperature, top_p = body.get("stream") is True, body.get("temperature"), body.get("top_p")
    return replace(question, endpoint=endpoint, body=body, stream=stream, temperature=temperature, top_p=top_p)


def _read_chat(body: dict[str, Any], model: str) -> Question:
    """Client tools are dropped, as the service drops them."""
    turns = [Turn(message["role"], message["content"]) for message in body["messages"]]
    system = "\n".join(turn.text for turn in turns if turn.role == "system")
    said = tuple(turn for turn in turns if turn.role != "system")
    return Question(model, said, system, max_tokens=body.get("max_tokens"))
