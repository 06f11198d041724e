"""The part of JSON Schema that our schemas use, checked without another package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

KNOWN = {
    "$defs", "$ref", "$schema", "additionalProperties", "anyOf", "const", "default", "description",
    "discriminator",
    "enum", "exclusiveMaximum", "exclusiveMinimum", "items", "maxItems", "maxLength", "maximum", "minItems",
    "minLength", "minProperties", "minimum", "multipleOf", "oneOf", "pattern", "properties", "required",
    "title", "type",
}  # fmt: skip
TYPES = {
    "object": Mapping, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool,
    "null": type(None),
}  # fmt: skip


def complaints(
    value: Any, schema: Mapping[str, Any], whole: Mapping[str, Any] | None = None, at: str = ""
) -> list[str]:
    """Return what a JSON Schema has against a value, each with its place; empty when nothing."""
    whole = whole or schema
    unknown = set(schema) - KNOWN
    assert not unknown, f"the checker does not know {unknown}"
    if "$ref" in schema:
        return complaints(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, at)
    found: list[str] = []
    options = schema.get("anyOf", schema.get("oneOf"))
    if options:
        tried = [complaints(value, option, whole, at) for option in options]
        found += [] if any(not said for said in tried) else [f"{at}: fits no alternative: {tried}"]
    if "type" in schema:
        fits = isinstance(value, TYPES[schema["type"]])
        if isinstance(value, bool) and schema["type"] in ("number", "integer"):
            fits = False
        if not fits:
            return [*found, f"{at}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']}")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at}: {value!r} does not match")
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
            found.append(f"{at}: length of {value!r}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value % schema.get("multipleOf", value or 1):
            found.append(f"{at}: {value} is no multiple of {schema['multipleOf']}")
        if not schema.get("minimum", -1e300) <= value <= schema.get("maximum", 1e300):
            found.append(f"{at}: {value} is out of range")
        if not schema.get("exclusiveMinimum", -1e301) < value < schema.get("exclusiveMaximum", 1e301):
            found.append(f"{at}: {value} is out of range")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(f"{at}: too short")
        for index, item in enumerate(value):
            found += complaints(item, schema.get("items", {}), whole, f"{at}[{index}]")
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        found += [f"{at}.{key} is missing" for key in schema.get("required", ()) if key not in value]
        rest = schema.get("additionalProperties", True)
        for key, item in value.items():
            if key in known:
                found += complaints(item, known[key], whole, f"{at}.{key}")
            elif rest is False:
                found.append(f"{at}.{key} is unknown")
            elif isinstance(rest, Mapping):
                found += complaints(item, rest, whole, f"{at}.{key}")
    return found
