"""The class `Sandbox`: start and stop, the queue of answers and faults, and the received requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from hatz_sandbox import catalog
from hatz_sandbox.answers import AnswerFunction, Answers, Step, StepQueue
from hatz_sandbox.budget import Budget
from hatz_sandbox.native.jobs import Job, Jobs
from hatz_sandbox.neutral import Answer, GatewayError, NamedCall, ToolCall, Usage
from hatz_sandbox.quirks import QUIRKS, check_quirks
from hatz_sandbox.server.listener import Server, check_extra
from hatz_sandbox.server.request import RequestLog, SandboxRequest
from hatz_sandbox.server.response import Fault, scripted_response

if TYPE_CHECKING:
    from hatz_sandbox.upstream import Upstream

DEFAULT_KEY = "hatz-sandbox-key"


class Sandbox:
    """A local Hatz gateway: `with Sandbox() as sandbox:` serves `sandbox.base_url` with the key `sandbox.api_key`.

    Each request for an answer gets the next queued step, such as one of `reply`, `fail` or `stall`. If nothing is queued, the
    function given to `answer` answers, else the model behind `upstream`, else a few fixed rules. A request that the service
    would refuse is refused, and uses no step.

    Args:
        api_key: The only accepted key.
        port: The port; 0 is any free port.
        pace: Seconds between the pieces of a stream.
        quirks: The quirks that are on, of `hatz_sandbox.QUIRKS` and `hatz_sandbox.OPTIONAL_QUIRKS`; with an empty set, Responses
            behaves as OpenAI's own service does.
        upstream: The URL of a server with `/v1/chat/completions`, such as `http://localhost:11434/v1`, or a
            `hatz_sandbox.Upstream` with model and key.
        max_requests: The number of requests that `requests` keeps.
        on_request: Called with each request before its response is sent, on the server's threads.
        limit: The request limit, such as "50/second"; a request over it gets a 429 with `Retry-After`.
        credits: The number of answers; requests after the last one get a 429 that says that the credits are used up.

    Raises:
        ValueError: A quirk is unknown, the upstream is not an http(s) URL, or the limit does not have its form.
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
        self.answers = Answers(upstream)
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
        """The address: `http://127.0.0.1:PORT/v1`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: use `with Sandbox() as sandbox:` or `sandbox.start()`")
        return f"http://127.0.0.1:{self._server.port}/v1"

    @property
    def last_request(self) -> SandboxRequest:
        """The last request; a `LookupError` if there was none."""
        if not self.requests:
            raise LookupError("the sandbox got no request yet")
        return self.requests[-1]

    @property
    def connections(self) -> int:
        """The number of connections that were accepted since the start."""
        return self._server.accepted if self._server else 0

    @property
    def pending(self) -> int:
        """The number of queued steps."""
        return len(self.steps)

    def start(self) -> Self:
        """Start the server on its own threads.

        Raises:
            ModuleNotFoundError: The extra `sandbox` is not installed.
            OSError: The port is not available.
        """
        check_extra()
        from hatz_sandbox.gateway import respond  # noqa: PLC0415 - it needs the extra

        if self._server is None:
            self._server = Server(self._port, partial(respond, self), self.requests.add)
            self._server.start()
        return self

    def stop(self) -> None:
        """Stop the server: close all connections, and wait for the threads."""
        server, self._server = self._server, None
        if server:
            server.stop()
        self.answers.close()

    def reset(self) -> None:
        """Clear the queue, the function, the requests, jobs, files and the prompt cache; restore the default lists and the budget."""
        self.answers.reset()
        for kept in (self.steps, self.requests, self.files, self.cached_prefixes, self.jobs):
            kept.clear()
        self.budget.reset()
        lists = catalog.load_lists()
        self.models, self.agents, self.apps = lists["models"], lists["agents"], lists["apps"]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.stop()
        self.answers.raise_error(error)

    def answer(self, function: AnswerFunction | None) -> None:
        """Answer with this function if nothing is queued: for concurrent requests, whose order is not fixed.

        The function gets a `hatz_sandbox.Question`, on several threads at once. It returns a text, a `ToolCall` or a list of them,
        a `Refusal`, an `ErrorStatus`, or `None` for the sandbox's own answer. If it raises an exception, the response is a 500
        with the message, and leaving the sandbox raises `AnswerFunctionError`. `answer(None)` removes the function.
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
            text: The text; by default the joined `chunks`.
            reasoning: A thinking block (Messages), reasoning summary (Responses) or `thinking` lines (native) before the text.
            usage: Token counts: `input`, `output`, and optionally `cache_read`, `cache_write` and `reasoning`.
            finish: `stop`, `length`, `content_filter`, `refusal`, `failed`, or a stop reason of the endpoint, which is sent unchanged.
            refusal: The model's refusal, in place of the text.
            chunks: The chunks of the text in a stream.
            model: The model that the answer names.
            citations: Citations of the text, in the format of Messages.
        """
        pieces = None if chunks is None else tuple(chunks)
        counts = Usage(**usage) if isinstance(usage, Mapping) else usage
        joined = text or "".join(pieces or ())
        self._queue(Answer(joined, reasoning, (), refusal, finish, None, counts, pieces, model, tuple(citations)))

    def tool_call(self, name: str, arguments: Mapping[str, Any] | str = "{}", *, id: str | None = None) -> None:
        """Answer the next request with one tool call; arguments given as a string are sent unchanged."""
        self._queue(Answer(calls=(ToolCall(name, arguments, id),)))

    def tool_calls(
        self, calls: Iterable[NamedCall], *, text: str = "", reasoning: str | None = None, finish: str | None = None
    ) -> None:
        """Answer the next request with several tool calls, each a tuple of name, arguments and optionally id.

        `reasoning` and `text` come before the calls; `finish` is as in `reply`.
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
        """Answer the next `times` requests with an error status.

        The error body is that of the requested endpoint, with this message, and with the usual error type of the status or this
        `type` and, on Responses, `code`. `body` replaces it: a JSON object, or text or bytes, which are sent unchanged. With `path`,
        the end of a path, only requests to it fail, also those that use no step otherwise, such as `/chat/models`.
        """
        error = GatewayError(message, status=status, kind=type, code=code, headers=headers or {})
        response = None if body is None else scripted_response(body, status, headers, reason=message)
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
        """Answer the next request with this body: a JSON object, or text or bytes, which are sent unchanged.

        With `piece_size`, the body is sent in pieces of that many bytes. `path` is as in `fail`.
        """
        response = scripted_response(body, status, headers, content_type=content_type, piece_size=piece_size)
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
        """Interrupt the next answer after this many events (lines, on native chat) or bytes of its body.

        Of a non-streaming answer, `n_events` sends the first half. `reply` is the text of the answer; without it, the answer is
        made as if nothing were queued. The connection is closed; `reset` resets it (RST), and `clean` ends the HTTP body properly,
        so that only the terminal event is missing.
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
        """Pause the next answer.

        The pause is either before the status line, for `before_first_byte` seconds, or in a stream after this many events, for
        `seconds`; `pings` sends keep-alive events or lines meanwhile. `reply` is as in `cut_stream_after`.
        """
        if (before_first_byte is None) == (after_events is None):
            raise ValueError("stall takes either before_first_byte or after_events")
        self._queue(reply, Fault(before_first_byte or 0.0, after_events, seconds, pings))

    def error_event(
        self, after: int = 1, *, type: str | None = None, message: str = "Overloaded", reply: str | None = None
    ) -> None:
        """End the next stream with an error event after this many events; a non-streaming request gets a 529.

        `type` replaces the endpoint's usual error type; `reply` is as in `cut_stream_after`.
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
        """Set the course of the next job of a workflow.

        `outputs` are the outputs of its steps, texts or JSON values. The job takes `polls` polls, by default one for each step.
        The step with the number `fails_at`, counted from 1, fails with the message `error`.
        """
        self.jobs.queue.append(Job(tuple(outputs), polls, fails_at, error))

    def _queue(self, answer: Answer | str | None, fault: Fault | None = None) -> None:
        made = Answer(answer) if isinstance(answer, str) else answer
        self.steps.append(Step(answer=made, fault=fault or Fault()))
