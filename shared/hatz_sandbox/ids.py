"""Ids, and the signatures of thinking blocks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import uuid


def new_id(prefix: str) -> str:
    """A new id: the prefix and 24 hexadecimal digits."""
    return prefix + uuid.uuid4().hex[:24]


def signature(thinking: str) -> str:
    """The sandbox's signature of a thinking text."""
    return "hatz-sandbox-" + hashlib.sha256(thinking.encode("utf-8", "surrogatepass")).hexdigest()


def is_signature(given: str, thinking: str) -> bool:
    """Whether this is the sandbox's signature of a thinking text, or looks like one of Anthropic's.

    Anthropic's are base64 of a protobuf message, in newer ones after a version number. The length of its main field (tag 0x12)
    shows whether one was cut or made up; whether it belongs to the text is known to Anthropic only.
    """
    if given == signature(thinking):
        return True
    try:
        data = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    field = re.match(rb"(?:\x08.)?\x12([\x80-\xff]{0,4}[\x00-\x7f])", data, re.DOTALL)
    length = sum((byte & 0x7F) << (7 * at) for at, byte in enumerate(field[1])) if field else 0
    return field is not None and 0 < length <= len(data) - field.end() <= length + 2
