"""Answers and faults queued by a test: one step for each request that asks for an answer."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatz_sandbox.neutral import Answer, Call, Usage
from hatz_sandbox.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Fault:
    """What goes wrong with an answer on its way; with nothing set, nothing does."""

    cut_events: int | None = None
    cut_bytes: int | None = None
    reset: bool = False
    clean: bool = False
    stall_first: float = 0.0
    stall_after: int | None = None
    stall_seconds: float = 0.0
    pings: bool = False
    error_after: int | None = None
    error: Refused | None = None


@dataclass(frozen=True)
class Failure:
    """An error status: the message in the wire's own body, or a body given whole."""

    error: Refused
    body: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Raw:
    """A response given byte by byte."""

    body: bytes
    content_type: str
    status: int
    headers: Mapping[str, str]
    piece_size: int | None


@dataclass(frozen=True)
class Step:
    """What one request gets; without an answer the brain gives it."""

    answer: Answer | None = None
    failure: Failure | None = None
    raw: Raw | None = None
    fault: Fault = field(default_factory=Fault)
    path: str | None = None


class Script:
    """The queue of steps and the verbs that fill it; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: deque[Step] = deque()

    def reply(
        self,
        text: str = "",
        *,
        reasoning: str | None = None,
        usage: Usage | Mapping[str, int] | None = None,
        finish: str | None = None,
        refusal: str | None = None,
        chunks: Iterable[str] | None = None,
        model: str | None = None,
        citations: Iterable[dict[str, Any]] = (),
    ) -> None:
        """Answer the next request with this text.

        Args:
            text: What is said; left out, it is the `chunks` in a row.
            reasoning: A thinking block (Messages), reasoning summary (Responses) or `thinking` lines (native) before it.
            usage: Token counts `input` and `output`, and if wanted `cache_read`, `cache_write` and `reasoning`. Native
                streams tell none, and those of Responses tell zeros as long as the sandbox has that quirk.
            finish: `stop`, `length`, `content_filter`, `refusal`, `failed`, or a stop reason of the wire as it is.
            refusal: A refusal in place of the text.
            chunks: The pieces in which a stream carries the text.
            model: The model the answer names.
            citations: Citations of the text, as the Messages wire carries them.
        """
        pieces = None if chunks is None else tuple(chunks)
        answer = Answer(
            text=text or "".join(pieces or ()),
            reasoning=reasoning,
            refusal=refusal,
            finish=finish,
            usage=usage if usage is None or isinstance(usage, Usage) else Usage(**usage),
            chunks=pieces,
            model=model,
            citations=tuple(citations),
        )
        self._add(Step(answer=answer))

    def tool_call(self, name: str, arguments: Mapping[str, Any] | str = "{}", *, id: str | None = None) -> None:  # noqa: A002 - the field's name on the wire
        """Answer the next request with one tool call; arguments given as a string are sent as they are."""
        self._add(Step(answer=Answer(calls=(_call(name, arguments, id),))))

    def tool_calls(
        self,
        calls: Iterable[tuple[str, Mapping[str, Any] | str] | tuple[str, Mapping[str, Any] | str, str]],
        *,
        text: str = "",
        reasoning: str | None = None,
        finish: str | None = None,
    ) -> None:
        """Answer the next request with several tool calls, after an optional text.

        Args:
            calls: The name and the arguments of each, and its id where it matters.
            text: What is said before them.
            reasoning: What is thought before that.
            finish: As in `reply`.
        """
        made = tuple(_call(*call) for call in calls)
        self._add(Step(answer=Answer(text=text, reasoning=reasoning, calls=made, finish=finish)))

    def fail(
        self,
        status: int = 500,
        message: str = "The sandbox was told to fail.",
        *,
        body: bytes | str | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        type: str | None = None,  # noqa: A002 - the field's name on the wire
        code: str | None = None,
        times: int = 1,
        path: str | None = None,
    ) -> None:
        """Answer the next request, or the next `times` requests, with an error status.

        Args:
            status: The HTTP status.
            message: The message, written in the error body of the endpoint that is asked.
            body: The body in place of it: a JSON object, or text or bytes sent as they are.
            headers: Further headers, such as `Retry-After`.
            type: The error's type, where the endpoint's usual one for the status will not do.
            code: The error's code (Responses only).
            times: How many requests fail.
            path: The end of a path: only requests to it fail, among them those that the queue else leaves alone,
                such as `/chat/models`.
        """
        failure = Failure(Refused(message, status=status, kind=type, code=code), _bytes(body), dict(headers or {}))
        for _ in range(times):
            self._add(Step(failure=failure, path=path))

    def cut_stream_after(
        self,
        n_events: int | None = None,
        *,
        n_bytes: int | None = None,
        reply: str | None = None,
        reset: bool = False,
        clean: bool = False,
    ) -> None:
        """Break off the next answer after so many events (lines, on the native stream) or bytes of its body.

        Args:
            n_events: How many events are sent; of an answer that is not streamed, the first half.
            n_bytes: How many bytes are sent.
            reply: The text of the answer; else the brain answers.
            reset: Reset the connection (RST) where it would be closed.
            clean: End the HTTP body properly, so that only the terminal event is missing.
        """
        if (n_events is None) == (n_bytes is None):
            raise ValueError("cut_stream_after takes either n_events or n_bytes")
        fault = Fault(cut_events=n_events, cut_bytes=n_bytes, reset=reset, clean=clean)
        self._add(Step(answer=_text(reply), fault=fault))

    def stall(
        self,
        before_first_byte: float | None = None,
        *,
        after_events: int | None = None,
        seconds: float = 60.0,
        pings: bool = False,
        reply: str | None = None,
    ) -> None:
        """Fall silent for some seconds in the next answer, then go on with it.

        Args:
            before_first_byte: The silence before the status line, in seconds.
            after_events: Fall silent after so many events, for `seconds`.
            seconds: The silence within a stream. It ends when the sandbox stops or the client leaves.
            pings: Send signs of life, which are not part of the answer, in the silence within a stream.
            reply: The text of the answer; else the brain answers.
        """
        if (before_first_byte is None) == (after_events is None):
            raise ValueError("stall takes either before_first_byte or after_events")
        fault = Fault(
            stall_first=before_first_byte or 0.0, stall_after=after_events, stall_seconds=seconds, pings=pings
        )
        self._add(Step(answer=_text(reply), fault=fault))

    def error_event(
        self,
        after: int = 1,
        *,
        type: str | None = None,  # noqa: A002 - the field's name on the wire
        message: str = "Overloaded",
        reply: str | None = None,
    ) -> None:
        """Put an error into the next stream, and end it there; a request that does not stream gets a 529.

        Args:
            after: How many events come before it; an answer that has fewer is left whole.
            type: The error's type, where the endpoint's usual one will not do.
            message: The error's message.
            reply: The text of the answer; else the brain answers.
        """
        error = Refused(message, status=529, kind=type)
        self._add(Step(answer=_text(reply), fault=Fault(error_after=after, error=error)))

    def raw(
        self,
        body: bytes | str | Mapping[str, Any],
        content_type: str = "application/json",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        piece_size: int | None = None,
        path: str | None = None,
    ) -> None:
        """Answer the next request with this body as it is.

        Args:
            body: A JSON object, or text or bytes sent as they are.
            content_type: The body's content type.
            status: The HTTP status.
            headers: Further headers.
            piece_size: Send the body in pieces of so many bytes.
            path: The end of a path, as in `fail`: only a request to it is answered so.
        """
        raw = Raw(_bytes(body) or b"", content_type, status, dict(headers or {}), piece_size)
        self._add(Step(raw=raw, path=path))

    @property
    def pending(self) -> int:
        """How many steps are still queued."""
        with self._lock:
            return len(self._steps)

    def next_step(self, path: str, *, generates: bool) -> Step:
        """The step for a request to this path, taken from the queue; an empty one when none is meant for it."""
        with self._lock:
            for step in self._steps:
                if path.endswith(step.path) if step.path else generates:
                    self._steps.remove(step)
                    return step
        return Step()

    def _add(self, step: Step) -> None:
        with self._lock:
            self._steps.append(step)


def _text(reply: str | None) -> Answer | None:
    return None if reply is None else Answer(text=reply)


def _call(name: str, arguments: Mapping[str, Any] | str, call_id: str | None = None) -> Call:
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return Call(name, raw, call_id)


def _bytes(body: bytes | str | Mapping[str, Any] | None) -> bytes | None:
    match body:
        case None | bytes():
            return body
        case str():
            return body.encode("utf-8", "surrogatepass")
        case _:
            return json.dumps(body).encode()
