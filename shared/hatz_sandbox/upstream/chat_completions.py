"""The format of `/v1/chat/completions`: writes a request, reads its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hatz_sandbox.neutral import Delta, End, GatewayError, Json, Open, Piece, Question, ToolCall, Turn, Usage

_FINISH = {"tool_calls": "tool", "function_call": "tool", "length": "length", "content_filter": "content_filter"}


def body_of(question: Question, model: str) -> Json:
    """The body of a request to the model with this id; only fields with a value are sent."""
    messages: list[Json] = [{"role": "system", "content": question.system}] if question.system else []
    for turn in question.turns:
        for message in _messages(turn):
            _append(messages, message)
    given = {
        "max_tokens": question.max_tokens,
        "temperature": question.temperature,
        "top_p": question.top_p,
        "stop": list(question.stop) or None,
        "response_format": _response_format(question),
        "stream_options": {"include_usage": True} if question.stream else None,
        **_tools(question),
    }
    sent = {name: value for name, value in given.items() if value is not None}
    return {"model": model, "messages": messages, "stream": question.stream, **sent}


def _messages(turn: Turn) -> Iterator[Json]:
    for result in turn.results:
        text = f"Error: {result.text}" if result.is_error else result.text
        yield {"role": "tool", "tool_call_id": result.id, "content": text}
    if turn.calls:
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in turn.calls
        ]
        yield {"role": "assistant", "content": turn.text or None, "tool_calls": calls}
    elif turn.images:
        texts = [{"type": "text", "text": turn.text}] if turn.text else []
        images = [{"type": "image_url", "image_url": {"url": url}} for url in turn.images]
        yield {"role": turn.role, "content": [*texts, *images]}
    elif turn.text or not turn.results:
        yield {"role": turn.role, "content": turn.text}


def _append(messages: list[Json], message: Json) -> None:
    """Add a message; tool calls join the message of the assistant before them."""
    before = messages[-1] if messages else {}
    if message.get("tool_calls") and before.get("role") == "assistant":
        both = [*before.get("tool_calls", []), *message["tool_calls"]]
        texts = [text for text in (before.get("content"), message["content"]) if text]
        messages[-1] = {"role": "assistant", "content": "\n".join(texts) or None, "tool_calls": both}
    else:
        messages.append(message)


def _tools(question: Question) -> Json:
    # A named tool is sent as the only tool, with `required`: llama.cpp and Ollama do not read the name.
    offered = [tool for tool in question.tools if question.choice in {"auto", "any", "none", f"tool:{tool.name}"}]
    if not offered:
        return {}
    functions = [{"name": tool.name, "description": tool.description, "parameters": tool.schema} for tool in offered]
    return {
        "tools": [{"type": "function", "function": function} for function in functions],
        "tool_choice": {"auto": None, "none": "none"}.get(question.choice, "required"),
        "parallel_tool_calls": None if question.parallel else False,
    }


def _response_format(question: Question) -> Json | None:
    if question.schema is not None:
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": question.schema}}
    return {"type": "json_object"} if question.wants_json else None


def as_event(body: Any) -> Json | None:
    """A non-streaming body as the only event of a stream; `None` if it has no choice."""
    match body:
        case {"choices": [{"message": dict(message), **choice}, *_]}:
            calls = [{**call, "index": index} for index, call in enumerate(message.get("tool_calls") or ())]
            finish = choice.get("finish_reason") or "stop"
            return {**body, "choices": [{"delta": {**message, "tool_calls": calls}, "finish_reason": finish}]}
        case _:
            return None


def pieces_of(events: Iterable[Json]) -> Iterator[Piece]:
    """The pieces of a streamed answer, as they arrive; `GatewayError` for an error event or a missing finish reason."""
    open_block: Any = None
    calls: set[Any] = set()
    finish, usage = None, None
    for event in events:
        if error := event.get("error"):
            message = error.get("message") if isinstance(error, dict) else error
            raise GatewayError(f"The upstream server reported an error: {message}", status=502)
        usage = _usage(event.get("usage")) or usage
        for choice in (event.get("choices") or [])[:1]:
            finish = choice.get("finish_reason") or finish
            for block, opening, text in _parts(choice.get("delta") or {}):
                if block != open_block:
                    if block in calls:
                        message = "The upstream server streams the arguments of several calls mixed up."
                        raise GatewayError(message, status=502)
                    yield opening
                    open_block = block
                    if opening.call:
                        calls.add(block)
                if text:
                    yield Delta(text)
    if finish is None:
        raise GatewayError("The stream of the upstream server ended before the answer was complete.", status=502)
    yield End("refusal" if open_block == "refusal" else _finish(finish, called=bool(calls)), usage=usage)


def _parts(delta: Json) -> Iterator[tuple[Any, Open, str]]:
    """The parts of a delta: a name for the block of each, the piece that opens the block, and the text."""
    texts = {"reasoning": _reasoning_of(delta), "text": delta.get("content"), "refusal": delta.get("refusal")}
    for kind, text in texts.items():
        if text:
            yield kind, Open(kind), text
    for call in delta.get("tool_calls") or ():
        yield ("call", call.get("index", call.get("id"))), Open("call", call=_call(call)), _arguments(call)


def _call(call: Json) -> ToolCall:
    return ToolCall((call.get("function") or {}).get("name") or "", _arguments(call), call.get("id") or None)


def _arguments(call: Json) -> str:
    return (call.get("function") or {}).get("arguments") or ""


def _reasoning_of(message: Json) -> str | None:
    # llama.cpp, vLLM and DeepSeek use `reasoning_content`, Ollama and OpenRouter `reasoning`.
    return message.get("reasoning_content") or message.get("reasoning") or None


def _finish(reason: Any, *, called: bool) -> str:
    if called and reason in {None, "stop"}:
        return "tool"
    return _FINISH.get(reason, "stop")


def _usage(usage: Any) -> Usage | None:
    match usage:
        case {"prompt_tokens": int(prompt), "completion_tokens": int(completion)}:
            read = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
            thought = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
            return Usage(prompt, completion, cache_read=min(read, prompt), reasoning=thought)
        case _:
            return None
