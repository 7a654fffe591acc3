"""`Client`: the gateway's endpoints as functions that block.

Generated from `async_client.py` by `make client`: edit that file.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, Unpack

from hatz_client.connection import sync_io as io
from hatz_client.connection.api_key import ApiKey
from hatz_client.connection.http.user_client import HttpClient
from hatz_client.connection.options import ClientOptions, unknown_option
from hatz_client.connection.settings import Settings
from hatz_client.content import Endpoint, Prompt, Reply
from hatz_client.events import Event
from hatz_client.operations import models, uploads
from hatz_client.operations.count_tokens import count_tokens, read_token_count
from hatz_client.operations.generate import Generation, generate
from hatz_client.operations.operation import CallOptions, call_options
from hatz_client.operations.uploads import PROCESSING_SECONDS, Uploadable
from hatz_client.resources.apps import App, Workflow
from hatz_client.resources.files import FileInfo, files_of
from hatz_client.resources.models import Agent, Model, agents_of, models_of
from hatz_client.runners.apps import Apps
from hatz_client.runners.files import Files
from hatz_client.runners.job import Job
from hatz_client.runners.runner import Runner
from hatz_client.runners.usage_total import UsageTotal


class Client:
    """The Hatz gateway, synchronous.

    A client is cheap: it holds settings only. It can be used in any number of threads and forked processes.
    Each process has its own connections, shared by all clients with the same `proxy` and
    `http_socket_options`. Closing is optional; `close()`, or a `with` block, closes idle connections sooner.

    Every call raises `HatzError`s (the tree is in `hatz_client.errors`) and takes the keyword arguments `timeout`, `deadline`, `headers`
    and `request_id`, which replace the client's settings in this call.

    Args:
        api_key: The key, a pydantic `SecretStr`, or a callable that is asked before each request. Default: `HATZ_API_KEY`.
        base_url: Any of the documented URLs. Default: `HATZ_BASE_URL` or `HATZ_API_BASE`, else "https://ai.hatz.ai/v1".
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
        patience: Seconds for which waits after a 429 do not count as retries. Default: 0.
        limit: How many requests may be sent, and who shares this limit: "50/second" (this process), "600/minute sqlite:///limits.db"
            (all processes of this machine), "600/minute redis://cache:6379/0" (all machines), or a callable that makes a limiter
            (docs/scale.md). Each attempt asks it. Needs the extra `scale`. Default: `HATZ_LIMIT`, else no limit.
        limit_unavailable: What to do if the limit's count cannot be reached: "error" (the default), or "ignore", which counts in
            each process alone.
        max_connections: How many connections may be in use at once, in each event loop and in the sync code of the process; further
            calls wait. Default: 1,000, or half of the process's limit of open files if that is less.
        max_response_bytes: The maximum size of a response's body in bytes, after decompression. Default: 64 MiB.
        default_headers: Further headers for every request; they do not replace the key and the request's id.
        allow_http: Permit unencrypted http to another host than this machine. Default: False.
        proxy: The URL of a proxy to use for every host: "http://user:password@proxy.example:8080", https:// and
            socks5:// too (with `pip install 'httpx[socks]'`). Default: `HATZ_PROXY`, else the environment's proxies (`HTTPS_PROXY` and
            the like), which are not used for this machine.
        http_socket_options: Options for each socket, as `socket.setsockopt` takes them, such as
            `[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]`. Not through a proxy: httpx cannot set them there.
        default_query: Names and values to add to every URL; errors and logs do not show them.

    Raises:
        HatzInvalidInputError: for an invalid setting. A missing key is a `HatzAuthenticationError` of each call: calls read the key and
            the environment variables.
        TypeError: for an unknown setting.
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
        del api_key, options  # see "Secrets in tracebacks"
        if unknown:
            raise TypeError(f"Client() got an unexpected keyword argument {unknown}")
        self.settings.check()
        self._runner = Runner(self.settings, http_client)

    @cached_property
    def _files(self) -> Files:
        return Files(self._runner)

    @cached_property
    def _apps(self) -> Apps:
        return Apps(self._runner, self._files)

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
        self._runner.close()

    def ask(self, prompt: Prompt, *, endpoint: Endpoint | None = None, **options: Unpack[CallOptions]) -> Reply:
        """The whole answer to a prompt. `endpoint` replaces that of the client."""
        given = call_options(self.settings, **options)
        return self._runner.ask(generate(self.settings, prompt, endpoint or self.endpoint, given))

    def stream(
        self, prompt: Prompt, *, endpoint: Endpoint | None = None, **options: Unpack[CallOptions]
    ) -> Generator[Event, None, None]:
        """Stream the answer to a prompt; `hatz_client.Fold` accumulates the events into a `Reply`.

        The first event is a `Meta` with the request's id; the last `Meta` has the finish reason and the usage. An
        error after the answer began has the answer so far as its `partial`. Closing the generator closes the
        connection.
        """

        def generation() -> Generation:  # made when the stream is first read: its deadline starts then
            given = call_options(self.settings, **options)
            return generate(self.settings, prompt, endpoint or self.endpoint, given, stream=True)

        return io.closable(self._runner.stream(generation))

    def count_tokens(self, prompt: Prompt, **options: Unpack[CallOptions]) -> int:
        """The number of tokens in the prompt, tools included, as the gateway counts them (for any model, free)."""
        operation = count_tokens(self.settings, prompt, call_options(self.settings, **options))
        return self._runner.call(operation, read_token_count)

    def list_models(self, **options: Unpack[CallOptions]) -> tuple[Model, ...]:
        """The models this key may use."""
        operation = models.list_models(self.settings, call_options(self.settings, **options))
        return self._runner.call(operation, models_of)

    def list_agents(self, **options: Unpack[CallOptions]) -> tuple[Agent, ...]:
        """The agents this key may use; send an agent's `model` to run it."""
        operation = models.list_agents(self.settings, call_options(self.settings, **options))
        return self._runner.call(operation, agents_of)

    def list_apps(
        self, name: str | None = None, *, page_size: int = 100, **options: Unpack[CallOptions]
    ) -> Generator[App, None, None]:
        """The apps this key may use, without the workflows; they are fetched page by page.

        Args:
            name: Only those that Hatz finds by this name. Default: all.
            page_size: The number of apps and workflows of one request, at most 1000.
            **options: As of every call.
        """
        return io.closable(self._apps.list(App, name, page_size, options))

    def list_workflows(
        self, name: str | None = None, *, page_size: int = 100, **options: Unpack[CallOptions]
    ) -> Generator[Workflow, None, None]:
        """The workflows this key may use; the arguments are those of `list_apps`."""
        return io.closable(self._apps.list(Workflow, name, page_size, options))

    def get_app(self, app_id: str, **options: Unpack[CallOptions]) -> App:
        """One app or workflow with its form.

        Raises:
            HatzNotFoundError: if the key can reach no app or workflow with this id.
        """
        return self._apps.get(app_id, call_options(self.settings, **options))

    def run_app(
        self,
        app: App | str,
        inputs: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        file_uuids: Sequence[str] = (),
        **options: Unpack[CallOptions],
    ) -> Reply:
        """The whole answer of an app.

        Args:
            app: One of `list_apps()`, or an app's id, which takes one more request.
            inputs: The values of the app's `inputs`, by name: texts (or numbers); for a file a path, bytes, an open file, or the id of
                a file at Hatz. Files are uploaded.
            model: The model to use. Default: the app's own.
            file_uuids: Ids of further files at Hatz, for the model to read.
            **options: As of every call.

        Raises:
            HatzInvalidInputError: if the inputs do not fit the app's form. The message names every problem; nothing was sent.
        """
        given = call_options(self.settings, **options)
        return self._runner.ask(self._apps.query(app, inputs, model, file_uuids, given))

    def stream_app(
        self,
        app: App | str,
        inputs: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        file_uuids: Sequence[str] = (),
        **options: Unpack[CallOptions],
    ) -> Generator[Event, None, None]:
        """Stream the answer of an app: the arguments of `run_app`, the events of `stream`."""
        return io.closable(self._apps.stream(app, inputs, model, file_uuids, options))

    def run_workflow(
        self, workflow: Workflow | str, inputs: Mapping[str, Any] | None = None, **options: Unpack[CallOptions]
    ) -> Job:
        """Start a workflow; its job runs at Hatz, and `Job.wait()` waits for it.

        A job is never started twice: if it is unknown whether the gateway started it, the error says so.

        Args:
            workflow: One of `list_workflows()`, or a workflow's id, which takes at least one more request.
            inputs: As of `run_app`.
            **options: As of every call.

        Raises:
            HatzInvalidInputError: if the inputs do not fit the workflow's form. The message names every problem; nothing was sent.
        """
        return self._apps.start(workflow, inputs, call_options(self.settings, **options))

    def get_job(self, job_id: str, **options: Unpack[CallOptions]) -> Job:
        """A job that was started before, by its id."""
        return self._apps.job(job_id, call_options(self.settings, **options))

    def usage(self) -> UsageTotal:
        """A `UsageTotal` that adds up the tokens of this client's answers while it is open: `with client.usage() as total: …`.

        `total.input` and `total.output` are numbers of tokens, `total.answers` is the number of answers, and `total.unknown` the
        number of those whose usage the gateway did not report.
        """
        return self._runner.usage.open()

    def list_files(self, **options: Unpack[CallOptions]) -> tuple[FileInfo, ...]:
        """The files of the key's user at Hatz. Their content cannot be read back."""
        operation = uploads.list_files(self.settings, call_options(self.settings, **options))
        return self._runner.call(operation, files_of)

    def file_status(self, file_id: str, **options: Unpack[CallOptions]) -> FileInfo:
        """A file with the state of its processing."""
        return self._files.status(file_id, call_options(self.settings, **options))

    def upload(
        self,
        file: Uploadable,
        *,
        filename: str | None = None,
        media_type: str | None = None,
        scope_id: str | None = None,
        patience: float = PROCESSING_SECONDS,
        **options: Unpack[CallOptions],
    ) -> str:
        """Upload a file and wait until Hatz has processed it; returns its id, for `Prompt.file_uuids`.

        Args:
            file: Its path, its bytes, or a file opened for reading in binary mode.
            filename: The name at Hatz. Default: the path's last part.
            media_type: Its MIME type. Default: derived from its name.
            scope_id: A UUID of the conversation it belongs to. Default: a new one.
            patience: Maximum number of seconds to wait for the processing. Default: 120.
            **options: As of every call: `timeout` and `headers` of each of the requests, `request_id` of the one that uploads,
                `deadline` of all together.

        Raises:
            HatzInvalidInputError: when the file cannot be read.
            HatzBadRequestError: when Hatz cannot process it.
            HatzTimeoutError: when it is not processed in time.
        """
        given = call_options(self.settings, **options)
        return self._files.upload(file, filename, media_type, ("chat", scope_id), given, patience)

    def with_uploads(self, prompt: Prompt) -> Prompt:
        """Upload the prompt's images and documents to Hatz, and return the prompt with their ids in `file_uuids`.

        The native chat endpoint accepts only uploaded files. Each file is uploaded once per process and key.
        """
        return self._files.with_uploads(prompt)
