"""`AsyncRunner`: runs one operation of the gateway, with its retries. `Runner` is generated from this file (`make client`)."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Any, TypeVar

from hatz_client.connection import async_io as io
from hatz_client.connection.http.body import body_decoder
from hatz_client.connection.http.errors import clear_locals, translate_http_errors
from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import set_read_timeout
from hatz_client.connection.http.user_client import AsyncHttpClient, response_of
from hatz_client.connection.limits.admission import admission_for, share_pause
from hatz_client.connection.retries import MAX_RESENDS, Retries, is_unprocessed, log_retry, must_not_repeat
from hatz_client.connection.settings import Settings
from hatz_client.content import Reply
from hatz_client.errors import HatzError, HatzNotFoundError, HatzRateLimitError
from hatz_client.events import Event, Meta
from hatz_client.operations import models, uploads
from hatz_client.operations.generate import Generation
from hatz_client.operations.http_responses import (
    ERROR_BYTES,
    error_response,
    log_exchange,
    read_response,
    refuse_foreign_answer,
    without_cookies,
)
from hatz_client.operations.operation import Operation
from hatz_client.operations.request_alternatives import RequestForm
from hatz_client.operations.stream_reader import StreamReader
from hatz_client.runners.usage_total import UsageTotals

T = TypeVar("T")


class AsyncRunner:
    """Runs operations: each is sent, retried after a transient error, and its response is read.

    Args:
        settings: The client's settings.
        user_http: The user's own HTTP client; None for the connections of this package.
    """

    def __init__(self, settings: Settings, user_http: AsyncHttpClient | None) -> None:
        self.settings = settings
        self._user_http = user_http
        self.usage = UsageTotals()

    async def aclose(self) -> None:
        """Close the idle connections; not those of the user's own HTTP client."""
        if self._user_http is None:
            await io.close_idle(self.settings)

    async def ask(self, generation: Generation) -> Reply:
        """The whole answer."""
        try:
            reply = await self.call(generation.operation, generation.read, generation.read_stream)
        except HatzNotFoundError as error:
            await self._explain(error, generation)
            raise
        self.usage.add(reply)
        return reply

    async def stream(self, make: Callable[[], Generation]) -> AsyncGenerator[Event, None]:
        """The events of the answer; `make` is called when the stream is first read."""
        generation = make()
        try:
            head, events = await self._retry(generation.operation, lambda request: self._begin(generation, request))
        except HatzNotFoundError as error:
            await self._explain(error, generation)
            raise
        async with aclosing(events):
            for event in head:
                yield event
            try:
                async for event in events:
                    yield event
            except HatzError as error:
                clear_locals(error)
                raise

    async def call(
        self, operation: Operation, read: Callable[[Any], T], read_stream: Callable[[bytes], T | None] | None = None
    ) -> T:
        """Run an operation and read its response with `read`; `read_stream` reads a body that is a stream."""

        def fetch(request: HttpRequest) -> Awaitable[T]:
            masked = (lambda body: read(request.mask(body))) if operation.mask_answer else read
            return self._fetch(request, masked, read_stream)

        return await self._retry(operation, fetch)

    async def _explain(self, error: HatzNotFoundError, generation: Generation) -> None:
        """Add the names of similar models to the error, if the list is available; forget uploaded files that are gone."""
        uploads.forget_uploads(error)
        model = generation.prompt.model
        if not model or not models.is_about_models(error):
            return
        with suppress(Exception):  # the first error is the one to report
            listing = models.list_names(self.settings, model, generation.operation.options.deadline)
            names = await self.call(listing, lambda body: models.read_names(model, body))
            models.add_suggestions(error, model, names)

    async def _retry(self, operation: Operation, run: Callable[[HttpRequest], Awaitable[T]]) -> T:
        settings = operation.settings
        retries = Retries(settings)
        resends = 0
        form = RequestForm(operation)
        while True:
            request = form.operation.http_request(await io.resolve_key(self.settings), retries.attempt)
            try:
                with translate_http_errors(request):
                    request.deadline.check()
                    result = await run(request)
            except HatzError as error:
                clear_locals(error)
                if form.change(error):
                    continue
                if not operation.repeatable and must_not_repeat(error, request):
                    raise
                if resends < MAX_RESENDS and is_unprocessed(error, request):
                    resends += 1
                    continue
                if isinstance(error, HatzRateLimitError):
                    await io.run_blocking(share_pause, settings, request, error)
                delay = retries.delay(error, request.deadline)
                if delay is None:
                    if (reason := form.reason(error)) is not error:
                        raise reason from None
                    raise
                log_retry(error, request.attempt, delay)
            else:
                form.remember_success()
                return result
            await io.sleep(delay)

    async def _fetch(
        self, request: HttpRequest, read: Callable[[Any], T], read_stream: Callable[[bytes], T | None] | None
    ) -> T:
        async with AsyncExitStack() as stack:
            response, headers = await self._send(stack, request)
            content = await self._read_body(response, headers, request)
        return read_response(request, response.status_code, headers, content, read, read_stream)

    async def _begin(
        self, generation: Generation, request: HttpRequest
    ) -> tuple[list[Event], AsyncGenerator[Event, None]]:
        """The first events, until the answer begins, and the rest of the stream."""
        head: list[Event] = []
        events = io.closable(self._events(generation, request))
        async for event in events:
            head.append(event)
            if not isinstance(event, Meta):
                break
        return head, events

    async def _events(self, generation: Generation, request: HttpRequest) -> AsyncGenerator[Event, None]:
        async with AsyncExitStack() as stack:
            stack.enter_context(translate_http_errors(request))
            response, headers = await self._send(stack, request)
            if response.status_code >= 300:
                content = await self._read_body(response, headers, request)
                raise error_response(request, response.status_code, headers, content)
            reader = StreamReader(generation, request, response.status_code, headers)
            try:
                yield reader.metadata
                with translate_http_errors(request):
                    body = body_decoder(response, headers, request.byte_limit)
                    set_read_timeout(response, request.idle)
                    reader.timer.start()
                    async for data in io.raw_body(response, reader.timer.start):
                        for piece in body.feed(data):
                            for event in reader.feed(piece):
                                yield event
                for event in reader.close():
                    yield event
            except HatzError as error:
                if failure := reader.error_with_partial(error):
                    raise failure from error.__cause__
            finally:
                if self.usage.is_open:
                    self.usage.add(reader.reply)

    async def _send(self, stack: AsyncExitStack, request: HttpRequest) -> tuple[Any, dict[str, str]]:
        """The response to a request, without its body, and its headers; closing the stack returns or closes the connection."""
        if (admission := admission_for(self.settings, request)) is not None:
            await io.wait_for_admission(admission)
        http = await stack.enter_async_context(await io.lend_http(self.settings, self._user_http, request))
        began = time.monotonic()
        try:
            response = await io.send(http, request, is_users=self._user_http is not None)
        except Exception as error:
            response = response_of(error)
            if response is None:
                log_exchange(request, type(error).__name__, {}, began)
                raise
        stack.push_async_callback(response.aclose)
        headers = without_cookies(response.headers, request)
        log_exchange(request, response.status_code, headers, began)
        refuse_foreign_answer(request, response, headers)
        return response, headers

    async def _read_body(self, response: Any, headers: Mapping[str, str], request: HttpRequest) -> bytes:
        """The whole body; the beginning of an error's body; nothing of a redirect's."""
        if 300 <= response.status_code < 400:
            return b""
        failed = response.status_code >= 400
        pieces: list[bytes] = []
        end = time.monotonic() + request.body_seconds
        try:
            limit = ERROR_BYTES if failed else request.byte_limit
            body = body_decoder(response, headers, limit, truncate=failed)
            async for data in io.raw_body(response, lambda: end):
                pieces.extend(body.feed(data))
                if body.full:
                    break
        except Exception:
            if not failed:  # else the status says more than a problem with the body
                raise
        return b"".join(pieces)
