"""`Client`: the gateway's endpoints as calls that block.

`AsyncClient` is the same text with the words of waiting put in (a test compares them); what both decide is decided in `calls`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from hatz_client.connection import pools, transport
from hatz_client.connection.api_key import ApiKey, Key, Secret, clean_key
from hatz_client.connection.retries import Attempts
from hatz_client.connection.route import SocketOption
from hatz_client.connection.settings import Settings
from hatz_client.connection.transport import Exchange, HttpClient, OurErrors, own
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


class Client:
    """The Hatz gateway, for code that waits by blocking.

    Cheap to make, and safe in any number of threads and forked processes: it holds settings only. The connections belong to the
    process, and all clients in it with the same `proxy` and `http_socket_options` share them. Nothing needs closing; `close()`, or
    a `with` block, closes what is idle sooner.

    Every call raises `HatzError`s (the tree is in `hatz_client.errors`).

    Args:
        api_key: The key, a pydantic `SecretStr`, or a callable that is asked before each request. Default: `HATZ_API_KEY`.
        base_url: Any of the documented URLs. Default: `HATZ_BASE_URL`, else "https://ai.hatz.ai/v1".
        endpoint: Which wire format to speak; "auto" chooses by model (see `hatz_client.wire.dialect_name`).
        timeout: Seconds for connecting, for the wait until the response's headers come, and for each silence after them; a pair,
            to connect and for the rest; or an `httpx.Timeout`. Default: 15 s to connect, 300 s for the rest. It bounds silences:
            an answer that keeps coming may take as long as it needs.
        stream_idle_timeout: Seconds of silence allowed in a stream once its headers have come, the wait for the first event
            included, when they are to differ from `timeout`.
        max_retries: How often to try again after what may pass: no connection, 408, 429, 5xx. A stream is not tried again
            once its answer has begun.
        default_headers: Further headers for every request; they do not replace the key and the request's id.
        allow_http: Permit unencrypted http to another host than this machine.
        proxy: The URL of a proxy to go through, with whatever host: "http://user:password@proxy.example:8080", https:// and
            socks5:// too (with `pip install 'httpx[socks]'`). Default: `HATZ_PROXY`, else what the environment says to every
            program (`HTTPS_PROXY` and the like; those are not asked for this machine).
        http_socket_options: Options for each socket, as `socket.setsockopt` takes them, such as
            `[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]`. Not through a proxy: httpx has no way to set them there.
        default_query: Names and values to add to every URL; errors and logs of ours do not show them.
        http_client: An `httpx.Client` of yours (httpx2's is fine) to send with; it is never closed.
    """

    _sleep = staticmethod(time.sleep)

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
        http_client: HttpClient | None = None,
    ) -> None:
        self.settings = Settings(
            api_key, base_url, endpoint, timeout, stream_idle_timeout, max_retries, default_headers, allow_http,
            proxy, http_socket_options, default_query,
        )  # fmt: skip
        self._given_http = http_client

    def __repr__(self) -> str:
        return f"Client({self.settings!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections that this process keeps for these settings; the next call opens new ones.

        All clients whose `proxy` and `http_socket_options` are the same share them. A request under way is not disturbed: its
        connection is closed when it is done. Your own `http_client` stays open. At its end the process closes
        its connections itself.
        """
        if self._given_http is None:
            pools.close(self.settings.route)

    def ask(
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
            return self._answer(call, call.reply)
        except HatzNotFoundError as error:
            self._explain(error, call)
            raise

    def stream(
        self,
        prompt: Prompt,
        *,
        endpoint: Endpoint | None = None,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> Generator[Event, None, None]:
        """The answer to a prompt as it is written; `hatz_client.Fold` adds the events up.

        The first event is a `Meta` with the request's id, and the last `Meta` says why the answer ended and what it used. An
        error that comes after the answer began has what had come in its `partial`. Closing the generator closes the connection.
        """
        call = generation(self.settings, prompt, Options(endpoint, timeout, headers, request_id), stream=True)
        head: list[Event] = []
        try:
            for attempt in Attempts(self.settings.retries):
                with attempt:
                    head.clear()
                    events = self._events(call, attempt.num)
                    for event in events:
                        head.append(event)
                        if not isinstance(event, Meta):
                            break
        except HatzNotFoundError as error:
            self._explain(error, call)
            raise
        with closing(events):
            for event in head:
                yield event
            for event in events:
                yield event

    def count_tokens(
        self,
        prompt: Prompt,
        *,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> int:
        """How many tokens the prompt has, tools included, as the gateway counts them (any model; no credits are used)."""
        call = token_count(self.settings, prompt, Options(None, timeout, headers, request_id))
        return self._answer(call, token_count_of)

    def models(
        self,
        *,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> tuple[Model, ...]:
        """The models this key may use."""
        call = discovery(self.settings, "/chat/models", Options(None, timeout, headers, request_id))
        return self._answer(call, models_of)

    def agents(
        self,
        *,
        timeout: float | tuple[float, float] | httpx.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> tuple[Agent, ...]:
        """The agents this key may use; send an agent's `model` to run it."""
        call = discovery(self.settings, "/chat/agents", Options(None, timeout, headers, request_id))
        return self._answer(call, agents_of)

    def upload(
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
        given = self._file_of(file, filename, media_type)
        stored = self._answer(files.upload(self.settings, given, scope_id, options), files.stored)
        waits = files.waits(stored, patience)
        while not files.ready(stored):
            self._sleep(next(waits))
            stored = self._answer(files.look(self.settings, stored, options), stored.now)
        return stored.id

    def with_uploads(self, prompt: Prompt) -> Prompt:
        """The prompt with the images and documents it holds uploaded to Hatz, each once: the native chat endpoint takes no others."""
        ids = {}
        for digest, file in files.unsent(prompt).items():
            known = files.KNOWN.by(self.settings, self._key(), digest)
            if (file_id := files.KNOWN.get(known)) is None:
                file_id = self.upload(file.content, filename=file.name, media_type=file.media_type)
                files.KNOWN.put(known, file_id)
            ids[digest] = file_id
        return files.with_ids(prompt, ids) if ids else prompt

    def _explain(self, error: HatzNotFoundError, call: Call) -> None:
        """Have the error name models there are; where the list does not come, the error is as it was. Forget files that are gone."""
        files.KNOWN.forget(error)
        if not nearest.speaks_of_models(error):
            return
        with suppress(Exception):  # the first error is the one to tell
            there = self._answer(nearest.listing(call), lambda body: nearest.listed(call, body))
            nearest.name_nearest(error, call, there)

    def _answer(self, call: Call, meaning: Callable[[Any], T]) -> T:
        for attempt in Attempts(call.settings.retries):
            with attempt:
                exchange = call.exchange(self._key(), attempt.num)
                with self._response(exchange, attempt.num) as response:
                    content = response.read()
                return read(exchange, response, content, meaning)
        raise AssertionError("stamina makes at least one attempt")

    def _events(self, call: Call, attempt: int) -> Generator[Event, None, None]:
        exchange = call.exchange(self._key(), attempt)
        with self._response(exchange, attempt) as response:
            if response.status_code >= 300:
                raise refusal(exchange, response.status_code, response.headers, response.read())
            transport.wait_at_most(response, exchange.idle)
            reading = Reading(call, exchange, response.status_code, response.headers)
            try:
                yield reading.first
                with OurErrors(exchange):
                    for chunk in response.iter_bytes():
                        for event in reading.feed(chunk):
                            yield event
                        if reading.complete:
                            transport.wait_briefly(response, GRACE)
                for event in reading.close():
                    yield event
            except HatzError as error:
                if ended := reading.ended_by(error):
                    raise ended from error.__cause__

    @contextmanager
    def _response(self, exchange: Exchange, attempt: int) -> Iterator[Any]:
        with self._http() as http:
            began = time.monotonic()
            with OurErrors(exchange):
                try:
                    response = http.send(http.build_request(**exchange.parts), stream=True, follow_redirects=False)
                except Exception as error:
                    logged(exchange, type(error).__name__, {}, began, attempt)
                    raise
                logged(exchange, response.status_code, response.headers, began, attempt)
                try:
                    yield response
                finally:
                    response.close()

    def _http(self) -> Any:
        if self._given_http is not None:
            return nullcontext(own(self._given_http, "http_client", "close", self.settings))
        return pools.http_clients(self.settings.route).lent()

    def _key(self) -> Key:
        return clean_key(self.settings.given_key())

    @staticmethod
    def _file_of(given: Uploadable, filename: str | None, media_type: str | None) -> files.File:
        return files.file_of(given, filename, media_type)
