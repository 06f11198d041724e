"""The JSON Schema of each kind of config: editors complete from it, messages take their choices from it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from configs.batch import Batch
from configs.errors import ConfigError
from configs.fields import Part
from configs.nearest import nearest_name
from configs.recipe import Recipe
from configs.storage import StorageConfig

MODELS: dict[str, type[Part]] = {"recipe": Recipe, "batch": Batch, "storage": StorageConfig}
DRAFT = "https://json-schema.org/draft/2020-12/schema"

EXTENDS = {
    "type": "string",
    "description": "A recipe's name or path (relative to this file): what is not said here comes from it. "
    "A list replaces a list; null removes a block.",
}

Schema = Mapping[str, Any]


def json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the files of a kind: ``recipe``, ``batch`` or ``storage``.

    A recipe that extends another may leave out what it inherits, so nothing in it is required by the schema;
    the loader checks the whole.

    Raises:
        ConfigError: no such kind.
    """
    if kind not in MODELS:
        raise ConfigError(
            "there is no such kind of config",
            got=repr(kind),
            allowed=tuple(MODELS),
            nearest=nearest_name(kind, MODELS),
        )
    schema = MODELS[kind].model_json_schema(mode="validation")
    if kind == "recipe":
        schema = _without_required(schema)
        schema["properties"] = {"extends": EXTENDS, **schema["properties"]}
    if "name" in schema.get("required", ()):
        schema["required"] = [name for name in schema["required"] if name != "name"]
    return {"$schema": DRAFT, **schema}


def _without_required(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_required(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # Without its method an optimiser fits several choices at once, which oneOf would refuse.
    renamed = {
        "anyOf" if key == "oneOf" else key: value for key, value in schema.items() if key != "discriminator"
    }
    return {
        key: _without_required(value)
        for key, value in renamed.items()
        if not (key == "required" and isinstance(value, list))
    }


@cache
def _model_schema(model: type[Part]) -> Schema:
    schema = model.model_json_schema(mode="validation")
    return (
        {**schema, "properties": {"extends": EXTENDS, **schema["properties"]}} if model is Recipe else schema
    )


def schema_at(model: type[Part], path: tuple[str | int, ...], data: Any) -> Schema:
    """Return the schema of what lies at ``path`` in a config; empty where a config has no such place."""
    whole = _model_schema(model)
    schema: Schema = _choice(whole, whole, data)
    for step in path:
        if isinstance(step, int):
            schema = schema.get("items", {})
            data = data[step] if isinstance(data, list) and step < len(data) else None
        else:
            known = schema.get("properties", {})
            schema = known[step] if step in known else schema.get("additionalProperties") or {}
            data = data.get(step) if isinstance(data, Mapping) else None
        if not isinstance(schema, Mapping):
            return {}
        schema = _choice(whole, schema, data)
    return schema


def _choice(whole: Schema, schema: Schema, data: Any) -> Schema:
    """Follow references and pick, among alternatives, the one that the data is meant to be."""
    if "$ref" in schema:
        return _choice(whole, whole["$defs"][schema["$ref"].rpartition("/")[2]], data)
    if "discriminator" in schema:
        tag = schema["discriminator"]["propertyName"]
        mapping = schema["discriminator"]["mapping"]
        chosen = data.get(tag) if isinstance(data, Mapping) else None
        if isinstance(chosen, str) and chosen in mapping:
            return _choice(whole, {"$ref": mapping[chosen]}, data)
        return {"properties": {tag: {"enum": sorted(mapping)}}}
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return _choice(whole, options[0], data)
    wanted = "array" if isinstance(data, list) else "object"
    for option in options:
        if option.get("type") == wanted:
            return _choice(whole, option, data)
    return schema
