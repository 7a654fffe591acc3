"""The shapes of the request bodies of `POST /anthropic/messages`."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from pydantic_core import SchemaValidator
from pydantic_core.core_schema import int_schema, str_schema

from hatz_sandbox.ids import is_signature
from hatz_sandbox.neutral import Json
from hatz_sandbox.rules.schemas import anthropic_strict_problem, problem
from hatz_sandbox.rules.shape import Shape, block, list_of, literal, must, obj, one_of, optional, rule, text_or_list

_Problem = tuple[str, str] | None
"""A message and a kind."""
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def _find_blank_text(text: Json) -> _Problem:
    if not text["text"] and text.get("cache_control"):
        return "cache_control cannot be set for empty text blocks", "value_error"
    if not text["text"]:
        return "text content blocks must be non-empty", "whole_field"
    return None if text["text"].strip() else ("text content blocks must contain non-whitespace text", "whole_field")


def _find_wrong_type(source: Json) -> _Problem:
    seen = next((kind for magic, kind in _MAGIC.items() if _decode(source["data"]).startswith(magic)), None)
    if seen in {None, source["media_type"]}:
        return None
    declared = source["media_type"]
    return f"the image was specified using the {declared} media type, but appears to be a {seen} image", "value_error"


def _find_schema_problem(schema: Json) -> _Problem:
    reason = problem(schema) or anthropic_strict_problem(schema)
    return (reason, "value_error") if reason else None


def _decode(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return b""


_CACHE = optional(obj(closed=True, type=literal("ephemeral"), ttl=optional(literal("5m", "1h"))))
_ID = str_schema(pattern=r"^[a-zA-Z0-9_-]+$")
_BASE64 = must(str, _decode, "invalid base64 data")
_IMAGE_TYPE = literal("image/jpeg", "image/png", "image/gif", "image/webp")
_URL = block(
    "url", url=must(str, lambda url: url.startswith(("http://", "https://")), "Only HTTP(S) URLs are supported.")
)
_FILE = block("file", file_id=str)
_IMAGE_SOURCE = one_of(rule(block("base64", media_type=_IMAGE_TYPE, data=_BASE64), _find_wrong_type), _URL, _FILE)
_DOCUMENT_SOURCE = one_of(
    block("base64", media_type=literal("application/pdf"), data=_BASE64),
    block("text", media_type=literal("text/plain"), data=str),
    block("content", content=text_or_list(Any)),
    _URL,
    _FILE,
)


def _block(kind: str, **fields: Shape) -> Shape:
    return block(kind, closed=True, cache_control=_CACHE, **fields)


_TEXT = rule(_block("text", text=str, citations=optional()), _find_blank_text)
_IMAGE = _block("image", source=_IMAGE_SOURCE)
_DOCUMENT = _block("document", source=_DOCUMENT_SOURCE, title=optional(), context=optional(), citations=optional())
_SEARCH_RESULT = _block("search_result", source=Any, title=Any, content=list_of(_TEXT), citations=optional())
_RESULT_PART = one_of(_TEXT, _IMAGE, _DOCUMENT, _SEARCH_RESULT, _block("tool_reference", tool_name=optional()))
_USE = {
    "id": _ID,
    "name": str_schema(pattern=r"^[a-zA-Z0-9_-]{1,200}$", min_length=1),
    "input": dict,
    "caller": optional(),
}
_CONTENT = one_of(
    _TEXT,
    _IMAGE,
    _DOCUMENT,
    _SEARCH_RESULT,
    _block("tool_use", **_USE),
    _block("server_tool_use", **_USE),
    _block("tool_result", tool_use_id=_ID, content=optional(text_or_list(_RESULT_PART)), is_error=optional(bool)),
    _block("web_search_tool_result", tool_use_id=Any, content=Any, caller=optional()),
    _block("container_upload", file_id=Any),
    must(
        block("thinking", closed=True, thinking=str, signature=str),
        lambda given: is_signature(given["signature"], given["thinking"]),
        "Invalid `signature` in `thinking` block",
    ),
    block("redacted_thinking", closed=True, data=must(str, bool, "Invalid `data` in `redacted_thinking` block")),
)
_PARALLEL = {"disable_parallel_tool_use": optional(bool)}
_CHOICE = one_of(
    block("auto", closed=True, **_PARALLEL),
    block("any", closed=True, **_PARALLEL),
    block("tool", closed=True, name=str, **_PARALLEL),
    block("none", closed=True),
)
_THINKING = one_of(block("enabled", budget_tokens=int_schema(ge=1024)), block("disabled"), block("adaptive"))
_FORMAT = optional(obj(schema=optional(rule(dict, _find_schema_problem))))
_FRACTION = optional(must(float, lambda value: 0 <= value <= 1, "range: 0..1"))
_STOPS = must(list_of(str), lambda stops: all(map(str.strip, stops)), "each stop sequence must contain non-whitespace")
_MESSAGE = obj(closed=True, role=str, content=text_or_list(_CONTENT))
BODY = SchemaValidator(
    obj(
        closed=True,
        max_tokens=must(int, lambda value: value >= 1, "must be greater than or equal to 1"),
        model=must(str, bool, "Input should be a valid string"),
        stream=optional(bool),
        temperature=_FRACTION,
        top_p=_FRACTION,
        top_k=optional(int_schema(ge=0)),
        stop_sequences=optional(_STOPS),
        metadata=optional(obj(closed=True, user_id=optional(str))),
        system=optional(text_or_list(_TEXT)),
        messages=must(list_of(_MESSAGE), bool, "at least one message is required"),
        tools=optional(list_of(dict)),  # checked one by one in `messages`
        tool_choice=optional(_CHOICE),
        output_config=optional(obj(format=_FORMAT)),
        output_format=_FORMAT,
        thinking=optional(_THINKING),
        **dict.fromkeys(("cache_control", "container", "context_management", "inference_geo"), optional()),
        **dict.fromkeys(("mcp_servers", "service_tier", "speed"), optional()),
    )
)
TOOL = SchemaValidator(
    obj(
        closed=True,
        type=optional(str),
        name=str_schema(pattern=r"^[a-zA-Z0-9_-]{1,128}$"),
        description=optional(str),
        input_schema=obj(type=literal("object")),
        cache_control=_CACHE,
        **dict.fromkeys(("strict", "eager_input_streaming", "input_examples"), optional()),
        **dict.fromkeys(("defer_loading", "allowed_callers"), optional()),
    )
)
"""A client tool."""
