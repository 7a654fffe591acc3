"""What Anthropic's strict mode refuses in a schema: `strict: true` tools and the output format, in Anthropic's words."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.rules.schemas import children, is_object

_UNSUPPORTED = {
    "integer": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "number": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "string": ("maxLength", "minLength"),
    "array": ("contains", "maxItems", "prefixItems", "uniqueItems"),
    "object": ("maxProperties", "minProperties", "patternProperties", "propertyNames"),
}
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}


def strict_problem(schema: Any, root: dict[str, Any], above: tuple[str, ...] = ()) -> str | None:
    """What strict mode refuses in a schema, or `None`."""
    if not isinstance(schema, dict):
        return None
    for word in ("oneOf", "not", "if", "dependentSchemas"):
        if word in schema:
            return f"Schema type '{word}' is not supported"
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if not reference.startswith("#"):
            return "External $ref is not supported"
        if reference in above:
            return "Recursive schemas are not supported"
        name = reference.rpartition("/")[2]
        found = (root.get("$defs") or root.get("definitions") or {}).get(name) if name else root
        return strict_problem(found, root, (*above, reference))
    return _own_problem(schema) or next(
        (reason for _, child in children(schema) if (reason := strict_problem(child, root, above))), None
    )


def _own_problem(schema: dict[str, Any]) -> str | None:
    if is_object(schema) and schema.get("additionalProperties") is not False:
        return "For 'object' type, 'additionalProperties' must be explicitly set to false"
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        named = [word for word in _UNSUPPORTED.get(str(kind), ()) if word in schema]
        if len(named) == 1:
            return f"For '{kind}' type, property '{named[0]}' is not supported"
        if named:
            return f"For '{kind}' type, properties {', '.join(named)} are not supported"
        if kind == "array" and schema.get("minItems", 0) not in {0, 1}:
            return "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        if kind == "string" and schema.get("format", "date") not in _FORMATS:
            return f"For 'string' type, 'format' value '{schema['format']}' is not supported"
    return None
