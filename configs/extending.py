"""Recipes that build on recipes: ``extends:`` resolved by deep merge, each key remembering its own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from configs.errors import ConfigError, Problem
from configs.fields import KeyPath
from configs.finding import find_config, shown_path
from configs.refusals import shown
from configs.yaml_text import Place, Tree, read_yaml

# What a recipe says of itself is not true of the recipe that builds on it.
OWN_KEYS = ("extends", "name", "title", "description", "paper")
MAX_CHAIN = 16


def read_extended(path: Path) -> Tree:
    """Return a recipe's tree with what it extends merged in: its own keys win, a list replaces a list.

    Raises:
        ConfigError: a base that does not exist, a circle, or a chain of more than 16.
    """
    return _read(path, ())


def _read(path: Path, above: tuple[Path, ...]) -> Tree:
    tree = read_yaml(path, shown_as=shown_path(path))
    if "extends" not in tree.values:
        return tree
    place = tree.places[("extends",)]
    base = tree.values["extends"]
    own = Tree(
        {key: value for key, value in tree.values.items() if key != "extends"}, tree.places, tree.problems
    )
    if not isinstance(base, str) or not base:
        problem = Problem(
            "must be the name or the path of one recipe", place.file, place.line, "extends", shown(base)
        )
        return replace(own, problems=(*own.problems, problem))
    chain = (*above, path.resolve())
    try:
        base_path = find_config("recipe", base, beside=path)
    except ConfigError as error:
        problem = replace(error.problems[0], file=place.file, line=place.line, key="extends")
        return replace(own, problems=(*own.problems, problem))
    if base_path.resolve() in chain or len(chain) > MAX_CHAIN:
        names = " → ".join(link.stem for link in (*chain, base_path))
        raise ConfigError(
            f"the recipes extend each other in a circle ({names}); end it with one that extends nothing"
            if base_path.resolve() in chain
            else f"the recipe builds on more than {MAX_CHAIN} others ({names})",
            file=place.file,
            line=place.line,
            key="extends",
        )
    return merged(_read(base_path, chain), own)


def merged(base: Tree, own: Tree) -> Tree:
    """Lay one tree over another.

    A block is merged key by key, except where it names another ``method``: an Adam has no use for the
    history of an L-BFGS. Everything else replaces; a null removes an optional block or a layer.
    """
    places: dict[KeyPath, Place] = {}
    inherited = {key: value for key, value in base.values.items() if key not in OWN_KEYS}
    values = _merge(inherited, own.values, (), base.places, own.places, places)
    return Tree(values, places, (*base.problems, *own.problems))


def _merge(
    base: Any,
    own: Any,
    path: KeyPath,
    base_places: Mapping[KeyPath, Place],
    own_places: Mapping[KeyPath, Place],
    places: dict[KeyPath, Place],
) -> Any:
    if not (isinstance(base, Mapping) and isinstance(own, Mapping)) or _other_method(base, own):
        _carry(own, own_places, path, places)
        return own
    places[path] = own_places[path]
    values = dict(base)
    for key in base:
        if key not in own:
            _carry(base[key], base_places, (*path, key), places)
    for key, value in own.items():
        if key in base:
            values[key] = _merge(base[key], value, (*path, key), base_places, own_places, places)
        else:
            values[key] = value
            _carry(value, own_places, (*path, key), places)
    return values


def _other_method(base: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    return "method" in base and "method" in own and base["method"] != own["method"]


def _carry(value: Any, source: Mapping[KeyPath, Place], path: KeyPath, places: dict[KeyPath, Place]) -> None:
    places[path] = source[path]
    steps = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, inner in steps:
        _carry(inner, source, (*path, step), places)
