"""Identifiers in the form of each wire, and the signatures under thinking texts."""

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
    """The signature the sandbox puts under a thinking text, and the only one it accepts there."""
    return "hatz-sandbox-" + hashlib.sha256(thinking.encode("utf-8", "surrogatepass")).hexdigest()


def is_signature(given: str, thinking: str) -> bool:
    """Whether a signature may stand under a thinking text: the sandbox's own, or one of Anthropic's, as far as can be seen.

    Those are base64 of a protobuf message, after a version number in newer ones. Its main field (tag 0x12) has its length
    before it, so a cut or a made-up one is found out; whether one belongs to the text only Anthropic knows.
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
