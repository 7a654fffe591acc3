"""A door with the gateway's paths and header rules before a server that knows the wire formats alone.

What it says itself (who may enter, which models there are) is made up after Hatz's documentation; answers it hands through,
byte by byte as they come, and when the server behind it breaks off, so does it.
"""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

KEY = "independent-key"
OPENAI, ANTHROPIC, HATZ = "openai", "anthropic", "hatz"
MODELS = [
    {"name": "gpt-5.2", "developer": "OpenAI", "display_name": "GPT-5.2", "max_tokens": 128000, "vision": True},
    {
        "name": "anthropic.claude-haiku-4-5",
        "developer": "Anthropic",
        "display_name": "Claude Haiku 4.5",
        "max_tokens": 64000,
        "vision": True,
    },
]
ROUTES = {
    ("POST", "/v1/openai/responses"): (OPENAI, "/v1/responses"),
    **{
        ("POST", f"/v1/anthropic{version}/messages{tail}"): (ANTHROPIC, f"/v1/messages{tail}")
        for version in ("", "/v1")
        for tail in ("", "/count_tokens")
    },
    ("GET", "/v1/chat/models"): (HATZ, ""),
}


class Front:
    """The door, open while the `with` block runs.

    Args:
        upstream: Where the server listens, such as "http://127.0.0.1:4010".
        one_tool: The server knows no choice of one tool by name: offer it that tool alone, and require a call.
    """

    def __init__(self, upstream: str, *, one_tool: bool = False) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.one_tool = one_tool
        self.requests: list[dict[str, Any]] = []
        """What was asked, with the headers in lower case: `method`, `path`, `headers`, `body`."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def refusal(family: str, status: int, kind: str, words: str) -> dict[str, Any]:
    """An error in the form of the endpoint's family."""
    match family:
        case "openai":
            return {"error": {"message": words, "type": kind, "param": None, "code": None}}
        case "anthropic":
            return {"type": "error", "error": {"type": kind, "message": words}}
        case _:
            return {"detail": words}


def alone(body: dict[str, Any]) -> dict[str, Any]:
    """The request with the tool it chooses by name as its only one."""
    choice = body.get("tool_choice")
    if not isinstance(choice, dict) or "name" not in choice:
        return body
    tools = [tool for tool in body["tools"] if tool.get("name") == choice["name"]]
    return {**body, "tools": tools, "tool_choice": "required" if choice["type"] == "function" else {"type": "any"}}


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:  # noqa: C901 (a class, not a decision)
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            self.request_id = self.headers.get("X-Request-ID") or f"req_{uuid.uuid4().hex}"
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            front.requests.append(
                {
                    "method": self.command,
                    "path": path,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": raw,
                }
            )
            route = ROUTES.get((self.command, path))
            if route is None:
                self._say(404, refusal(HATZ, 404, "", "Not Found"))
            elif not self._may_enter(route[0]):
                self._say(401, refusal(route[0], 401, "authentication_error", "Invalid or missing API key"))
            elif route[0] == HATZ:
                self._say(200, {"data": MODELS})
            else:
                self._hand_through(*route, raw)

        def _may_enter(self, family: str) -> bool:
            if "X-API-Key" in self.headers:
                return self.headers["X-API-Key"] == KEY
            return family != HATZ and self.headers.get("Authorization") == f"Bearer {KEY}"

        def _hand_through(self, family: str, tail: str, raw: bytes) -> None:
            try:
                body = json.loads(raw)
            except ValueError:
                self._say(400, refusal(family, 400, "invalid_request_error", "The body is no JSON"))
                return
            sent = json.dumps(alone(body) if front.one_tool else body).encode()
            behind = http.client.HTTPConnection(front.upstream, timeout=300)
            try:
                behind.request("POST", tail, sent, {"Content-Type": "application/json", **self._for_aimock()})
                self._pass_on(behind.getresponse())
            except (OSError, http.client.HTTPException):
                self.close_connection = True
            finally:
                behind.close()

        def _for_aimock(self) -> dict[str, str]:
            """Each test has its own place in a script of several answers."""
            return {"X-Test-Id": self.headers["X-Test-Id"]} if "X-Test-Id" in self.headers else {}

        def _pass_on(self, answer: http.client.HTTPResponse) -> None:
            self.send_response(answer.status)
            for name in ("Content-Type", "Retry-After"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("X-Request-ID", self.request_id)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while piece := answer.read1(65536):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def _say(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Request-ID", self.request_id)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
