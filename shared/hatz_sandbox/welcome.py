"""`GET /`: what is served here, for whoever opens the address in a browser."""

from __future__ import annotations

from hatz_sandbox.catalog import Entry
from hatz_sandbox.server.request import SandboxRequest
from hatz_sandbox.server.response import HttpResponse
from hatz_sandbox.upstream import Upstream

PATHS = {"/", "/v1", "/v1/"}
_PAGE = """\
Hatz sandbox: a local stand-in for the Hatz AI gateway.

Base URL   http://{host}/v1   (HATZ_BASE_URL; send the key as X-API-Key)
Answers    {answers}
Models     {models}

POST /v1/openai/responses                   OpenAI Responses
POST /v1/anthropic/messages                 Anthropic Messages
POST /v1/anthropic/messages/count_tokens
POST /v1/chat/completions                   Hatz-native chat
GET  /v1/chat/models                        GET /v1/chat/agents   GET /v1/app/models
GET  /v1/app/list                           GET /v1/app/ID        POST /v1/app/ID/query
POST /v1/workflows/run                      GET /v1/workflows/ID
POST /v1/files/upload                       GET /v1/files/        GET /v1/files/ID/status
"""


def page(request: SandboxRequest, models: list[Entry], upstream: Upstream | None) -> HttpResponse:
    """The page, as plain text."""
    text = _PAGE.format(
        host=request.headers.get("Host", "127.0.0.1"),
        answers=f"from {upstream}" if upstream else "made by fixed rules; there is no model behind this sandbox",
        models=", ".join(str(entry.get("name")) for entry in models),
    )
    return HttpResponse(200, "text/plain; charset=utf-8", text.encode())
