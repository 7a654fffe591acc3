"""The parts of an answer as LangChain's v1 content blocks.

Fields that the service needs back unchanged (signatures, encrypted content, ids) are in a block's `extras`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import Citation, Media, Opaque, Part, Reasoning, Refusal, Reply, Text, ToolCall
from hatz_client.util.json_text import arguments_of

NOT_AN_OBJECT = "The arguments are not a JSON object."
INCOMPLETE = "The arguments are incomplete: the answer was cut off, or a part of it was lost."
_REMOTE = "remote_mcp"
"""LangChain's name for a call of a tool on an MCP server that the service connects to."""


def to_block(part: Part, endpoint: str | None) -> dict[str, Any] | None:
    """The v1 block for this part of an answer; None for parts that occur only in user or tool messages."""
    block: dict[str, Any]
    match part:
        case Text():
            annotations = [to_annotation(citation, endpoint) for citation in part.citations]
            block = {"type": "text", "text": part.text, **({"annotations": annotations} if annotations else {})}
        case Reasoning():
            block = {"type": "reasoning", "reasoning": part.text}
        case Refusal():
            block = {"type": "refusal", "refusal": part.text}
        case ToolCall():
            block = to_call(part)
        case Media():
            block = _media_block(part)
        case Opaque():
            block = _opaque_block(part)
        case _:
            return None
    extras = extras_of(part, endpoint)
    return {**block, "extras": extras} if extras else block


def to_blocks(reply: Reply) -> list[Any]:
    """The v1 blocks of an answer; a refusal that the service reported without text comes last."""
    blocks = [block for part in reply.parts if (block := to_block(part, reply.endpoint))]
    refusal = silent_refusal(reply)
    return [*blocks, refusal] if refusal else blocks


def to_call(call: ToolCall) -> dict[str, Any]:
    """The block of a tool call. That of an invalid call has the arguments as text, and the error."""
    if call.valid:
        return {"type": "tool_call", "id": call.id, "name": call.name, "args": call.arguments}
    raw = str(call.arguments)
    error = NOT_AN_OBJECT if isinstance(arguments_of(raw), str) and raw.strip() else INCOMPLETE
    return {"type": "invalid_tool_call", "id": call.id, "name": call.name, "args": raw, "error": error}


def silent_refusal(reply: Reply) -> dict[str, Any] | None:
    """The refusal block of a refused answer without a refusal part (Anthropic's stop reason "refusal")."""
    if reply.refusal is not None or reply.finish is None or reply.finish.reason != "refusal":
        return None
    return refusal_from(reply.residue.get(reply.endpoint or "", {}).get("stop_details"))


def refusal_from(details: Any) -> dict[str, Any]:
    """The refusal block for Anthropic's `stop_details`: the `explanation` as its text, other fields as `extras`."""
    fields = dict(details) if isinstance(details, Mapping) else {}
    words = fields.pop("explanation", None)
    extras = {key: value for key, value in fields.items() if key != "type" and value is not None}
    return {"type": "refusal", "refusal": str(words or ""), **({"extras": extras} if extras else {})}


def extras_of(part: Part, endpoint: str | None) -> dict[str, Any]:
    """The fields that the service needs to get this part back unchanged."""
    return dict(getattr(part, "residue", {}).get(endpoint, {}))


def to_annotation(citation: Citation, endpoint: str | None) -> dict[str, Any]:
    """The v1 annotation for a citation."""
    raw = dict(citation.residue.get(endpoint or "", {}))
    fields = {
        "url": citation.url,
        "title": citation.title,
        "cited_text": citation.cited_text,
        "start_index": citation.start,
        "end_index": citation.end,
    }
    known = {key: value for key, value in fields.items() if value is not None}
    if not known and raw:
        return {"type": "non_standard_annotation", "value": raw}
    return {"type": "citation", **known, **({"extras": raw} if raw else {})}


def to_citation(annotation: Mapping[str, Any], endpoint: str) -> Citation:
    """The citation for an annotation made by `to_annotation`."""
    raw = annotation.get("extras") or annotation.get("value") or {}
    return Citation(
        annotation.get("url"),
        annotation.get("title"),
        annotation.get("cited_text"),
        annotation.get("start_index"),
        annotation.get("end_index"),
        {endpoint: raw} if raw else {},
    )


def _media_block(part: Media) -> dict[str, Any]:
    kind = "file" if part.kind == "document" else part.kind
    fields = {"base64": part.data, "url": part.url, "file_id": part.file_id, "mime_type": part.media_type}
    return {"type": kind, **{key: value for key, value in fields.items() if value is not None}}


def _opaque_block(part: Opaque) -> dict[str, Any]:
    """A server tool's call or result as LangChain's block type, with the wire's block inside; any other block as `non_standard`."""
    raw = dict(part.block)
    match raw:
        case {"type": "server_tool_use" | "mcp_tool_use" as kind, "id": str(call_id), "name": str(name), **rest}:
            name = name if kind == "server_tool_use" else _REMOTE
            arguments = rest.get("input")
            call = {"id": call_id, "name": name, "args": arguments if isinstance(arguments, dict) else {}}
            return {"type": "server_tool_call", **call, "extras": {"block": raw}}
        case {"type": str(), "tool_use_id": str(call_id), **rest}:
            content = rest.get("content")
            failed = rest.get("is_error") is True or (isinstance(content, Mapping) and "error_code" in content)
            status = {"status": "error" if failed else "success", "output": content}
            return {"type": "server_tool_result", "tool_call_id": call_id, **status, "extras": {"block": raw}}
        case {"type": "image_generation_call", "id": str(call_id), **rest}:
            return _generated_image(call_id, rest)
        case {"type": str(kind), "id": str(call_id), **rest} if kind.endswith("_call"):
            name = _REMOTE if kind == "mcp_call" else kind.removesuffix("_call")  # as in `ChatOpenAI`'s blocks
            call = {"id": call_id, "name": name, "args": _server_arguments(rest)}
            return {"type": "server_tool_call", **call, "extras": {"block": raw}}
        case _:
            return {"type": "non_standard", "value": raw}


def _generated_image(call_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The image that OpenAI's tool generated; without data while it is being generated, or if that failed. The rest of the item is in `extras`."""
    rest = dict(fields)
    data, form = rest.pop("result", None), rest.get("output_format")
    known = {"base64": data, "mime_type": f"image/{form}" if form else None}
    raw = {"type": "image_generation_call", "id": call_id, **rest}
    found = {key: value for key, value in known.items() if value}
    return {"type": "image", "id": call_id, **found, "extras": {"block": raw}}


def _server_arguments(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call of one of OpenAI's tools: each of them has its own field for them."""
    given = fields.get("action") or fields.get("arguments")
    given = arguments_of(given) if isinstance(given, str) else given
    if given:
        return given if isinstance(given, dict) else {"input": given}
    return {key: fields[key] for key in ("code", "queries") if fields.get(key) is not None}
