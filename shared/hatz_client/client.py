"""`Client`: the gateway's endpoints as functions that block.

Generated from `async_client.py` by `make client`: edit that file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, suppress
from typing import Any, Self, TypeVar, Unpack

from hatz_client.connection import sync_io as io
from hatz_client.connection.api_key import ApiKey
from hatz_client.connection.body import body_decoder
from hatz_client.connection.retries import MAX_RESENDS, is_unprocessed, log_retry, retry_delay
from hatz_client.connection.settings import ClientOptions, Settings, unknown_option
from hatz_client.connection.time_limits import BodyLimit, set_read_timeout
from hatz_client.connection.transport import HttpClient, HttpRequest, translate_http_errors
from hatz_client.content import Endpoint, Prompt, Reply
from hatz_client.errors import HatzError, HatzNotFoundError, HatzResponseError
from hatz_client.events import Event, Meta
from hatz_client.models import Agent, Model, agents_of, models_of
from hatz_client.operations import discovery, model_suggestions, uploads
from hatz_client.operations.count_tokens import count_tokens, read_token_count
from hatz_client.operations.generate import Generation, generate
from hatz_client.operations.operation import CallOptions, Operation, call_options
from hatz_client.operations.request_form import RequestForm
from hatz_client.operations.responses import (
    ERROR_BYTES,
    error_response,
    log_exchange,
    read_response,
    refuse_foreign_answer,
)
from hatz_client.operations.stream_reader import StreamReader
from hatz_client.operations.uploads import Uploadable

T = TypeVar("T")


class Client:
    """The Hatz gateway, synchronous.

    A client is cheap: it holds settings only. It can be used in any number of threads and forked processes.
    Each process has its own connections, shared by all clients with the same `proxy` and
    `http_socket_options`. Closing is optional; `close()`, or a `with` block, closes idle connections sooner.

    Every call raises `HatzError`s (the tree is in `hatz_client.errors`) and takes the keyword arguments `timeout`, `deadline`, `headers`
    and `request_id`, which replace the client's settings in this call.

    Args:
        api_key: The key, a pydantic `SecretStr`, or a callable that is asked before each request. Default: `HATZ_API_KEY`.
        base_url: Any of the documented URLs. Default: `HATZ_BASE_URL`, else "https://ai.hatz.ai/v1".
        endpoint: Which endpoint to use; "auto" chooses by model.
        http_client: Your own `httpx.Client` (httpx2's is fine) to send with; it is never closed.
        timeout: Seconds for connecting, for the wait until the response's headers come, and for each silence after them; a pair
            (to connect, for the rest); or an `httpx.Timeout`. Default: 15 s to connect, 300 s for the rest. Bytes without
            content (pings, single bytes) extend a wait to at most four times that.
        stream_idle_timeout: Seconds of silence allowed in a stream once its headers have come, the wait for the first event
            included. Default: as `timeout`.
        deadline: Seconds that a whole call may take, retries and the reading of a stream included. Default: no limit.
        max_retries: How often to retry after a transient error: no connection, 408, 429, 5xx. A stream is not retried once its answer
            has begun. Default: 2.
        max_response_bytes: The most bytes of a response's body, after decompression. Default: 64 MiB.
        default_headers: Further headers for every request; they do not replace the key and the request's id.
        allow_http: Permit unencrypted http to another host than this machine.
        proxy: The URL of a proxy to use for every host: "http://user:password@proxy.example:8080", https:// and
            socks5:// too (with `pip install 'httpx[socks]'`). Default: `HATZ_PROXY`, else the environment's proxies (`HTTPS_PROXY` and
            the like), which are not used for this machine.
        http_socket_options: Options for each socket, as `socket.setsockopt` takes them, such as
            `[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]`. Not through a proxy: httpx cannot set them there.
        default_query: Names and values to add to every URL; errors and logs do not show them.

    Raises:
        HatzInvalidInputError: for an invalid setting. Each call reads the key and the environment.
    """

    def __init__(
        self,
        api_key: ApiKey | None = None,
        base_url: str | None = None,
        *,
        endpoint: Endpoint = "auto",
        http_client: HttpClient | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        unknown = unknown_option(options)
        self.settings = Settings() if unknown else Settings(api_key, base_url, **options)
        self.endpoint: Endpoint = endpoint
        self._user_http = http_client
        del api_key, options  # see "Secrets in tracebacks"
        if unknown:
            raise TypeError(f"Client() got an unexpected keyword argument {unknown}")
        self.settings.check()

    def __repr__(self) -> str:
        return f"Client({self.settings!r}, endpoint={self.endpoint!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections that this process keeps for these settings; the next call opens new ones.

        All clients with the same `proxy` and `http_socket_options` share them. Requests in progress are not disturbed: their
        connections are closed when they are done. Your own `http_client` stays open. At its end the process closes
        its connections itself.
        """
        if self._user_http is None:
            io.close_idle(self.settings)

    def ask(self, prompt: Prompt, *, endpoint: Endpoint | None = None, **options: Unpack[CallOptions]) -> Reply:
        """The whole answer to a prompt."""
        generation = generate(self.settings, prompt, endpoint or self.endpoint, call_options(self.settings, **options))
        try:
            return self._call(generation.operation, generation.read, generation.read_stream)
        except HatzNotFoundError as error:
            self._explain(error, generation)
            raise

    def stream(
        self, prompt: Prompt, *, endpoint: Endpoint | None = None, **options: Unpack[CallOptions]
    ) -> Generator[Event, None, None]:
        """Stream the answer to a prompt; `hatz_client.Fold` accumulates the events into a `Reply`.

        The first event is a `Meta` with the request's id; the last `Meta` has the finish reason and the usage. An
        error after the answer began has the answer so far as its `partial`. Closing the generator closes the
        connection.
        """
        return io.closable(self._stream(prompt, endpoint, options))

    def count_tokens(self, prompt: Prompt, **options: Unpack[CallOptions]) -> int:
        """The number of tokens in the prompt, tools included, as the gateway counts them (for any model, free)."""
        operation = count_tokens(self.settings, prompt, call_options(self.settings, **options))
        return self._call(operation, read_token_count)

    def list_models(self, **options: Unpack[CallOptions]) -> tuple[Model, ...]:
        """The models this key may use."""
        operation = discovery.list_models(self.settings, call_options(self.settings, **options))
        return self._call(operation, models_of)

    def list_agents(self, **options: Unpack[CallOptions]) -> tuple[Agent, ...]:
        """The agents this key may use; send an agent's `model` to run it."""
        operation = discovery.list_agents(self.settings, call_options(self.settings, **options))
        return self._call(operation, agents_of)

    def upload(
        self,
        file: Uploadable,
        *,
        filename: str | None = None,
        media_type: str | None = None,
        scope_id: str | None = None,
        patience: float = 120.0,
        **options: Unpack[CallOptions],
    ) -> str:
        """Upload a file and wait until Hatz has processed it; returns its id, for `Prompt.file_uuids`.

        Args:
            file: Its path, its bytes, or a file opened for reading in binary mode.
            filename: The name at Hatz. Default: the path's last part.
            media_type: Its MIME type. Default: derived from its name.
            scope_id: A UUID of the conversation it belongs to. Default: a new one.
            patience: Maximum number of seconds to wait for the processing.
            **options: As of every call: `timeout` and `headers` of each of the requests, `request_id` of the one that uploads,
                `deadline` of all together.

        Raises:
            HatzInvalidInputError: when the file cannot be read.
            HatzBadRequestError: when Hatz cannot process it.
            HatzTimeoutError: when it is not processed in time.
        """
        given = call_options(self.settings, **options)
        content = io.run_blocking(uploads.read_file, file, filename, media_type)
        stored = self._call(uploads.upload(self.settings, content, scope_id, given), uploads.read_upload)
        delays = uploads.poll_delays(stored, patience)
        while not uploads.is_ready(stored):
            io.sleep(min(next(delays), max(given.deadline.seconds_left, 0)))
            stored = self._call(uploads.check_status(self.settings, stored, given), stored.now)
        return stored.id

    def with_uploads(self, prompt: Prompt) -> Prompt:
        """Upload the prompt's images and documents to Hatz, each once, and return the prompt with their ids.

        The native chat endpoint accepts only uploaded files.
        """
        ids = {}
        for digest, file in uploads.inline_files(prompt).items():
            name = uploads.UPLOADED.name_of(self.settings, io.resolve_key(self.settings), digest)
            if (file_id := uploads.UPLOADED.get(name)) is None:
                file_id = self.upload(file.content, filename=file.name, media_type=file.media_type)
                uploads.UPLOADED.put(name, file_id)
            ids[digest] = file_id
        return uploads.replace_with_ids(prompt, ids) if ids else prompt

    def _explain(self, error: HatzNotFoundError, generation: Generation) -> None:
        """Add the names of similar models to the error, if the list is available; forget uploaded files that are gone."""
        uploads.UPLOADED.forget(error)
        model = generation.prompt.model
        if not model_suggestions.is_about_models(error):
            return
        with suppress(Exception):  # the first error is the one to report
            listing = model_suggestions.list_names(self.settings, model, generation.operation.options.deadline)
            names = self._call(listing, lambda body: model_suggestions.read_names(model, body))
            model_suggestions.add_suggestions(error, model, names)

    def _stream(self, prompt: Prompt, endpoint: Endpoint | None, options: CallOptions) -> Generator[Event, None, None]:
        given = call_options(self.settings, **options)
        generation = generate(self.settings, prompt, endpoint or self.endpoint, given, stream=True)
        try:
            head, events = self._retry(generation.operation, lambda request: self._begin(generation, request))
        except HatzNotFoundError as error:
            self._explain(error, generation)
            raise
        with closing(events):
            for event in head:
                yield event
            for event in events:
                yield event

    def _call(
        self, operation: Operation, read: Callable[[Any], T], read_stream: Callable[[bytes], T | None] | None = None
    ) -> T:
        return self._retry(operation, lambda request: self._fetch(request, read, read_stream))

    def _retry(self, operation: Operation, run: Callable[[HttpRequest], T]) -> T:
        attempt = 1
        resends = 0
        form = RequestForm(operation)
        while True:
            request = form.operation.http_request(io.resolve_key(self.settings), attempt)
            try:
                with translate_http_errors(request):
                    request.deadline.check()
                    result = run(request)
            except HatzError as error:
                if form.change(error):
                    continue
                if resends < MAX_RESENDS and is_unprocessed(error, request):
                    resends += 1
                    continue
                delay = retry_delay(error, attempt, operation.settings.retries, request.deadline)
                if delay is None:
                    if (reason := form.reason(error)) is not error:
                        raise reason from None
                    raise
                log_retry(error, attempt, delay)
            else:
                form.remember_success()
                return result
            io.sleep(delay)
            attempt += 1

    def _fetch(
        self, request: HttpRequest, read: Callable[[Any], T], read_stream: Callable[[bytes], T | None] | None
    ) -> T:
        with ExitStack() as stack:
            response = self._send(stack, request)
            content = self._read_body(response, request)
        return read_response(request, response, content, read, read_stream)

    def _begin(self, generation: Generation, request: HttpRequest) -> tuple[list[Event], Generator[Event, None, None]]:
        """The first events, until the answer begins, and the rest of the stream."""
        head: list[Event] = []
        events = io.closable(self._events(generation, request))
        for event in events:
            head.append(event)
            if not isinstance(event, Meta):
                break
        return head, events

    def _events(self, generation: Generation, request: HttpRequest) -> Generator[Event, None, None]:
        with ExitStack() as stack:
            stack.enter_context(translate_http_errors(request))
            response = self._send(stack, request)
            if response.status_code >= 300:
                content = self._read_body(response, request)
                raise error_response(request, response.status_code, response.headers, content)
            reader = StreamReader(generation, request, response.status_code, response.headers)
            try:
                yield reader.metadata
                with translate_http_errors(request):
                    body = body_decoder(response, request.byte_limit)
                    set_read_timeout(response, request.idle)
                    limit = BodyLimit(response)
                    limit.set(reader.seconds_left())
                    for data in io.raw_body(response):
                        for piece in body.feed(data):
                            for event in reader.feed(piece):
                                yield event
                        limit.set(reader.seconds_left())
                for event in reader.close():
                    yield event
            except HatzError as error:
                if failure := reader.error_with_partial(error):
                    raise failure from error.__cause__

    def _send(self, stack: ExitStack, request: HttpRequest) -> Any:
        """The response to a request, its body not read; leaving the stack gives the connection back or closes it."""
        http = stack.enter_context(io.lend_http(self.settings, self._user_http))
        began = time.monotonic()
        try:
            arguments = request.arguments(io.trace_function(request.trace))
            with request.trace.sending(request.header_seconds):
                response = http.send(http.build_request(**arguments), stream=True, follow_redirects=False)
        except Exception as error:
            log_exchange(request, type(error).__name__, {}, began)
            raise
        stack.callback(response.close)
        log_exchange(request, response.status_code, response.headers, began)
        refuse_foreign_answer(request, response)
        return response

    def _read_body(self, response: Any, request: HttpRequest) -> bytes:
        """The whole body; of an error only the first part, of a redirect nothing."""
        if 300 <= response.status_code < 400:
            return b""
        failed = response.status_code >= 400
        pieces: list[bytes] = []
        BodyLimit(response).set(request.body_seconds)
        try:
            body = body_decoder(response, ERROR_BYTES if failed else request.byte_limit, truncate=failed)
            for data in io.raw_body(response):
                pieces.extend(body.feed(data))
                if body.full:
                    break
        except HatzResponseError:  # the status says more than a problem with the body
            if not failed:
                raise
        return b"".join(pieces)
