"""Content blocks of any wire, as plain text."""

from __future__ import annotations

from typing import Any


def text_of(content: Any) -> str:
    """The text of a content value: a string, or the text of its blocks, a line each."""
    match content:
        case str():
            return content
        case list():
            return "\n".join(part for part in map(_block_text, content) if part)
        case _:
            return ""


def images_of(content: Any) -> tuple[str, ...]:
    """The URL of each image of the content that has one; `data:` URLs of those that came as base64."""
    found = []
    for block in content if isinstance(content, list) else ():
        match block:
            case {"type": "input_image", "image_url": str(url)}:
                found.append(url)
            case {"type": "image", "source": {"type": "url", "url": str(url)}}:
                found.append(url)
            case {"type": "image", "source": {"type": "base64", "media_type": kind, "data": str(data)}}:
                found.append(f"data:{kind};base64,{data}")
    return tuple(found)


def _block_text(block: Any) -> str:
    match block:
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            return text
        case {"type": "refusal", "refusal": str(text)}:
            return text
        case {"type": "search_result", "content": content}:
            return text_of(content)
        case {
            "type": "document",
            "source": {"type": "text", "data": content} | {"type": "content", "content": content},
        }:
            return f"<document>\n{text_of(content)}\n</document>"
        case _:
            return ""
