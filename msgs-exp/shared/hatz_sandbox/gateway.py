"""One request to one outcome: route, key, rules, then the script or the brain, then the wire."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from hatz_sandbox import catalog, files, rules
from hatz_sandbox.brain import think
from hatz_sandbox.cache import cached
from hatz_sandbox.outcome import Outcome, of_json
from hatz_sandbox.read import chat as read_chat
from hatz_sandbox.read import messages as read_messages
from hatz_sandbox.read import responses as read_responses
from hatz_sandbox.refused import Refused
from hatz_sandbox.settle import settle, used
from hatz_sandbox.tokens import count_prompt
from hatz_sandbox.write import chat as write_chat
from hatz_sandbox.write import errors
from hatz_sandbox.write import messages as write_messages
from hatz_sandbox.write import responses as write_responses
from hatz_sandbox.write.sse import event, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.neutral import Answer, Request, Usage
    from hatz_sandbox.record import SandboxRequest
    from hatz_sandbox.script import Failure, Raw, Step
    from hatz_sandbox.server import Sandbox

_log = logging.getLogger(__name__)

_WIRES = {
    "/v1/chat/completions": "chat",
    "/v1/openai/responses": "responses",
    "/v1/anthropic/messages": "messages",
    "/v1/anthropic/v1/messages": "messages",
}
_COUNTS = {"/v1/anthropic/messages/count_tokens", "/v1/anthropic/v1/messages/count_tokens"}
_LISTS = {"/v1/chat/models", "/v1/chat/agents", "/v1/app/models"}


def respond(sandbox: Sandbox, request: SandboxRequest, request_id: str) -> Outcome:
    """The outcome of a request; a fault of the sandbox itself is a 500 that says so."""
    wire = _wire_of(request.path)
    try:
        return _respond(sandbox, request, wire, request_id)
    except Refused as refusal:
        return of_json(errors.body(refusal, wire, request_id), refusal.status)
    except RecursionError:
        too_deep = Refused("The request's JSON is nested too deeply.")
        return of_json(errors.body(too_deep, wire, request_id), too_deep.status)
    except Exception as error:  # noqa: BLE001 - a server answers even when it fails
        _log.exception("the sandbox failed on %s %s", request.method, request.path)
        broken = Refused(f"The sandbox itself failed: {type(error).__name__}: {error}", status=500)
        return of_json(errors.body(broken, wire, request_id), 500)


def _wire_of(path: str) -> str:
    if path.startswith("/v1/openai/"):
        return "responses"
    return "messages" if path.startswith("/v1/anthropic/") else "chat"


def _respond(sandbox: Sandbox, request: SandboxRequest, wire: str, request_id: str) -> Outcome:
    path = request.path
    expected = "POST" if path in _WIRES or path in _COUNTS or path == files.UPLOAD else "GET"
    if not (path in _WIRES or path in _COUNTS or path in _LISTS or files.serves(path)):
        raise Refused("Not Found" if wire == "chat" else f"Not found: {request.method} {path}", status=404)
    if request.method != expected:
        raise Refused("Method Not Allowed", status=405)
    _check_key(sandbox, request, wire)
    if path in _WIRES:
        return _generate(sandbox, request, wire, request_id)
    step = sandbox.next_step(path, generates=False)
    if step.failure:
        return _failed(step.failure, wire, request_id)
    if step.raw:
        return _raw(step.raw)
    if path in _COUNTS:
        body = _body(request, wire)
        rules.messages.check(body, counting=True)
        catalog.find_for_messages(body["model"], sandbox.models)
        return of_json({"input_tokens": count_prompt(body)})
    if path in _LISTS:
        return of_json({"data": sandbox.agents if path.endswith("agents") else sandbox.models})
    return files.serve(sandbox.files, request)


def _check_key(sandbox: Sandbox, request: SandboxRequest, wire: str) -> None:
    given = request.headers.get("X-API-Key")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if given is None and scheme.lower() == "bearer" and wire != "chat":
        given = token.strip()
    if given == sandbox.api_key:
        return
    if given is None and scheme and wire == "chat":
        raise Refused(
            "Unauthorized: on this endpoint the Authorization header is for session tokens; send the key as X-API-Key.",
            status=401,
        )
    said = "Unauthorized: no API key was sent." if given is None else "Unauthorized: the API key is not valid."
    raise Refused(said, status=401, code="invalid_api_key")


def _body(request: SandboxRequest, wire: str) -> dict[str, Any]:
    problem = "it is not a JSON object"
    try:
        # Lone surrogates are escapes that JSON allows and the gateway was seen to refuse with 400.
        body = json.loads(request.raw, parse_constant=_no_constant)
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError as error:
        body, problem = None, str(error)
    if isinstance(body, dict):
        return body
    said = f"The request body is not valid JSON: {problem}."
    if wire == "chat" and "surrogates" not in problem:
        raise Refused(said, status=422, detail=[{"loc": ["body"], "msg": said, "type": "json_invalid"}])
    raise Refused(said)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _generate(sandbox: Sandbox, request: SandboxRequest, wire: str, request_id: str) -> Outcome:
    body = _body(request, wire)
    asked = _read(sandbox, body, wire)
    step = sandbox.next_step(request.path, generates=True)
    if step.failure:
        return _failed(step.failure, wire, request_id)
    if step.raw:
        return _raw(step.raw)
    if step.fault.error and not asked.stream:
        error = step.fault.error
        return of_json(errors.body(error, wire, request_id), error.status)
    answer = settle(step.answer or think(asked), asked)
    usage = used(answer, count_prompt(body))
    if wire == "messages" and answer.usage is None:
        usage = cached(body, usage, sandbox.cached_prefixes)
    return _written(sandbox, body, asked, (answer, usage), step, wire)


def _read(sandbox: Sandbox, body: dict[str, Any], wire: str) -> Request:
    if wire == "responses":
        rules.responses.check(body)
        model = _responses_model(body["model"], sandbox)
        return read_responses.read(body, model)
    if wire == "messages":
        rules.messages.check(body)
        return read_messages.read(body, catalog.find_for_messages(body["model"], sandbox.models))
    rules.chat.check(body)
    return read_chat.read(body, catalog.find_for_chat(body.get("model"), sandbox.models, sandbox.agents))


def _responses_model(name: str, sandbox: Sandbox) -> str:
    try:
        return catalog.find_on_gateway(name, sandbox.models)
    except Refused as refusal:
        refusal.status = 400  # as OpenAI answers an unknown model on this endpoint
        raise


def _failed(failure: Failure, wire: str, request_id: str) -> Outcome:
    error = failure.error
    if failure.body is None:
        whole = of_json(errors.body(error, wire, request_id), error.status)
        return Outcome(whole.status, whole.content_type, whole.body, headers=failure.headers)
    headers = dict(failure.headers)
    kind = "application/json" if failure.body[:1] in {b"{", b"["} else "text/plain"
    given = next((headers.pop(name) for name in list(headers) if name.lower() == "content-type"), kind)
    return Outcome(error.status, given, failure.body, headers=headers)


def _raw(raw: Raw) -> Outcome:
    if raw.piece_size is None:
        return Outcome(raw.status, raw.content_type, raw.body, headers=raw.headers)
    size = max(raw.piece_size, 1)
    pieces = [raw.body[at : at + size] for at in range(0, len(raw.body), size)]
    return Outcome(raw.status, raw.content_type, frames=pieces, headers=raw.headers, paced=False)


def _written(
    sandbox: Sandbox, body: dict[str, Any], asked: Request, said: tuple[Answer, Usage], step: Step, wire: str
) -> Outcome:
    answer, usage = said
    model = answer.model or asked.model
    if not asked.stream:
        return of_json(_whole(sandbox, body, answer, usage, model, wire), fault=step.fault)
    framed, fault = line if wire == "chat" else event, step.fault
    error = framed(errors.in_stream(fault.error, wire, fault.error_after or 0)) if fault.error else b""
    kind, frames, ping = _streamed(sandbox, body, answer, usage, model, wire)
    return Outcome(200, kind, frames=frames, fault=fault, error_frame=error, ping_frame=ping)


def _whole(
    sandbox: Sandbox, body: dict[str, Any], answer: Answer, usage: Usage, model: str, wire: str
) -> dict[str, Any]:
    if wire == "chat":
        return write_chat.body(answer, usage, model)
    if wire == "messages":
        return write_messages.body(answer, usage, model)
    return write_responses.body(answer, usage, model, body, sandbox.quirks)


def _streamed(
    sandbox: Sandbox, body: dict[str, Any], answer: Answer, usage: Usage, model: str, wire: str
) -> tuple[str, Iterator[bytes], bytes]:
    """The content type, the frames, and the frame that only says the server lives."""
    if wire == "chat":
        return write_chat.CONTENT_TYPE, write_chat.frames(answer), b"\n"
    if wire == "messages":
        return write_messages.CONTENT_TYPE, write_messages.frames(answer, usage, model), write_messages.ping()
    frames = write_responses.frames(answer, usage, model, body, sandbox.quirks)
    return write_responses.CONTENT_TYPE, frames, b": ping\n\n"
