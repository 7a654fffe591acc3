"""`AsyncClient`: the gateway's endpoints as coroutines; `Client` with the words of waiting put in, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext, suppress
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from hatz_client.connection import pools, transport
from hatz_client.connection.api_key import ApiKey, Key, Secret, clean_key
from hatz_client.connection.retries import Attempts
from hatz_client.connection.route import SocketOption
from hatz_client.connection.settings import Settings
from hatz_client.connection.transport import AsyncHttpClient, Exchange, OurErrors, own
from hatz_client.content import Endpoint, Prompt, Reply
from hatz_client.errors import HatzError, HatzNotFoundError
from hatz_client.events import Event, Meta
from hatz_client.models import Agent, Model, agents_of, models_of
from hatz_client.operations import model_suggestions as nearest
from hatz_client.operations import uploads as files
from hatz_client.operations.generate import (
    Call,
    Options,
    discovery,
    generation,
    logged,
    read,
    refusal,
    token_count,
    token_count_of,
)
from hatz_client.operations.stream_reader import GRACE, Reading
from hatz_client.operations.uploads import Uploadable

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class AsyncClient:
    """The Hatz gateway, for async code: `Client` with `await`, and the same arguments.

    It may be used from any number of event loops, one after the other or in several threads: each has connections of its own.
    `api_key` may be an async callable too, and `http_async_client` is an `httpx.AsyncClient` of yours (whose loop is your business).
    """

    _sleep = staticmethod(asyncio.sleep)

    def __init__(
        self,
        api_key: ApiKey | None = None,
        base_url: str | None = None,
        *,
        endpoint: Endpoint = "auto",
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        stream_idle_timeout: float | None = None,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        allow_http: bool = False,
        proxy: str | Secret | None = None,
        http_socket_options: Sequence[SocketOption] | None = None,
        default_query: Mapping[str, str | float] | None = None,
        http_async_client: AsyncHttpClient | None = None,
    ) -> None:
        self.settings = Settings(
            api_key, base_url, endpoint, timeout, stream_idle_timeout, max_retries, default_headers, allow_http,
            proxy, http_socket_options, default_query,
        )  # fmt: skip
        self._given_http = http_async_client

    def __repr__(self) -> str:
        return f"AsyncClient({self.settings!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the idle connections that this event loop keeps for these settings; the next call opens new ones.

        All clients whose `proxy` and `http_socket_options` are the same share them. A request under way is not disturbed: its
        connection is closed when it is done. Your own `http_async_client` stays open. At its end the event loop closes
        its connections itself.
        """
        if self._given_http is None:
            await pools.aclose(self.settings.route)

    async def ask(
        self,
        prompt: Prompt,
        *,
        endpoint: Endpoint | None = None,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> Reply:
        """The whole answer to a prompt. The keyword arguments stand in for the client's settings in this call."""
        call = generation(self.settings, prompt, Options(endpoint, timeout, headers, request_id))
        try:
            return await self._answer(call, call.reply)
        except HatzNotFoundError as error:
            await self._explain(error, call)
            raise

    async def stream(
        self,
        prompt: Prompt,
        *,
        endpoint: Endpoint | None = None,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        """The answer to a prompt as it is written; `hatz_client.Fold` adds the events up.

        The first event is a `Meta` with the request's id, and the last `Meta` says why the answer ended and what it used. An
        error that comes after the answer began has what had come in its `partial`. Closing the generator closes the connection.
        """
        call = generation(self.settings, prompt, Options(endpoint, timeout, headers, request_id), stream=True)
        head: list[Event] = []
        try:
            async for attempt in Attempts(self.settings.retries):
                with attempt:
                    head.clear()
                    events = self._events(call, attempt.num)
                    async for event in events:
                        head.append(event)
                        if not isinstance(event, Meta):
                            break
        except HatzNotFoundError as error:
            await self._explain(error, call)
            raise
        async with aclosing(events):
            for event in head:
                yield event
            async for event in events:
                yield event

    async def count_tokens(
        self,
        prompt: Prompt,
        *,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> int:
        """How many tokens the prompt has, tools included, as the gateway counts them (any model; no credits are used)."""
        call = token_count(self.settings, prompt, Options(None, timeout, headers, request_id))
        return await self._answer(call, token_count_of)

    async def models(
        self,
        *,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> tuple[Model, ...]:
        """The models this key may use."""
        call = discovery(self.settings, "/chat/models", Options(None, timeout, headers, request_id))
        return await self._answer(call, models_of)

    async def agents(
        self,
        *,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> tuple[Agent, ...]:
        """The agents this key may use; send an agent's `model` to run it."""
        call = discovery(self.settings, "/chat/agents", Options(None, timeout, headers, request_id))
        return await self._answer(call, agents_of)

    async def upload(
        self,
        file: Uploadable,
        *,
        filename: str | None = None,
        media_type: str | None = None,
        scope_id: str | None = None,
        patience: float = 120.0,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> str:
        """The id of a file that Hatz now has and has processed: for `Prompt.file_uuids`.

        Args:
            file: Its path, its bytes, or a file opened for reading in binary mode.
            filename: What Hatz is to call it. Default: the path's last part.
            media_type: Its MIME type. Default: what its name says.
            scope_id: A UUID of the conversation it belongs to. Default: a new one.
            patience: Seconds to wait until it has been processed.
            timeout: In place of the client's, for each of the requests.
            headers: Further headers of each of the requests.
            request_id: The id of the request that uploads; those that ask how far it is have their own.

        Raises:
            HatzInvalidInputError: when the file cannot be read.
            HatzBadRequestError: when Hatz cannot process it.
            HatzTimeoutError: when it is not processed in time.
        """
        options = Options(None, timeout, headers, request_id)
        given = await self._file_of(file, filename, media_type)
        stored = await self._answer(files.upload(self.settings, given, scope_id, options), files.stored)
        waits = files.waits(stored, patience)
        while not files.ready(stored):
            await self._sleep(next(waits))
            stored = await self._answer(files.look(self.settings, stored, options), stored.now)
        return stored.id

    async def with_uploads(self, prompt: Prompt) -> Prompt:
        """The prompt with the images and documents it holds uploaded to Hatz, each once: the native chat endpoint takes no others."""
        ids = {}
        for digest, file in files.unsent(prompt).items():
            known = files.KNOWN.by(self.settings, await self._key(), digest)
            if (file_id := files.KNOWN.get(known)) is None:
                file_id = await self.upload(file.content, filename=file.name, media_type=file.media_type)
                files.KNOWN.put(known, file_id)
            ids[digest] = file_id
        return files.with_ids(prompt, ids) if ids else prompt

    async def _explain(self, error: HatzNotFoundError, call: Call) -> None:
        """Have the error name models there are; where the list does not come, the error is as it was. Forget files that are gone."""
        files.KNOWN.forget(error)
        if not nearest.speaks_of_models(error):
            return
        with suppress(Exception):  # the first error is the one to tell
            there = await self._answer(nearest.listing(call), lambda body: nearest.listed(call, body))
            nearest.name_nearest(error, call, there)

    async def _answer(self, call: Call, meaning: Callable[[Any], T]) -> T:
        async for attempt in Attempts(call.settings.retries):
            with attempt:
                exchange = call.exchange(await self._key(), attempt.num)
                async with self._response(exchange, attempt.num) as response:
                    content = await response.aread()
                return read(exchange, response, content, meaning)
        raise AssertionError("stamina makes at least one attempt")

    async def _events(self, call: Call, attempt: int) -> AsyncGenerator[Event, None]:
        exchange = call.exchange(await self._key(), attempt)
        async with self._response(exchange, attempt) as response:
            if response.status_code >= 300:
                raise refusal(exchange, response.status_code, response.headers, await response.aread())
            transport.wait_at_most(response, exchange.idle)
            reading = Reading(call, exchange, response.status_code, response.headers)
            try:
                yield reading.first
                with OurErrors(exchange):
                    async for chunk in response.aiter_bytes():
                        for event in reading.feed(chunk):
                            yield event
                        if reading.complete:
                            transport.wait_briefly(response, GRACE)
                for event in reading.close():
                    yield event
            except HatzError as error:
                if ended := reading.ended_by(error):
                    raise ended from error.__cause__

    @asynccontextmanager
    async def _response(self, exchange: Exchange, attempt: int) -> AsyncIterator[Any]:
        async with await self._http() as http:
            began = time.monotonic()
            with OurErrors(exchange):
                try:
                    response = await http.send(
                        http.build_request(**exchange.parts), stream=True, follow_redirects=False
                    )
                except Exception as error:
                    logged(exchange, type(error).__name__, {}, began, attempt)
                    raise
                logged(exchange, response.status_code, response.headers, began, attempt)
                try:
                    yield response
                finally:
                    await response.aclose()

    async def _http(self) -> Any:
        if self._given_http is not None:
            return nullcontext(own(self._given_http, "http_async_client", "aclose", self.settings))
        return (await pools.http_async_clients(self.settings.route)).lent()

    async def _key(self) -> Key:
        key = self.settings.given_key()
        return clean_key(await key if isawaitable(key) else key)

    @staticmethod
    async def _file_of(given: Uploadable, filename: str | None, media_type: str | None) -> files.File:
        return await asyncio.to_thread(files.file_of, given, filename, media_type)
