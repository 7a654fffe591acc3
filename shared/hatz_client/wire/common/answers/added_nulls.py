"""Nulls that strict mode adds to a call's arguments are left out, so that the tool's own defaults apply.

OpenAI's strict mode requires every property, so `strict_schema` makes an optional one nullable, and the model writes null for
"not set". The caller's schema does not allow that null: the tool would get None in place of its default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hatz_client.wire.common.tools.root_object import resolve_ref

Schema = Mapping[str, Any]

_TOKEN = re.compile(r'\s+|[{}\[\]:,]|"(?:[^"\\]|\\.)*+"|[^\s{}\[\]:,"]+', re.DOTALL)
_MEMBER = re.compile(r'\s*+(,?)\s*+"(?:[^"\\]|\\.)*+"\s*+:\s*+', re.DOTALL).fullmatch
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*+', re.DOTALL)
_DEEPEST = 100
"""How deep nulls are looked for."""
_MOST_STEPS = 20
"""How many references and alternatives lead to a schema at most."""


def without_added_nulls(value: Any, schema: Schema) -> Any:
    """The value without nulls that only a strict form of this schema allows."""
    return _without_nulls(value, schema, schema, 0)


def _without_nulls(value: Any, schema: Any, root: Schema, depth: int) -> Any:
    schema = _shape(schema, root)
    if not schema or depth > _DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {
            key: _without_nulls(inner, _member(schema, key), root, depth + 1)
            for key, inner in value.items()
            if inner is not None or not _is_added(schema, key, root)
        }
    if isinstance(value, list):
        return [_without_nulls(inner, schema.get("items"), root, depth + 1) for inner in value]
    return value


class _Frame:
    """An object or array that is being written."""

    def __init__(self, schema: Schema, *, is_object: bool) -> None:
        self.schema = schema
        self.is_object = is_object
        self.key: str | None = None
        self.at_value = not is_object
        """Whether a value comes next."""
        self.held = ""
        """The comma and the key before a value that may be left out."""
        self.keys: set[str] = set()
        """The keys that were written."""
        self.count = 0
        """The number of its members so far."""
        self.dropped = ""
        """The member that was left out just now."""


class AddedNullsFilter:
    """Leaves out the added nulls of a call's arguments, a JSON text that comes in pieces. What is no JSON passes unchanged.

    Text is delayed only where a null may come.
    """

    def __init__(self, schema: Schema) -> None:
        self._root = schema
        self._stack: list[_Frame] = []
        self._rest = ""
        """An incomplete token."""
        self._in_string = False
        self._output: list[str] = []

    def feed(self, text: str) -> str:
        """The text that this piece adds."""
        text, at = self._rest + text, 0
        while at < len(text):
            end = self._string(text, at) if self._in_string else self._token(text, at)
            if end is None:
                break
            at = end
        self._rest = text[at:]
        written, self._output = "".join(self._output), []
        return written

    def close(self, *, invalid: bool) -> str:  # noqa: ARG002 (as `ArgumentsFilter`)
        """What is still held, of a text that was cut off or ends with a literal."""
        frame = self._stack[-1] if self._stack else None
        return (frame.held if frame else "") + self._rest

    def _string(self, text: str, at: int) -> int | None:
        """Pass on more of a string; returns where it ends in this text."""
        found = _REST_OF_STRING.match(text, at)
        end = found.end() if found else at
        if end < len(text) and text[end] == '"':
            end += 1
            self._in_string = False
        self._output.append(text[at:end])
        return end if end > at else None

    def _token(self, text: str, at: int) -> int | None:
        frame = self._stack[-1] if self._stack else None
        if text[at] == '"' and (frame is None or frame.at_value):
            self._begin_value(frame)
            self._output.append('"')
            self._in_string = True
            return at + 1
        found = _TOKEN.match(text, at)
        if found is None or (found.end() == len(text) and text[at] not in '{}[]:,"' and not text[at].isspace()):
            return None
        self._take(found[0], frame)
        return found.end()

    def _take(self, piece: str, frame: _Frame | None) -> None:
        if frame is not None and frame.dropped and piece not in ",}" and not piece.isspace():
            self._output.append(frame.dropped)  # no JSON after all
        if piece in "{[":
            schema = self._begin_value(frame)
            self._stack.append(_Frame(schema, is_object=piece == "{"))
            self._output.append(piece)
        elif piece in "}]":
            self._output += [frame.held if frame else "", piece]
            del self._stack[-1:]
        elif frame is None or not frame.is_object:
            self._output.append(piece)
        elif piece in ",:" or piece.isspace():
            frame.held += piece
            frame.at_value = piece == ":" or (frame.at_value and piece != ",")
        elif not frame.at_value:
            frame.key = _key(piece)
            frame.held += piece
        elif piece == "null" and self._drops(frame):
            frame.dropped, frame.held, frame.at_value = frame.held + piece, "", False
            frame.count += 1
            return
        else:
            self._begin_value(frame)
            self._output.append(piece)
        if frame is not None and not piece.isspace():
            frame.dropped = ""

    def _drops(self, frame: _Frame) -> bool:
        """Whether a null here is left out: only in a well-formed member, so that no invalid text becomes valid."""
        member = _MEMBER(frame.held)
        if member is None or bool(member[1]) != bool(frame.count) or frame.key in frame.keys:
            return False
        return _is_added(frame.schema, frame.key or "", self._root)

    def _begin_value(self, frame: _Frame | None) -> Schema:
        """Write the key that is held; returns the schema of the value."""
        if frame is None:
            return _shape(self._root, self._root)
        if not frame.is_object:
            return _shape(frame.schema.get("items"), self._root)
        only_dropped = frame.count and not frame.keys
        self._output.append(frame.held.lstrip().removeprefix(",") if only_dropped else frame.held)
        frame.held, frame.at_value = "", False
        frame.count += 1
        frame.keys.add(frame.key or "")
        return _shape(_member(frame.schema, frame.key or ""), self._root)


def _key(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:  # not a string that can be the name of a property
        return ""


def _member(schema: Schema, key: str) -> Any:
    properties = schema.get("properties")
    return properties.get(key) if isinstance(properties, Mapping) else None


def _is_added(schema: Schema, key: str, root: Schema) -> bool:
    """Whether a null under this key can only come from strict mode: the property is optional and does not allow null."""
    found = _member(schema, key)
    return isinstance(found, Mapping) and key not in (schema.get("required") or ()) and _refuses_null(found, root)


def _refuses_null(schema: Any, root: Schema, steps: int = 0) -> bool:
    if not isinstance(schema, Mapping) or steps > _MOST_STEPS:
        return False
    if "$ref" in schema:
        return _refuses_null(resolve_ref(str(schema["$ref"]), root), root, steps + 1)
    for name in ("anyOf", "oneOf"):
        if isinstance(options := schema.get(name), list):
            return all(_refuses_null(option, root, steps + 1) for option in options)
    if isinstance(options := schema.get("allOf"), list):
        return any(_refuses_null(option, root, steps + 1) for option in options)
    if "const" in schema:
        return schema["const"] is not None
    if isinstance(values := schema.get("enum"), list):
        return None not in values
    kinds = schema.get("type")
    return kinds != "null" if isinstance(kinds, str) else isinstance(kinds, list) and "null" not in kinds


def _shape(schema: Any, root: Schema, steps: int = 0) -> Schema:
    """The schema that says what is within a value: without references, and of alternatives the only one that is no null."""
    if not isinstance(schema, Mapping) or steps > _MOST_STEPS:
        return {}
    if "$ref" in schema:
        return _shape(resolve_ref(str(schema["$ref"]), root), root, steps + 1)
    for name in ("anyOf", "oneOf", "allOf"):
        if isinstance(options := schema.get(name), list) and "properties" not in schema:
            others = [
                option for option in options if not (isinstance(option, Mapping) and option.get("type") == "null")
            ]
            return _shape(others[0], root, steps + 1) if len(others) == 1 else {}
    return schema
