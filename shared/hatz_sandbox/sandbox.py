"""The sandbox as its users hold it: what they queue, what they set, and what it was asked."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hatz_sandbox import catalog
from hatz_sandbox.answers import Answers, ToolCall
from hatz_sandbox.budget import Budget
from hatz_sandbox.gateway import respond
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.neutral import Answer, Usage
from hatz_sandbox.quirks import QUIRKS, check_quirks
from hatz_sandbox.server import Server
from hatz_sandbox.steps import Failure, Fault, Raw, Step, StepQueue, text_answer, to_bytes
from hatz_sandbox.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from hatz_sandbox.answers import AnswerFunction
    from hatz_sandbox.http_request import SandboxRequest
    from hatz_sandbox.http_response import HttpResponse

DEFAULT_KEY = "hatz-sandbox-key"


class Sandbox:
    """A local Hatz gateway: `with Sandbox() as sandbox:` and ask `sandbox.base_url` with `sandbox.api_key`.

    Each request for an answer gets the next step that was queued by `reply`, `tool_call`, `tool_calls`, `fail`,
    `cut_stream_after`, `stall`, `error_event` or `raw`. When nothing is queued, the function given to `answer` answers,
    else the model behind `upstream`, else a few fixed rules. Requests that the service would refuse are refused and
    take nothing from the queue.

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
        credits: int | None = None,  # noqa: A002 (Hatz's word)
    ) -> None:
        self.api_key = api_key
        self.pace = pace
        self.quirks = check_quirks(quirks)
        self.models = catalog.models()
        self.agents = catalog.agents()
        self.requests: list[SandboxRequest] = []
        self.files: dict[str, str] = {}
        self.cached_prefixes: set[str] = set()
        self.steps = StepQueue()
        self.budget = Budget(limit, credits)
        self.answers = Answers(Upstream(upstream) if isinstance(upstream, str) else upstream)
        self._port = port
        self._max_requests = max_requests
        self._on_request = on_request
        self._record_lock = threading.Lock()
        self._server: Server | None = None

    def __repr__(self) -> str:
        where = self.base_url if self._server else "not started"
        return f"<Sandbox {where}>"

    @property
    def base_url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT/v1`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: use `with Sandbox() as sandbox:` or `sandbox.start()`")
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def last_request(self) -> SandboxRequest:
        """The request that came last.

        Raises:
            LookupError: There was none.
        """
        if not self.requests:
            raise LookupError("the sandbox got no request yet")
        return self.requests[-1]

    @property
    def connections(self) -> int:
        """How many connections were accepted since the start."""
        return self._server.accepted if self._server else 0

    def start(self) -> Self:
        """Listen, and serve on threads of its own.

        Raises:
            ModuleNotFoundError: The extra `sandbox` is not installed.
            OSError: The port cannot be had.
        """
        if find_spec("jsonschema") is None:
            raise ModuleNotFoundError('the sandbox needs its extra: pip install "hatz-integrations[sandbox]"')
        if self._server is None:
            self._server = Server(self, self._port)
            self._server.start()
        return self

    def stop(self) -> None:
        """Close every connection, end every stall, and wait for the threads."""
        server, self._server = self._server, None
        if server:
            server.stop()
        if self.answers.upstream:
            self.answers.upstream.close()

    def reset(self) -> None:
        """Forget the queue, the function, the requests, files and prompt cache, and offer the default models and agents."""
        self.steps.clear()
        self.answers.function = None
        self.answers.take_error()
        self.requests.clear()
        self.files.clear()
        self.cached_prefixes.clear()
        self.budget.reset()
        self.models = catalog.models()
        self.agents = catalog.agents()

    def respond(self, request: SandboxRequest, request_id: str) -> HttpResponse:
        """The response to a request, as the server asks for it."""
        return respond(self, request, request_id)

    def record(self, request: SandboxRequest) -> None:
        """Keep a request, and tell who asked to be told."""
        with self._record_lock:
            self.requests.append(request)
            del self.requests[: max(len(self.requests) - self._max_requests, 0)]
        if self._on_request:
            self._on_request(request)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        failed = self.answers.take_error()
        if failed and error:
            error.add_note(str(failed))
        elif failed:
            raise failed

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
        self.steps.add(Step(answer=answer))

    def tool_call(self, name: str, arguments: Mapping[str, Any] | str = "{}", *, id: str | None = None) -> None:  # noqa: A002 - the field's name on the wire
        """Answer the next request with one tool call; arguments given as a string are sent as they are."""
        self.steps.add(Step(answer=Answer(calls=(ToolCall(name, arguments, id).to_call(),))))

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
        all_calls = tuple(ToolCall(*call).to_call() for call in calls)
        self.steps.add(Step(answer=Answer(text=text, reasoning=reasoning, calls=all_calls, finish=finish)))

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
        failure = Failure(
            GatewayError(message, status=status, kind=type, code=code), to_bytes(body), dict(headers or {})
        )
        for _ in range(times):
            self.steps.add(Step(failure=failure, path=path))

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
            reply: The text of the answer; else it is made as if nothing were queued.
            reset: Reset the connection (RST) where it would be closed.
            clean: End the HTTP body properly, so that only the terminal event is missing.
        """
        if (n_events is None) == (n_bytes is None):
            raise ValueError("cut_stream_after takes either n_events or n_bytes")
        fault = Fault(cut_events=n_events, cut_bytes=n_bytes, reset=reset, clean=clean)
        self.steps.add(Step(answer=text_answer(reply), fault=fault))

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
            reply: The text of the answer; else it is made as if nothing were queued.
        """
        if (before_first_byte is None) == (after_events is None):
            raise ValueError("stall takes either before_first_byte or after_events")
        fault = Fault(
            stall_first=before_first_byte or 0.0, stall_after=after_events, stall_seconds=seconds, pings=pings
        )
        self.steps.add(Step(answer=text_answer(reply), fault=fault))

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
            reply: The text of the answer; else it is made as if nothing were queued.
        """
        error = GatewayError(message, status=529, kind=type)
        self.steps.add(Step(answer=text_answer(reply), fault=Fault(error_after=after, error=error)))

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
        raw = Raw(to_bytes(body) or b"", content_type, status, dict(headers or {}), piece_size)
        self.steps.add(Step(raw=raw, path=path))

    def answer(self, function: AnswerFunction | None) -> None:
        """Answer by this function whenever nothing is queued: for callers that ask at the same time, in no order.

        It is called on the server's threads, several at once, with a `hatz_sandbox.Question`. It returns a text, a
        `ToolCall` or a list of them, a `Refusal`, an `ErrorStatus`, or `None` for the answer the sandbox gives without
        it. An exception in it is a 500 that says so, and `hatz_sandbox.AnswerFunctionError` when the sandbox is left:
        the test that used it fails.

        Args:
            function: The function; `None` takes it away.
        """
        self.answers.function = function

    @property
    def pending(self) -> int:
        """How many steps are still queued."""
        return len(self.steps)
