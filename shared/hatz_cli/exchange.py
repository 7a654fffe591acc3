"""Send one raw HTTP request and keep the response: for requests that a client would not send, such as one with a wrong key."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Self

import httpx

from hatz_client.connection.httpx_clients import client_maker
from hatz_client.connection.route import Route
from hatz_client.connection.settings import environment_variable
from hatz_client.version import USER_AGENT

MODEL = "{model}"
"""Placeholder for the model in a request's body."""
_MOST = 10_000_000
"""Bytes of a response that are read."""
KeyUse = Literal["header", "bearer", "both", "wrong", "none"]


@dataclass(frozen=True)
class Request:
    """A request; `path` is relative to the base URL."""

    path: str
    body: Mapping[str, Any] | None = None
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    key: KeyUse = "header"

    def on(self, model: str) -> Request:
        """The request for this model: `MODEL` in its body is replaced."""
        if self.body is None or self.body.get("model") != MODEL:
            return self
        return replace(self, body={**self.body, "model": model})


@dataclass(frozen=True)
class Exchange:
    """A request and its response. Without a response `status` is None, and `problem` is the exception."""

    request: Request
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """The response's headers, with names in lower case."""
    text: str = ""
    seconds: float = 0.0
    problem: Exception | None = None

    @cached_property
    def body(self) -> Any:
        """The response's JSON; None if it is not JSON."""
        return _parse(self.text)

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects of a stream: server-sent events, or one object per line."""
        lines = (line.removeprefix("data:").strip() for line in self.text.split("\n"))
        parsed = [_parse(line) for line in lines if line.startswith("{")]
        return [event for event in parsed if isinstance(event, dict)]

    @property
    def refused(self) -> bool:
        """Whether the gateway answered with an error status."""
        return self.status is not None and self.status >= 400


class Gateway:
    """Sends requests to one gateway with one key. The environment's proxies are used, but never for this machine."""

    def __init__(self, base_url: str, key: str, *, timeout: float = 60.0, total: float = 300.0) -> None:
        self.base_url = base_url
        self._key = key if key.isascii() and key.isprintable() else ""
        self._timeout = timeout
        self._total = total

    def __repr__(self) -> str:
        return f"Gateway({self.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_http" in vars(self):
            self._http.close()

    @cached_property
    def _http(self) -> httpx.Client:
        """Created for the first request, because an invalid proxy or certificate file in the environment raises an error."""
        _, proxy = environment_variable("HATZ_PROXY")
        route = Route(proxy.value) if proxy.value else None
        http = client_maker(httpx.Client, httpx.HTTPTransport, route, httpx.Limits())()
        http.timeout = httpx.Timeout(self._timeout, connect=min(self._timeout, 10.0))
        return http

    def send(self, request: Request) -> Exchange:
        """Send a request and read the response. Errors of the network and of the gateway are not raised."""
        began = time.monotonic()
        content = None if request.body is None else json.dumps(request.body).encode()
        try:
            with self._http.stream(
                request.method,
                self.base_url + request.path,
                content=content,
                headers=self._headers(request),
            ) as response:
                text = _read(response, began + self._total)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:  # ImportError: SOCKS
            return Exchange(request, problem=error, seconds=time.monotonic() - began)
        headers = {name.lower(): value for name, value in response.headers.items() if name.lower() != "set-cookie"}
        return Exchange(request, response.status_code, headers, text, time.monotonic() - began)

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT, **request.headers}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.key in {"header", "both"}:
            headers["X-API-Key"] = self._key
        if request.key in {"bearer", "both"}:
            headers["Authorization"] = f"Bearer {self._key}"
        if request.key == "wrong":
            headers["X-API-Key"] = "not-a-valid-key"
        return headers


def _read(response: httpx.Response, end: float) -> str:
    """The body as a text, its first 10 MB at most.

    Raises:
        httpx.ReadTimeout: if it is not complete at `end`.
    """
    found, size = [], 0
    for piece in response.iter_text():
        found.append(piece)
        size += len(piece)
        if time.monotonic() > end:
            raise httpx.ReadTimeout("The response did not end in time.")
        if size > _MOST:
            break
    return "".join(found)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
