"""The response to a request: route, key, budget, checks, then a queued step or a new answer, in the endpoint's format."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from hatz_sandbox import catalog
from hatz_sandbox.answers import Answers, Step, StepQueue
from hatz_sandbox.budget import Budget
from hatz_sandbox.native import apps, files
from hatz_sandbox.native.jobs import Jobs
from hatz_sandbox.neutral import Answer, GatewayError, Json, Question, Usage
from hatz_sandbox.read import read
from hatz_sandbox.rules import messages, native, responses
from hatz_sandbox.server.request import SandboxRequest
from hatz_sandbox.server.response import HttpResponse, json_response
from hatz_sandbox.tokens import apply_limits, count_prompt, count_usage, with_cache_counts
from hatz_sandbox.write import stream
from hatz_sandbox.write.frames import pieces_of, with_usage

_log = logging.getLogger(__name__)


class State(Protocol):
    """The parts of the sandbox that are used here."""

    api_key: str
    pace: float
    quirks: frozenset[str]
    models: list[Json]
    agents: list[Json]
    apps: list[Json]
    jobs: Jobs
    files: dict[str, str]
    cached_prefixes: set[str]
    steps: StepQueue
    answers: Answers
    budget: Budget


def respond(state: State, request: SandboxRequest, request_id: str) -> HttpResponse:
    """The response to a request; an error of the sandbox itself is a 500 that says so."""
    family = next((name for name in ("openai", "anthropic") if request.path.startswith(f"/v1/{name}/")), "")
    endpoint = {"openai": "responses", "anthropic": "messages"}.get(family, "chat")
    try:
        return _respond(state, request, endpoint)
    except GatewayError as caught:
        error = caught
    except RecursionError:
        error = GatewayError("The request's JSON is nested too deeply.")
    except Exception as caught:  # noqa: BLE001 - a server has to respond
        _log.debug("the sandbox failed on %s %s", request.method, request.path, exc_info=True)
        error = GatewayError(f"The sandbox itself failed: {type(caught).__name__}: {caught}", status=500)
    body = stream.error_body(error, endpoint, request_id)
    return json_response(body, error.status, headers=error.headers, reason=error.message)


def _respond(state: State, request: SandboxRequest, endpoint: str) -> HttpResponse:
    path = request.path
    routes = ((re.fullmatch(pattern, path), method, handle) for pattern, method, handle in _ROUTES)
    found, method, handle = next((route for route in routes if route[0]), (None, "", _page))
    if found is None:
        raise GatewayError("Not Found" if endpoint == "chat" else f"Not found: {request.method} {path}", status=404)
    if request.method != method:
        raise GatewayError("Method Not Allowed", status=405)
    respond_to = partial(handle, state, request, found[1] if found.re.groups else "")
    if handle is _page:
        return respond_to()
    _check_key(state, request, endpoint)
    generates = handle in {_generate, _query_app}
    state.budget.spend(request.raw, generates=generates)
    if generates:
        return respond_to()
    return _scripted_response(state.steps.take(path, generates=False)) or respond_to()


def _scripted_response(step: Step) -> HttpResponse | None:
    """The response of a queued step; `None` if an answer has to be made. Raises the step's error."""
    if step.error:
        raise step.error
    return step.response


def _check_key(state: State, request: SandboxRequest, endpoint: str) -> None:
    given = request.headers.get("X-API-Key")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if given is None and scheme.lower() == "bearer" and endpoint != "chat":
        given = token.strip()
    if given == state.api_key:
        return
    reason = "no API key was sent." if given is None else "the API key is not valid."
    if given is None and scheme and endpoint == "chat":
        reason = "on this endpoint the Authorization header is for session tokens; send the key as X-API-Key."
    raise GatewayError(f"Unauthorized: {reason}", status=401, code="invalid_api_key")


def _body(request: SandboxRequest, endpoint: str) -> Json:
    problem = "it is not a JSON object"
    try:
        # JSON allows escapes of lone surrogates; the gateway was seen to refuse them with a 400.
        body = json.loads(request.raw)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        body, problem = None, str(error)
    if isinstance(body, dict):
        return body
    message = f"The request body is not valid JSON: {problem}."
    if endpoint == "chat" and "surrogates" not in problem:
        raise GatewayError(message, status=422, detail=[{"loc": ["body"], "msg": message, "type": "json_invalid"}])
    raise GatewayError(message)


