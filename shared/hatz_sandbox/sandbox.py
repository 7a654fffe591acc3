"""The sandbox as its users hold it: what they queue, what they set, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Self

from hatz_sandbox import catalog
from hatz_sandbox.answers import AnswerFunction, Answers, Step, StepQueue
from hatz_sandbox.budget import Budget
from hatz_sandbox.native.jobs import Jobs, JobScript
from hatz_sandbox.neutral import Answer, GatewayError, NamedCall, ToolCall, Usage
from hatz_sandbox.quirks import QUIRKS, check_quirks
from hatz_sandbox.server.listener import Server, check_extra
from hatz_sandbox.server.request import RequestLog, SandboxRequest
from hatz_sandbox.server.response import Fault, given_response
from hatz_sandbox.upstream import Upstream

DEFAULT_KEY = "hatz-sandbox-key"


class Sandbox:
    """A local Hatz gateway: `with Sandbox() as sandbox:` and ask `sandbox.base_url` with `sandbox.api_key`.

    Each request for an answer gets the next step that was queued, such as by `reply`, `fail` or `stall`. When nothing is
    queued, the function given to `answer` answers, else the model behind `upstream`, else a few fixed rules. Requests
    that the service would refuse are refused and take nothing from the queue.

    Args:
        api_key: The one key that is accepted.
        port: The port; 0 takes a free one.
        pace: Seconds between the pieces of a stream.
        quirks: Which of the gateway's quirks to show, among `hatz_sandbox.QUIRKS` and `hatz_sandbox.OPTIONAL_QUIRKS`; an
            empty set behaves as OpenAI's own service does.
        upstream: The URL of a server with `/v1/chat/completions`, such as `http://localhost:11434/v1`, or a
            `hatz_sandbox.Upstream`, which has its model and key too.
        max_requests: How many requests `requests` keeps; the oldest go first.
        on_request: Called with each recorded request, on the server's threads, before its answer is sent.
        limit: How many requests it serves, such as "50/second"; one over it gets a 429 with `Retry-After`.
        credits: How many answers it gives; then a 429 says that credits are used up. `budget` counts both.

    Raises:
        ValueError: A quirk is unknown, the upstream is no http(s) URL, or the limit has another form.
    """

    def __init__(
        self,
        api_key: str = DEFAULT_KEY,
        *,
        port: int = 0,
        pace: float = 0.0,
        quirks: Collection[str] = QUIRKS,
        upstream: str | Upstream | None = None,
        max_requests: int = 1000,
        on_request: Callable[[SandboxRequest], None] | None = None,
        limit: str | None = None,
        credits: int | None = None,
    ) -> None:
        self.api_key = api_key
        self.pace = pace
        self.quirks = check_quirks(quirks)
        self.requests = RequestLog(max_requests, on_request)
        self.steps = StepQueue()
        self.budget = Budget(limit, credits)
        self.answers = Answers(Upstream(upstream) if isinstance(upstream, str) else upstream)
        self.files: dict[str, str] = {}
        self.cached_prefixes: set[str] = set()
        self.jobs = Jobs()
        self._port = port
        self._server: Server | None = None
        self.reset()

    def __repr__(self) -> str:
        return f"<Sandbox {self.base_url if self._server else 'not started'}>"

    @property
    def base_url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT/v1`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: use `with Sandbox() as sandbox:` or `sandbox.start()`")
        return f"http://127.0.0.1:{self._server.port}/v1"

    @property
    def last_request(self) -> SandboxRequest:
        """The request that came last; a `LookupError` when there was none."""
        if not self.requests:
            raise LookupError("the sandbox got no request yet")
        return self.requests[-1]

    @property
    def connections(self) -> int:
        """How many connections were accepted since the start."""
        return self._server.accepted if self._server else 0

    @property
    def pending(self) -> int:
        """How many steps are still queued."""
        return len(self.steps)

    def start(self) -> Self:
        """Listen, and serve on threads of its own.

        Raises:
            ModuleNotFoundError: The extra `sandbox` is not installed.
            OSError: The port cannot be had.
        """
        check_extra()
        from hatz_sandbox.gateway import respond  # noqa: PLC0415 - it needs the extra

        if self._server is None:
            self._server = Server(self._port, partial(respond, self), self.requests.add)
            self._server.start()
        return self

    def stop(self) -> None:
        """Close every connection, end every stall, and wait for the threads."""
        server, self._server = self._server, None
        if server:
            server.stop()
        self.answers.close()

    def reset(self) -> None:
        """Forget the queue, the function, the requests, jobs, files and prompt cache, and offer the default lists."""
        self.answers.reset()
        for kept in (self.steps, self.requests, self.files, self.cached_prefixes, self.jobs):
            kept.clear()
        self.budget.reset()
        self.models = catalog.models()
        self.agents = catalog.agents()
        self.apps = catalog.apps()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.stop()
        self.answers.raise_error(error)

    def answer(self, function: AnswerFunction | None) -> None:
        """Answer by this function whenever nothing is queued: for callers that ask at the same time, in no order.

        It gets a `hatz_sandbox.Question`, on several threads at once. It returns a text, a `ToolCall` or a list of them, a
        `Refusal`, an `ErrorStatus`, or `None` for the sandbox's own answer. An exception in it is a 500 that says so, and
        `AnswerFunctionError` when the sandbox is left. `None` in place of the function takes it away.
        """
        self.answers.function = function

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
            usage: Token counts `input` and `output`, and if wanted `cache_read`, `cache_write` and `reasoning`.
            finish: `stop`, `length`, `content_filter`, `refusal`, `failed`, or a stop reason of the endpoint as it is.
            refusal: A refusal in place of the text.
            chunks: The pieces in which a stream carries the text.
            model: The model the answer names.
            citations: Citations of the text, in the format of Messages.
        """
        pieces = None if chunks is None else tuple(chunks)
        counts = Usage(**usage) if isinstance(usage, Mapping) else usage
        told = text or "".join(pieces or ())
        self._queue(Answer(told, reasoning, (), refusal, finish, None, counts, pieces, model, tuple(citations)))

    def tool_call(self, name: str, arguments: Mapping[str, Any] | str = "{}", *, id: str | None = None) -> None:
        """Answer the next request with one tool call; arguments given as a string are sent as they are."""
        self._queue(Answer(calls=(ToolCall(name, arguments, id),)))

    def tool_calls(
        self, calls: Iterable[NamedCall], *, text: str = "", reasoning: str | None = None, finish: str | None = None
    ) -> None:
        """Answer the next request with several tool calls: the name and the arguments of each, and its id where it matters.

        `reasoning` and `text` come before them; `finish` is as in `reply`.
        """
        self._queue(Answer(text, reasoning, tuple(ToolCall(*call) for call in calls), finish=finish))

    def fail(
        self,
        status: int = 500,
        message: str = "The sandbox was told to fail.",
        *,
        body: bytes | str | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        type: str | None = None,
        code: str | None = None,
        times: int = 1,
        path: str | None = None,
    ) -> None:
        """Answer the next request, or the next `times` requests, with an error status.

        The message stands in the error body of the endpoint that is asked, with its usual error type for the status, or
        with this `type` and, on Responses, `code`. In place of it, `body` is a JSON object, or text or bytes sent as they
        are. `path` is the end of a path: only requests to it fail, among them those that take nothing else from the queue,
        such as `/chat/models`.
        """
        error = GatewayError(message, status=status, kind=type, code=code, headers=headers or {})
        response = None if body is None else given_response(body, status, headers, reason=message)
        for _ in range(times):
            self.steps.append(Step(error=None if response else error, response=response, path=path))

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
        """Answer the next request with this body: a JSON object, or text or bytes sent as they are.

        With `piece_size` it comes in pieces of so many bytes. `path` is as in `fail`.
        """
        response = given_response(body, status, headers, content_type=content_type, piece_size=piece_size)
        self.steps.append(Step(response=response, path=path))

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

        Of an answer that is not streamed, `n_events` sends the first half. `reply` is its text; without it, the answer is
        made as if nothing were queued. The connection is closed; with `reset` it is reset (RST), and with `clean` the
        HTTP body ends properly, so that only the terminal event is missing.
        """
        if (n_events is None) == (n_bytes is None):
            raise ValueError("cut_stream_after takes either n_events or n_bytes")
        self._queue(reply, Fault(cut_events=n_events, cut_bytes=n_bytes, reset=reset, clean=clean))

    def stall(
        self,
        before_first_byte: float | None = None,
        *,
        after_events: int | None = None,
        seconds: float = 60.0,
        pings: bool = False,
        reply: str | None = None,
    ) -> None:
        """Fall silent in the next answer, then go on with it; the end of the sandbox or the client ends the silence.

        It is either `before_first_byte` seconds long and before the status line, or `seconds` long and after so many events
        of a stream; then with `pings`, signs of life that are no part of the answer. `reply` is as in `cut_stream_after`.
        """
        if (before_first_byte is None) == (after_events is None):
            raise ValueError("stall takes either before_first_byte or after_events")
        self._queue(reply, Fault(before_first_byte or 0.0, after_events, seconds, pings))

    def error_event(
        self, after: int = 1, *, type: str | None = None, message: str = "Overloaded", reply: str | None = None
    ) -> None:
        """Put an error into the next stream after so many events, and end it there; without a stream it is a 529.

        `type` is for where the endpoint's usual error type will not do; `reply` is as in `cut_stream_after`.
        """
        self._queue(reply, Fault(error_after=after, error=GatewayError(message, status=529, kind=type)))

    def job(
        self,
        outputs: Sequence[Any] = (),
        *,
        polls: int | None = None,
        fails_at: int | None = None,
        error: str = "The sandbox was told to fail.",
    ) -> None:
        """Say how the next job of a workflow goes.

        `outputs` is what each step writes, in order: texts or JSON values. The job takes `polls` polls, by default one for
        each step. `fails_at` is the number of the step that fails, from 1, with the message `error`.
        """
        self.jobs.add(JobScript(tuple(outputs), polls, fails_at, error))

    def _queue(self, answer: Answer | str | None, fault: Fault | None = None) -> None:
        told = Answer(answer) if isinstance(answer, str) else answer
        self.steps.append(Step(answer=told, fault=fault or Fault()))
