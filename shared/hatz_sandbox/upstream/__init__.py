"""A real model behind the sandbox: any server with OpenAI's `/v1/chat/completions`.

This is the only module of the sandbox that uses httpx, as the client of another server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from hatz_sandbox.neutral import GatewayError, Json, Piece, Question
from hatz_sandbox.upstream.chat_completions import as_event, body_of, pieces_of

_TIMEOUT = 600.0
"""The read timeout in seconds: a large model on a small machine takes long to read a long prompt."""
_OWN_STATUS = {400, 404, 413, 422, 429}
"""Errors of the request itself, which are passed on; any other error is a 502."""


class Upstream:
    """An OpenAI-compatible server, such as Ollama, llama.cpp, vLLM or LM Studio.

    Args:
        url: Its address, with or without `/v1`: `http://localhost:11434/v1`.
        model: The id of the model that answers all requests; by default the first that the server lists.
        api_key: Sent as a Bearer token; local servers do not need one.

    Raises:
        ValueError: The URL is not an http or https URL.
    """

    def __init__(self, url: str, *, model: str | None = None, api_key: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no URL of a server, such as http://localhost:11434/v1")
        base = url.rstrip("/").removesuffix("/chat/completions")
        self.url = base if parts.path.strip("/") else f"{base}/v1"
        self._model = model
        self._api_key = api_key
        self._http: httpx.Client | None = None

    def __repr__(self) -> str:
        return f"<Upstream {self}>"

    def __str__(self) -> str:
        return f"{self.url}, model {self._model}" if self._model else self.url

    def find_model(self) -> str:
        """The id of the model that answers; `GatewayError` if the server cannot be reached, or lists no model."""
        if self._model is None:
            match self._read_json(self._send("GET", "models", None)):
                case {"data": [{"id": str(first)}, *_]}:
                    self._model = first
                case _:
                    raise self._error("lists no model; name one with --model.")
        return self._model

    def answer(self, question: Question) -> Iterable[Piece]:
        """The pieces of the model's answer, as they arrive if the request streams; `GatewayError` if the server fails."""
        response = self._send("POST", "chat/completions", body_of(question, self.find_model()))
        if question.stream and "json" not in response.headers.get("Content-Type", ""):
            return self._stream(response)
        event = as_event(self._read_json(response))
        if event is None:
            raise self._error("answered without a choice.")
        return list(pieces_of([event]))

    def close(self) -> None:
        """Close the connections to the server."""
        http, self._http = self._http, None
        if http:
            http.close()

    def _send(self, method: str, path: str, body: Json | None) -> httpx.Response:
        if self._http is None:
            headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
            self._http = httpx.Client(headers=headers, timeout=httpx.Timeout(_TIMEOUT, connect=10.0))
        try:
            response = self._http.send(self._http.build_request(method, f"{self.url}/{path}", json=body), stream=True)
            if response.status_code == 200:
                return response
            response.read()
        except httpx.HTTPError as error:
            raise self._error("cannot be reached", error, " Is it running?") from error
        status = response.status_code
        hint = " (its key is read from the variable that --api-key-env names)" if status in {401, 403} else ""
        refused = self._error(f"answered {status}: {_message(response.text)}{hint}")
        refused.status = status if status in _OWN_STATUS else 502
        raise refused

    def _read_json(self, response: httpx.Response) -> Any:
        try:
            return json.loads(response.read())
        except (httpx.HTTPError, ValueError) as error:
            raise self._error("answered no JSON", error) from error

    def _stream(self, response: httpx.Response) -> Iterator[Piece]:
        try:
            yield from pieces_of(_events(response))
        except (httpx.HTTPError, ValueError) as error:
            raise self._error("broke off its stream", error) from error
        finally:
            response.close()

    def _error(self, words: str, cause: Exception | None = None, hint: str = "") -> GatewayError:
        why = f": {type(cause).__name__}: {cause}.{hint}" if cause else ""
        return GatewayError(f"The upstream server {self.url} {words}{why}", status=502)


def _events(response: httpx.Response) -> Iterator[Json]:
    """The JSON of each `data:` line, up to `[DONE]`."""
    for line in response.iter_lines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data:
            event = json.loads(data)
            if isinstance(event, dict):
                yield event


def _message(text: str) -> str:
    """The message of an error body, in any of the usual shapes."""
    try:
        match json.loads(text):
            case {"error": {"message": str(message)}} | {"error": str(message)} | {"message": str(message)}:
                return message
    except ValueError:
        pass
    return text[:500].strip() or "no error message"
