"""Identifiers: unique in a process, in the form of each wire."""

from __future__ import annotations

import hashlib
import itertools

_counter = itertools.count(1)


def fresh(prefix: str) -> str:
    """A new id: the prefix and 24 hexadecimal digits."""
    return prefix + hashlib.sha256(f"hatz-sandbox-{next(_counter)}".encode()).hexdigest()[:24]


def signature(thinking: str) -> str:
    """The signature the sandbox puts under a thinking text, and the only one it accepts there."""
    return "hatz-sandbox-" + hashlib.sha256(thinking.encode("utf-8", "surrogatepass")).hexdigest()
