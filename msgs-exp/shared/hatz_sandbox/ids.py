"""Identifiers: unique in a process, in the form of each wire."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import uuid

_counter = itertools.count(1)


def fresh(prefix: str) -> str:
    """A new id: the prefix and 24 hexadecimal digits."""
    return prefix + hashlib.sha256(f"hatz-sandbox-{next(_counter)}".encode()).hexdigest()[:24]


def fresh_uuid() -> str:
    """A new id in the form of a random UUID."""
    return str(uuid.UUID(fresh("") + "0" * 8, version=4))


def signature(thinking: str) -> str:
    """The signature the sandbox puts under a thinking text, and the only one it accepts there."""
    return "hatz-sandbox-" + hashlib.sha256(thinking.encode("utf-8", "surrogatepass")).hexdigest()


def is_signature(given: str, thinking: str) -> bool:
    """Whether a signature may stand under a thinking text: the sandbox's own, or one of Anthropic's, as far as can be seen.

    Those are base64 of a protobuf message whose main field (tag 0x12) has its length written before it, so a cut or a
    made-up one is found out; whether one belongs to the text only Anthropic knows.
    """
    if given == signature(thinking):
        return True
    try:
        data = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    if data[:1] == b"\x08":  # newer ones begin with a version number
        data = data[2:]
    if data[:1] != b"\x12":
        return False
    length, at = 0, 1
    while at < min(len(data), 6):
        length |= (data[at] & 0x7F) << (7 * (at - 1))
        at += 1
        if data[at - 1] < 0x80:
            break
    return length > 0 and len(data) >= at + length and len(data) - at - length <= 2
