"""A question of the probe: what is sent, how the answers are interpreted, and what the result means for the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hatz_cli.exchange import MODEL, Exchange, Request

Sure = Literal["documented", "seen", "inferred", "unknown"]
"""The evidence for a claim: Hatz's documentation, observation by public programs, inference from those, or none."""
Json = dict[str, Any]
NO_ANSWER = "no answer"
"""The verdict if the question has no answer: no connection, a rate limit, or an error of the gateway."""


@dataclass(frozen=True)
class Claim:
    """An assumption of this project about the gateway."""

    says: str
    source: str
    """The source, such as "API reference, Create Response"."""
    sure: Sure


@dataclass(frozen=True)
class Verdict:
    """The result of a question in one word, and one line of evidence."""

    word: str
    evidence: str = ""
    """Statuses, names of fields, errors; nothing that a model wrote."""
    quote: str = ""
    """Text of the model, for the terminal only; reports do not contain it."""


Interpret = Callable[[Sequence[Exchange]], Verdict]
Step = Request | Callable[[Sequence[Exchange]], Request | None]
"""A request, or a function that makes it from the exchanges so far; None ends the question."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One open question. A new one is an entry in a module of the folder `questions`."""

    id: str
    asks: str
    send: Step | tuple[Step, ...]
    interpret: Interpret
    means: Mapping[str, str]
    """What each possible word of the verdict means for the user's settings."""
    claim: Claim
    tokens: int = 60
    """About how many tokens the question uses."""
    per_model: bool = True
    """Whether the answer depends on the model; then the question is asked for each model."""
    expects_errors: bool = False
    """Whether an error status such as 401 or 500 is an answer to the question."""
    used_by: tuple[str, ...] = field(default=())
    """The parts of the client that rely on the claim: "endpoint.capability" of an `EndpointSpec`, or a module such as "wire/chat/decode.py"."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The requests, in order."""
        return self.send if isinstance(self.send, tuple) else (self.send,)


TITLES = {"responses": "Responses", "messages": "Messages", "chat": "native chat"}
"""The names of the endpoints in questions."""


def responses(**fields: Any) -> Request:
    """A request to OpenAI Responses; None removes a field."""
    return _request("/openai/responses", {"model": MODEL, "input": "Reply with the one word OK."}, fields)


def messages(**fields: Any) -> Request:
    """A request to Anthropic Messages; None removes a field."""
    defaults = {
        "model": MODEL,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": "Reply with the one word OK."}],
    }
    return _request("/anthropic/messages", defaults, fields)


def chat(**fields: Any) -> Request:
    """A request to native chat; None removes a field."""
    defaults = {"model": MODEL, "messages": [{"role": "user", "content": "Reply with the one word OK."}]}
    return _request("/chat/completions", defaults, fields)


def _request(path: str, defaults: Json, fields: Json) -> Request:
    body = {name: value for name, value in {**defaults, **fields}.items() if value is not None}
    return Request(path, body)
