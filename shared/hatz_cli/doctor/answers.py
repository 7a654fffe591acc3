"""Checks with tiny requests on each endpoint: is the key accepted, does the model answer?"""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import shorten
from typing import TYPE_CHECKING

from hatz_cli import gateway
from hatz_cli.doctor.check import Check, Context, Finding
from hatz_cli.exchange import Request
from hatz_cli.exit_codes import explain
from hatz_client import Endpoint, Fold, HatzError, Model, Prompt, Reply, Text, Tool, Turn

if TYPE_CHECKING:
    from hatz_client import Client

_PATHS: dict[Endpoint, str] = {
    "responses": "/openai/responses",
    "messages": "/anthropic/messages/count_tokens",
    "chat": "/chat/completions",
}
_CHEAP = (r"nano", r"flash-lite|lite", r"mini(?!max)", r"haiku", r"flash|small|micro|8x7b|-[1-9]b")
_NOT_CHAT = re.compile(r"image|embed|audio|tts|whisper|dall|video|^auto$", re.IGNORECASE)
_TOOL = Tool(
    "add",
    "Add two numbers.",
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]},
)


def cheapest(models: tuple[Model, ...]) -> str | None:
    """The smallest model, judging by its name: the list of models has no prices."""
    names = [model.id for model in models if not _NOT_CHAT.search(model.id)]
    for shape in _CHEAP:
        for name in names:
            if re.search(shape, name, re.IGNORECASE):
                return name
    return names[0] if names else None


def models(context: Context) -> Finding:
    """The models this key may use; the smallest is chosen for the later checks."""
    exchange = context.first_exchange
    if exchange.status == 401:
        return Finding(
            "fail",
            "401: the gateway does not accept the key",
            "Copy the key again from Hatz > API Keys, or create a new one: deleted keys never come back.",
        )
    if exchange.status == 403:
        return Finding(
            "fail",
            "403: the key's user may not use the API",
            "Ask your Hatz admin: the role needs the right to use the API.",
        )
    if exchange.status != 200:
        return Finding(
            "fail",
            f"{exchange.status}: {exchange.text[:200]}",
            "Wait, or ask your Hatz admin about credits and limits.",
        )
    found = gateway.connect(max_retries=0, timeout=20.0).list_models()
    context.models = found
    if not found:
        return Finding("fail", "the list is empty", "Ask your Hatz admin to enable models for your role.")
    if context.model and context.model not in {model.id for model in found}:
        return Finding(
            "warn", f"{len(found)} models, and {context.model} is not one of them", "hatz models lists them."
        )
    context.model = context.model or cheapest(found)
    return Finding("ok", f"{len(found)} models; the checks below use {context.model}")


def auth(endpoint: Endpoint) -> Callable[[Context], Finding]:
    """A check that the endpoint accepts the key, with an empty request, which generates nothing."""

    def run(context: Context) -> Finding:
        exchange = context.send(Request(_PATHS[endpoint], {}))
        if exchange.status in {401, 403}:
            return Finding(
                "fail",
                f"{exchange.status}: the key is not accepted here",
                "Ask your Hatz admin which API paths your role may use.",
            )
        if exchange.status is None:
            return Finding("fail", f"no answer: {exchange.problem}", "Run hatz doctor again.")
        if exchange.status in {404, 405}:
            return Finding(
                "fail",
                f"{exchange.status}: {_PATHS[endpoint]} does not exist",
                "Is HATZ_BASE_URL right? It must end in /v1.",
            )
        return Finding("ok", "the key is accepted")

    return run


def _run_check(context: Context, endpoint: Endpoint, ask: Callable[[], str]) -> Finding:
    try:
        return Finding("ok", ask())
    except HatzError as error:
        return Finding("fail", f"{context.model} on {endpoint}: {error}", explain(error)[1])


def non_streaming(endpoint: Endpoint) -> Callable[[Context], Finding]:
    """A check that a tiny question gets a non-streaming answer."""

    def run(context: Context) -> Finding:
        return _run_check(context, endpoint, lambda: _describe(_client(endpoint).ask(_prompt(context))))

    return run


def streaming(endpoint: Endpoint) -> Callable[[Context], Finding]:
    """A check that a tiny question gets a streamed answer."""

    def ask(context: Context) -> str:
        fold = Fold()
        for event in _client(endpoint).stream(_prompt(context)):
            fold.add(event)
        return _describe(fold.reply)

    def run(context: Context) -> Finding:
        return _run_check(context, endpoint, lambda: ask(context))

    return run


def tool_call(context: Context) -> Finding:
    """A check that the model calls a tool, on its default endpoint."""
    prompt = Prompt(
        context.model or "", (Turn("user", (Text("Add 2 and 3 with the tool."),)),), tools=(_TOOL,), tool_choice="add"
    )
    try:
        reply = _client("auto").ask(prompt)
    except HatzError as error:
        return Finding("fail", f"{context.model}: {error}", explain(error)[1])
    if not reply.tool_calls:
        return Finding("warn", f"{context.model} answered without a call", "Try another model: hatz doctor --model ID")
    return Finding("ok", f"{reply.tool_calls[0].name}({reply.tool_calls[0].arguments})")


def token_count(context: Context) -> Finding:
    """A check that the gateway counts tokens."""
    return _run_check(context, "messages", lambda: f"{_client('messages').count_tokens(_prompt(context))} tokens")


def _client(endpoint: Endpoint) -> Client:
    return gateway.connect(endpoint=endpoint, timeout=20.0, max_retries=0)


def _prompt(context: Context) -> Prompt:
    return Prompt(context.model or "", (Turn("user", (Text("Reply with the one word OK."),)),))


def _describe(reply: Reply) -> str:
    usage = f"{reply.usage.total} tokens" if reply.usage else "tokens unknown"
    return f"{shorten(reply.text, 40, placeholder='…')!r}, {usage}"


CHECKS = (
    Check("models", models, ("key", "gateway")),
    Check("responses: key", auth("responses"), ("models",)),
    Check("messages: key", auth("messages"), ("models",)),
    Check("chat: key", auth("chat"), ("models",)),
    Check("responses: non-streaming", non_streaming("responses"), ("responses: key",), 40),
    Check("responses: streaming", streaming("responses"), ("responses: key",), 40),
    Check("messages: non-streaming", non_streaming("messages"), ("messages: key",), 40),
    Check("messages: streaming", streaming("messages"), ("messages: key",), 40),
    Check("chat: non-streaming", non_streaming("chat"), ("chat: key",), 60),
    Check("chat: streaming", streaming("chat"), ("chat: key",), 60),
    Check("tool call", tool_call, ("models",), 120),
    Check("token count", token_count, ("messages: key",)),
)
