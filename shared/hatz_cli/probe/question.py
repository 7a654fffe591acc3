"""What a question of the probe is: what is sent, how the answer is judged, and what it means for the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hatz_cli.exchange import MODEL, Exchange, Request

Sure = Literal["documented", "seen", "inferred", "unknown"]
"""How sure a claim is: in Hatz's documentation, seen by public programs, inferred from those, or nobody knows."""
Json = dict[str, Any]
NO_ANSWER = "no answer"
"""The verdict where the gateway did not let the question be judged: no connection, a limit, an error of its own."""


@dataclass(frozen=True)
class Claim:
    """What this project takes to be true of the gateway."""

    says: str
    source: str
    """Where it comes from, such as "API reference, Create Response"."""
    sure: Sure


@dataclass(frozen=True)
class Verdict:
    """What the gateway's answer says, in one word, and the evidence for it in a line."""

    word: str
    evidence: str = ""
    """Statuses, names of fields, errors: nothing that a model wrote."""
    quote: str = ""
    """What a model wrote, for the terminal; it stands in no report."""


Judge = Callable[[Sequence[Exchange]], Verdict]
Step = Request | Callable[[Sequence[Exchange]], Request | None]
"""A request, or what makes it of the exchanges before; None ends the question there."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One open question. A new question is one entry in a file of `questions`."""

    id: str
    asks: str
    send: Step | tuple[Step, ...]
    judge: Judge
    means: Mapping[str, str]
    """For each word a verdict can have: what it means for the user's settings."""
    claim: Claim
    tokens: int = 60
    """About how many tokens asking takes."""
    per_model: bool = True
    """Whether the answer depends on the model, so that each model is asked."""
    judges_errors: bool = False
    """Whether error statuses such as 401 and 500 are themselves the answer."""
    used_by: tuple[str, ...] = field(default=())
    """What of the client relies on the claim: "endpoint.capability" as in its `EndpointSpec`, or a module such as "wire/chat.py"."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is sent, one after the other."""
        return self.send if isinstance(self.send, tuple) else (self.send,)


TITLES = {"responses": "Responses", "messages": "Messages", "chat": "native chat"}
"""What questions call each endpoint."""


def responses(**fields: Any) -> Request:
    """A request to OpenAI Responses; None removes a field."""
    return _request("/openai/responses", {"model": MODEL, "input": "Reply with the one word OK."}, fields)


def messages(**fields: Any) -> Request:
    """A request to Anthropic Messages; None removes a field."""
    asked = {
        "model": MODEL,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": "Reply with the one word OK."}],
    }
    return _request("/anthropic/messages", asked, fields)


def chat(**fields: Any) -> Request:
    """A request to native chat; None removes a field."""
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Reply with the one word OK."}]}
    return _request("/chat/completions", asked, fields)


def _request(path: str, defaults: Json, fields: Json) -> Request:
    body = {name: value for name, value in {**defaults, **fields}.items() if value is not None}
    return Request(path, body)
