"""What the models refuse, in sentences: pydantic's errors joined with lines, choices and nearest names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from configs.errors import Problem
from configs.fields import RULES, Broken, KeyPath, Part, dotted
from configs.nearest import nearest_name
from configs.schema import Schema, schema_at
from configs.yaml_text import Place

SHOWN_CHARACTERS = 80
_SECRET_KEY = re.compile(r"secret|password|access_?key|token|credential", re.IGNORECASE)
_TYPES = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a block of keys and values",
    "mapping_type": "must be a block of keys and values",
    "model_type": "must be a block of keys and values",
    "model_attributes_type": "must be a block of keys and values",
}


def refusals(
    model: type[Part],
    data: Mapping[str, Any],
    places: Mapping[KeyPath, Place],
    refused: ValidationError | None,
) -> list[Problem]:
    """Return every problem of a config, in the order of its lines.

    Args:
        model: what the file should be.
        data: what it holds.
        places: where each of its keys stands.
        refused: what pydantic said; None when every block is fine by itself.
    """
    found: dict[KeyPath, Problem] = {}
    for error in refused.errors(include_url=False, include_context=False) if refused else ():
        if error["type"] == RULES:
            continue
        path = _path_in_data(error["loc"], data, is_missing=error["type"] == "missing")
        problem = _problem(model, data, path, error["type"], error["msg"], error["input"], places)
        if path in found:
            problem = _either(found[path], problem)
        found[path] = problem
    problems = [problem for path, problem in found.items() if not _said_of_its_items(path, problem, found)]
    problems += [_of_rule(rule, _place(places, rule.path)) for rule in model.broken_rules(data)]
    return sorted(problems, key=lambda problem: (problem.file or "", problem.line or 0))


def _said_of_its_items(path: KeyPath, problem: Problem, found: Mapping[KeyPath, Problem]) -> bool:
    """Tell whether a list only counts as short because its items were refused, each with its own problem."""
    return "after validation" in problem.message and any(
        len(other) > len(path) and other[: len(path)] == path for other in found
    )


def shown(value: object) -> str:
    """Return a value as a message may show it: short, on one line, without credentials."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    text = re.sub(r"//[^/@\s]*@", "//…@", text)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _path_in_data(loc: tuple[str | int, ...], data: Any, *, is_missing: bool) -> KeyPath:
    """Drop from pydantic's location what names no key of the file: the tags of unions."""
    path: list[str | int] = []
    for index, step in enumerate(loc):
        if isinstance(data, Mapping) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step] if step < len(data) else None
        elif not (is_missing and index == len(loc) - 1):
            continue
        path.append(step)
    return tuple(path)


def _place(places: Mapping[KeyPath, Place], path: KeyPath) -> Place | None:
    while path and path not in places:
        path = path[:-1]
    return places.get(path)


def _problem(
    model: type[Part],
    data: Any,
    path: KeyPath,
    kind: str,
    said: str,
    got: object,
    places: Mapping[KeyPath, Place],
) -> Problem:
    place = _place(places, path)
    schema = schema_at(model, path, data)
    allowed, value = _choices(schema), shown(got)
    if kind == "extra_forbidden":
        allowed = tuple(schema_at(model, path[:-1], data).get("properties", ()))
        if _SECRET_KEY.search(str(path[-1])):
            message = "credentials are not kept in files; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            return _placed(message, place, path)
        return _placed("there is no such key", place, path, None, allowed, nearest_name(path[-1], allowed))
    if kind == "missing":
        return _placed(f"this key is missing{_meaning(schema)}", place, path)
    if kind in ("literal_error", "union_tag_invalid", "union_tag_not_found"):
        tag = schema.get("properties", {}).get("method")
        if tag is not None:
            path, allowed = (*path, "method"), tuple(tag.get("enum", ()))
            got = got.get("method") if isinstance(got, Mapping) else None
            value, place = shown(got), _place(places, path)
        if kind == "union_tag_not_found":
            return _placed("this key is missing", place, path, None, allowed)
        return _placed("there is no such choice", place, path, value, allowed, nearest_name(got, allowed))
    if kind in _TYPES:
        return _placed(_TYPES[kind], place, path, value, allowed)
    if kind == "string_pattern_mismatch":
        return _placed(f"this text has signs that do not belong here{_meaning(schema)}", place, path, value)
    message = said.replace("Input should", "must").replace("String should", "must")
    message = re.sub(r"^(Tuple|List|Dictionary|Value) should", "must", message)
    return _placed(f"{message}{_meaning(schema)}", place, path, value)


def _either(first: Problem, second: Problem) -> Problem:
    """Join what the members of a union said of the same value."""
    more = second.message.removeprefix("must be ")
    if more in first.message:
        return first
    return Problem(f"{first.message} or {more}", first.file, first.line, first.key, first.got)


def _of_rule(rule: Broken, place: Place | None) -> Problem:
    value = None if rule.got is None else shown(rule.got)
    return _placed(rule.message, place, rule.path, value, rule.allowed, rule.nearest)


def _placed(
    message: str,
    place: Place | None,
    path: KeyPath,
    got: str | None = None,
    allowed: tuple[str, ...] = (),
    nearest: str | None = None,
) -> Problem:
    return Problem(
        message,
        place.file if place else None,
        place.line if place else None,
        dotted(path) or None,
        got,
        allowed,
        nearest,
    )


def _choices(schema: Schema) -> tuple[str, ...]:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return tuple(str(value) for value in values)


def _meaning(schema: Schema) -> str:
    words = str(schema.get("description", "")).rstrip(".")
    return f" ({words})" if words and len(words) < 160 else ""
