"""The schema of a structured answer: a JSON schema with an object at its root, a name and a description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hatz_client.content import Tool
from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.tools import to_tool
from hatz_client.wire.common.tools.root_object import inline_root_ref, is_object

WRAPPER = "root"
"""The property that holds the value if the schema's root is not an object (a list, an Enum); pydantic uses the same name."""
_DEFINITIONS = ("$defs", "definitions")


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """The schema of a structured answer."""

    name: str = "response"
    schema: Mapping[str, Any] | None = None
    """JSON schema with an object at its root; None accepts any JSON object."""
    description: str = ""
    strict: bool | None = None
    wrapped: bool = False
    """Whether the value is in the property `WRAPPER` of that object, because it is not an object itself."""

    @property
    def required(self) -> tuple[str, ...]:
        """The required properties."""
        return tuple((self.schema or {}).get("required") or ())

    @property
    def bare_tool(self) -> Tool:
        """The tool that has such an answer as its arguments, with the schema's description."""
        return Tool(self.name, self.description, self.schema or {"type": "object", "properties": {}}, self.strict)

    @property
    def tool(self) -> Tool:
        """The same, always with a description."""
        return self.bare_tool if self.description else self.bare_tool.replace(description="Give the answer with this.")


def output_schema(given: Any, *, strict: bool | None = None) -> OutputSchema | None:
    """The schema that a `response_format` requests; None for plain text.

    Args:
        given: OpenAI's forms (`{"type": "json_schema", …}`, `{"type": "json_object"}`, `{"type": "text"}`), a JSON schema
            with a title, a function in any form of `to_tool`, or a type that pydantic understands: a pydantic class, a
            TypedDict, a dataclass, an Enum, `list[Contact]`.
        strict: Whether the answer must match the schema exactly, if the format does not say so itself.

    Raises:
        HatzInvalidInputError: if it has none of these forms.
    """
    match given:
        case OutputSchema() | None:
            return given
        case {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return OutputSchema(strict=strict)
        case {"type": "json_schema", "json_schema": {"schema": Mapping() as schema}}:
            return _with_name(given["json_schema"], schema, strict)
        case {"type": "json_schema", "schema": Mapping() as schema} | {"name": str(), "schema": Mapping() as schema}:
            return _with_name(given, schema, strict)
        case Mapping() if given.keys() & {"title", "function", "name", "toolSpec"}:
            return _of_mapping(given, strict)
        case Mapping() if "properties" in given:
            return _wrap_root("response", given, given.get("description") or "", strict)
        case Mapping() | str() | int() | float() | list() | tuple():
            raise HatzInvalidInputError(
                f"response_format={given!r:.200} is not understood: use a pydantic class, a JSON schema with a title, or "
                '{"type": "json_schema", "json_schema": {"name": …, "schema": …}}.'
            )
        case _:
            return _of_class(given, strict)


def _with_name(fields: Mapping[str, Any], schema: Mapping[str, Any], strict: bool | None) -> OutputSchema:
    name = fields.get("name") or schema.get("title") or "response"
    description = fields.get("description") or schema.get("description") or ""
    own = fields.get("strict")
    return _wrap_root(name, schema, description, strict if own is None else own)


def _of_mapping(given: Mapping[str, Any], strict: bool | None) -> OutputSchema:
    if "title" in given and given.keys() & {"type", "enum", "const"} and not is_object(given):  # a list, an Enum
        schema = {key: value for key, value in given.items() if key not in {"title", "description"}}
        return _wrap_root(given["title"], schema, given.get("description") or "", strict)
    tool = to_tool(given, strict=strict)
    if not isinstance(tool, Tool):
        raise HatzInvalidInputError(f"{given!r:.200} is a tool that runs on the server, not the schema of an answer.")
    return _wrap_root(tool.name, tool.parameters, tool.description, tool.strict)


def _of_class(kind: Any, strict: bool | None) -> OutputSchema:
    from hatz_client.integration.structured.class_schema import class_name, class_schema, without_titles  # noqa: PLC0415 (pydantic)

    try:
        schema = class_schema(kind)
    except Exception as error:  # pydantic raises several kinds of errors for types without a schema
        raise HatzInvalidInputError(f"{kind!r:.200} cannot be converted to a JSON schema: {error}") from error
    name = schema.get("title") if isinstance(schema.get("title"), str) else class_name(kind)
    body = {key: value for key, value in without_titles(schema).items() if key != "description"}
    return _wrap_root(str(name), body, schema.get("description") or "", strict)


def _wrap_root(name: str, schema: Mapping[str, Any], description: str, strict: bool | None) -> OutputSchema:
    root = inline_root_ref(schema)
    if "type" not in root and "properties" in root:
        root = {"type": "object", **root}
    if root.get("type") == "object":  # alternatives are wrapped, not merged, so that each stays unchanged
        return OutputSchema(name, root, description, strict)
    definitions = {key: schema[key] for key in _DEFINITIONS if key in schema}
    value = {key: value for key, value in schema.items() if key not in definitions}
    holder = {"type": "object", "properties": {WRAPPER: value}, "required": [WRAPPER], **definitions}
    return OutputSchema(name, holder, description, strict, wrapped=True)


def is_wrapper(schema: Mapping[str, Any]) -> bool:
    """Whether this is the schema of an object with one value under `WRAPPER`, as `output_schema` makes it."""
    return (schema.get("properties") or {}).keys() == {WRAPPER} and schema.get("required") == [WRAPPER]


def to_response_format(wanted: OutputSchema) -> dict[str, Any]:
    """The same schema as a `response_format` in OpenAI's form: plain JSON for traces and caches."""
    if wanted.schema is None:
        return {"type": "json_object"}
    schema = dict(wanted.schema)
    if wanted.wrapped:
        schema = {**schema["properties"][WRAPPER], **{key: schema[key] for key in _DEFINITIONS if key in schema}}
    fields = {"name": wanted.name, "description": wanted.description or None, "strict": wanted.strict}
    return {
        "type": "json_schema",
        "json_schema": {"schema": schema, **{key: value for key, value in fields.items() if value is not None}},
    }