def _count(state: State, request: SandboxRequest, endpoint: str) -> HttpResponse:
    body = _body(request, endpoint)
    messages.check(body, counting=True)
    _find_model(state, body, endpoint)
    return json_response({"input_tokens": count_prompt(body)})


def _generate(state: State, request: SandboxRequest, endpoint: str) -> HttpResponse:
    body = _body(request, endpoint)
    if endpoint == "responses":
        responses.check(body, state.quirks)
    else:
        (messages.check if endpoint == "messages" else native.check_chat)(body)
    return _answer(state, request, read(endpoint, body, _find_model(state, body, endpoint)))


def _query_app(state: State, request: SandboxRequest, app_id: str) -> HttpResponse:
    body = _body(request, "chat")
    return _answer(state, request, apps.read_query(state.apps, state.models, state.files, app_id, body))


def _run_workflow(state: State, request: SandboxRequest, _: str) -> HttpResponse:
    return json_response(apps.run_workflow(state.apps, state.jobs, state.files, _body(request, "chat")))


def _answer(state: State, request: SandboxRequest, question: Question) -> HttpResponse:
    step = state.steps.take(request.path, generates=True)
    if scripted := _scripted_response(step):
        return scripted
    if step.fault.error and not question.stream:
        raise step.fault.error
    made = step.answer or state.answers.make(question)
    usage = Usage(count_prompt(question.body), 0)
    if isinstance(made, Answer):
        answer = apply_limits(made, question)
        question = replace(question, model=answer.model or question.model)
        usage = count_usage(answer, usage.input)
        if question.endpoint == "messages" and answer.usage is None:
            usage = with_cache_counts(question.body, usage, state.cached_prefixes)
        made = pieces_of(answer if question.stream else replace(answer, chunks=None), usage)
    pieces, writer, fault = with_usage(made, usage), stream.WRITERS[question.endpoint], step.fault
    if not question.stream:
        return json_response(writer.body(pieces, question, state.quirks), fault=fault)
    frames = stream.frames(pieces, usage, question, state.quirks, fault.error, fault.error_after)
    return HttpResponse(200, writer.CONTENT_TYPE, b"", frames, fault=fault, ping_frame=writer.PING, pace=state.pace)


def _find_model(state: State, body: Json, endpoint: str) -> str:
    return catalog.find_model(body.get("model"), endpoint, state.models, state.agents)


def _page(state: State, request: SandboxRequest, _: str) -> HttpResponse:
    upstream = state.answers.upstream
    answers = f"from {upstream}" if upstream else "by fixed rules; there is no model behind this sandbox"
    text = catalog.page(request.headers.get("Host", "127.0.0.1"), answers, state.models)
    return HttpResponse(200, "text/plain; charset=utf-8", text)


Handler = Callable[[State, SandboxRequest, str], HttpResponse]

# The first pattern that matches the path is used. What it captures, an endpoint or an id, is the handler's last argument.
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    (r"/|/v1/?", "GET", _page),
    (r"/v1/(chat)/completions", "POST", _generate),
    (r"/v1/openai/(responses)", "POST", _generate),
    (r"/v1/anthropic(?:/v1)?/(messages)", "POST", _generate),
    (r"/v1/anthropic(?:/v1)?/(messages)/count_tokens", "POST", _count),
    (r"/v1/(?:chat|app)/models", "GET", lambda state, *_: json_response({"data": state.models})),
    (r"/v1/chat/agents", "GET", lambda state, *_: json_response({"data": state.agents})),
    (r"/v1/app/list", "GET", lambda state, request, _: json_response(apps.list_page(state.apps, request.query))),
    (r"/v1/app/([^/]+)", "GET", lambda state, _, app_id: json_response(apps.get_app(state.apps, app_id))),
    (r"/v1/app/([^/]+)/query", "POST", _query_app),
    (r"/v1/workflows/run", "POST", _run_workflow),
    (r"/v1/workflows/([^/]+)", "GET", lambda state, _, job_id: json_response(state.jobs.poll(job_id))),
    (r"/v1/files/upload", "POST", lambda state, request, _: json_response(files.upload(state.files, request))),
    # With the slash, as public clients request it; of the entries only the key `data` is known.
    (r"/v1/files/", "GET", lambda state, *_: json_response(files.list_files(state.files))),
    (r"/v1/files/([^/]+)/status", "GET", lambda state, _, file_id: json_response(files.poll(state.files, file_id))),
)
