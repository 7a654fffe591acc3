"""One request to one response: route, key, rules, then the queue or whoever answers, then the wire."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Protocol

from hatz_sandbox import catalog, rules, uploads, welcome
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.http_response import HttpResponse, json_response
from hatz_sandbox.limits import apply_limits, count_usage
from hatz_sandbox.neutral import Answer, Usage
from hatz_sandbox.prompt_cache import with_cache_counts
from hatz_sandbox.read import chat as read_chat
from hatz_sandbox.read import messages as read_messages
from hatz_sandbox.read import responses as read_responses
from hatz_sandbox.tokens import count_prompt
from hatz_sandbox.write import errors, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.answers import Answers
    from hatz_sandbox.budget import Budget
    from hatz_sandbox.http_request import SandboxRequest
    from hatz_sandbox.neutral import Piece, Request
    from hatz_sandbox.steps import Failure, Raw, Step, StepQueue

_log = logging.getLogger(__name__)

_WIRES = {
    "/v1/chat/completions": "chat",
    "/v1/openai/responses": "responses",
    "/v1/anthropic/messages": "messages",
    "/v1/anthropic/v1/messages": "messages",
}
_COUNTS = {"/v1/anthropic/messages/count_tokens", "/v1/anthropic/v1/messages/count_tokens"}
_LISTS = {"/v1/chat/models", "/v1/chat/agents", "/v1/app/models"}


class State(Protocol):
    """What the gateway reads of the sandbox it answers for."""

    api_key: str
    quirks: frozenset[str]
    models: list[catalog.Entry]
    agents: list[catalog.Entry]
    files: dict[str, str]
    cached_prefixes: set[str]
    steps: StepQueue
    answers: Answers
    budget: Budget


def respond(state: State, request: SandboxRequest, request_id: str) -> HttpResponse:
    """The response to a request; a fault of the sandbox itself is a 500 that says so."""
    wire = _wire_of(request.path)
    try:
        return _respond(state, request, wire, request_id)
    except GatewayError as error:
        return _error_response(error, wire, request_id)
    except RecursionError:
        return _error_response(GatewayError("The request's JSON is nested too deeply."), wire, request_id)
    except Exception as error:  # noqa: BLE001 - a server answers even when it fails
        _log.debug("the sandbox failed on %s %s", request.method, request.path, exc_info=True)
        broken = GatewayError(f"The sandbox itself failed: {type(error).__name__}: {error}", status=500)
        return _error_response(broken, wire, request_id)


def _wire_of(path: str) -> str:
    if path.startswith("/v1/openai/"):
        return "responses"
    return "messages" if path.startswith("/v1/anthropic/") else "chat"


def _error_response(error: GatewayError, wire: str, request_id: str) -> HttpResponse:
    body = json.dumps(errors.body(error, wire, request_id)).encode()
    headers = {} if error.retry is None else {"x-should-retry": str(error.retry).lower()}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return HttpResponse(error.status, "application/json", body, headers=headers, reason=error.message)


def _respond(state: State, request: SandboxRequest, wire: str, request_id: str) -> HttpResponse:
    path = request.path
    if path in welcome.PATHS and request.method == "GET":
        return welcome.page(request, state.models, state.answers.upstream)
    expected = "POST" if path in _WIRES or path in _COUNTS or path == uploads.UPLOAD else "GET"
    if not (path in _WIRES or path in _COUNTS or path in _LISTS or uploads.serves(path)):
        raise GatewayError("Not Found" if wire == "chat" else f"Not found: {request.method} {path}", status=404)
    if request.method != expected:
        raise GatewayError("Method Not Allowed", status=405)
    _check_key(state, request, wire)
    state.budget.spend(request.raw, generates=path in _WIRES)
    if path in _WIRES:
        return _generate(state, request, wire, request_id)
    step = state.steps.next(path, generates=False)
    if step.failure or step.raw:
        return _scripted(step, wire, request_id)
    if path in _COUNTS:
        body = _body(request, wire)
        rules.messages.check(body, counting=True)
        catalog.find_for_messages(body["model"], state.models)
        return json_response({"input_tokens": count_prompt(body)})
    if path in _LISTS:
        return json_response({"data": state.agents if path.endswith("agents") else state.models})
    return uploads.serve(state.files, request)


def _check_key(state: State, request: SandboxRequest, wire: str) -> None:
    given = request.headers.get("X-API-Key")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if given is None and scheme.lower() == "bearer" and wire != "chat":
        given = token.strip()
    if given == state.api_key:
        return
    if given is None and scheme and wire == "chat":
        raise GatewayError(
            "Unauthorized: on this endpoint the Authorization header is for session tokens; send the key as X-API-Key.",
            status=401,
        )
    message = "Unauthorized: no API key was sent." if given is None else "Unauthorized: the API key is not valid."
    raise GatewayError(message, status=401, code="invalid_api_key")


def _body(request: SandboxRequest, wire: str) -> dict[str, Any]:
    problem = "it is not a JSON object"
    try:
        # Lone surrogates are escapes that JSON allows and the gateway was seen to refuse with 400.
        body = json.loads(request.raw, parse_constant=_refuse_constant)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        body, problem = None, str(error)
    if isinstance(body, dict):
        return body
    message = f"The request body is not valid JSON: {problem}."
    if wire == "chat" and "surrogates" not in problem:
        raise GatewayError(message, status=422, detail=[{"loc": ["body"], "msg": message, "type": "json_invalid"}])
    raise GatewayError(message)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _generate(state: State, request: SandboxRequest, wire: str, request_id: str) -> HttpResponse:
    body = _body(request, wire)
    prompt = _read(state, body, wire)
    step = state.steps.next(request.path, generates=True)
    if step.failure or step.raw:
        return _scripted(step, wire, request_id)
    if step.fault.error and not prompt.stream:
        raise step.fault.error
    answer = step.answer or state.answers.make(prompt, wire, body)
    if not isinstance(answer, Answer):
        return _stream(state, body, prompt, (answer, Usage(count_prompt(body), 0)), step, wire)
    answer = apply_limits(answer, prompt)
    usage = count_usage(answer, count_prompt(body))
    if wire == "messages" and answer.usage is None:
        usage = with_cache_counts(body, usage, state.cached_prefixes)
    if prompt.stream:
        return _stream(state, body, prompt, (answer, usage), step, wire)
    whole = stream.body(answer, usage, answer.model or prompt.model, wire, body, state.quirks)
    return json_response(whole, fault=step.fault)


def _read(state: State, body: dict[str, Any], wire: str) -> Request:
    if wire == "responses":
        rules.responses.check(body, state.quirks)
        return read_responses.read(body, catalog.find_for_responses(body["model"], state.models))
    if wire == "messages":
        rules.messages.check(body)
        return read_messages.read(body, catalog.find_for_messages(body["model"], state.models))
    rules.chat.check(body)
    return read_chat.read(body, catalog.find_for_chat(body.get("model"), state.models, state.agents))


def _stream(
    state: State,
    body: dict[str, Any],
    prompt: Request,
    answered: tuple[Answer | Iterator[Piece], Usage],
    step: Step,
    wire: str,
) -> HttpResponse:
    answer, usage = answered
    model = (answer.model if isinstance(answer, Answer) else None) or prompt.model
    frames = stream.frames(answer, usage, model, wire, body, state.quirks)
    fault = step.fault
    error = stream.error_frame(fault.error, wire, fault.error_after or 0) if fault.error else b""
    ping = stream.WIRES[wire].PING
    return HttpResponse(
        200, stream.WIRES[wire].CONTENT_TYPE, frames=frames, fault=fault, error_frame=error, ping_frame=ping
    )


def _scripted(step: Step, wire: str, request_id: str) -> HttpResponse:
    return _raw(step.raw) if step.raw else _failed(step.failure, wire, request_id)  # type: ignore[arg-type]


def _failed(failure: Failure, wire: str, request_id: str) -> HttpResponse:
    error = failure.error
    headers = dict(failure.headers)
    if failure.body is None:
        body = json.dumps(errors.body(error, wire, request_id)).encode()
        return HttpResponse(error.status, "application/json", body, headers=headers, reason=error.message)
    kind = "application/json" if failure.body[:1] in {b"{", b"["} else "text/plain"
    given = next((headers.pop(name) for name in list(headers) if name.lower() == "content-type"), kind)
    return HttpResponse(error.status, given, failure.body, headers=headers, reason=error.message)


def _raw(raw: Raw) -> HttpResponse:
    if raw.piece_size is None:
        return HttpResponse(raw.status, raw.content_type, raw.body, headers=raw.headers)
    size = max(raw.piece_size, 1)
    pieces = [raw.body[at : at + size] for at in range(0, len(raw.body), size)]
    return HttpResponse(raw.status, raw.content_type, frames=pieces, headers=raw.headers, paced=False)
