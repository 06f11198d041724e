"""Configs from YAML files: found by name or path, joined along ``extends:``, checked, and hashed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from configs.batch import Batch
from configs.errors import ConfigError, Problem
from configs.extending import read_extended
from configs.fields import Part, dotted
from configs.finding import find_config, is_path, list_configs, shown_path
from configs.recipe import Recipe
from configs.recipe_rules import unheard_controls
from configs.refusals import refusals, shown
from configs.storage import SigningPart, StorageConfig
from configs.yaml_text import Tree, read_yaml

PIXEL_PARTS = ("kind", "backbone", "cloth", "garment", "optimise", "network")
STORAGE_FILE = "storage.yaml"
# Between the recipe that dresses a garment and the yardage recipe whose cloth it wears.
WEARS = "+"

PartT = TypeVar("PartT", bound=Part)


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Return a recipe with everything that it extends.

    Args:
        name_or_path: ``toile``, or a path (whatever holds a slash or ends in ``.yaml``); ``toile+toss`` is a
            recipe for garments in the new cloth of a yardage recipe.

    Raises:
        ConfigError: no such recipe, or everything that is wrong with it, each with its file and line.
    """
    dressing, plus, yardage = str(name_or_path).partition(WEARS)
    if plus:
        return wearing(load_recipe(dressing), load_recipe(yardage), str(name_or_path))
    path = find_config("recipe", str(name_or_path))
    return _build(Recipe, read_extended(path), path)


def wearing(dressing: Recipe, yardage: Recipe, named: str) -> Recipe:
    """Return a recipe whose garments wear the tiles of a yardage recipe.

    Raises:
        ConfigError: the first lays no cloth on garments, or the second makes no yardage.
    """
    if dressing.kind != "garment" or dressing.cloth is None or yardage.kind != "yardage":
        raise ConfigError(
            f"{named!r} joins a recipe that lays cloth on garments and one of yardage, as toile{WEARS}toss; "
            f"{dressing.name} is of kind {dressing.kind}{'' if dressing.cloth else ' without cloth'}, "
            f"{yardage.name} of kind {yardage.kind}"
        )
    cloth = yardage.cloth
    if cloth is not None:
        cloth = cloth.worn_as(dressing.cloth)
    changes = {
        "name": f"{dressing.name}.{yardage.name}",
        "title": f"{dressing.title}; {yardage.title}",
        "description": f"{dressing.description}\n{yardage.description}",
        "cloth": cloth,
        "paper": None,
    }
    return dressing.model_copy(update=changes)


def load_batch(name_or_path: str | Path) -> Batch:
    """Return a batch; its recipes exist, and those named by a path have become absolute paths.

    Raises:
        ConfigError: no such batch, or everything that is wrong with it.
    """
    path = find_config("batch", str(name_or_path))
    tree = read_yaml(path, shown_as=shown_path(path))
    values, problems = dict(tree.values), list(tree.problems)

    def resolved(name: Any, *key: str | int) -> Any:
        try:
            return _beside(name, path) if isinstance(name, str) else name
        except ConfigError as error:
            place = tree.places[key]
            problems.append(replace(error.problems[0], file=place.file, line=place.line, key=dotted(key)))
            return name

    if isinstance(listed := values.get("recipes"), list):
        values["recipes"] = [resolved(name, "recipes", index) for index, name in enumerate(listed)]
    if isinstance(funnel := values.get("funnel"), dict):
        named = [key for key in ("final_recipe", "fall_back") if key in funnel]
        values["funnel"] = funnel | {key: resolved(funnel[key], "funnel", key) for key in named}
    return _build(Batch, Tree(values, tree.places, tuple(problems)), path)


def _beside(name: str, batch: Path) -> str:
    """Return a recipe's name as it is, and a path relative to a batch's file as an absolute one."""
    parts = [(part, find_config("recipe", part, beside=batch)) for part in name.split(WEARS)]
    return WEARS.join(str(file.resolve()) if is_path(part) else part for part, file in parts)


def load_recipes(batch: Batch) -> dict[str, Recipe]:
    """Return the recipes of a batch by ``batch.painted_by``, with the batch's controls, in its repeats.

    Raises:
        ConfigError: one cannot be loaded, two different files call themselves by the same name, one that
            makes no new cloth is to repeat, or a control of the batch changes nothing in one's designs.
    """
    loaded = {name: _turned(load_recipe(name), batch) for name in batch.recipes}
    recipes = _in_repeats(batch, loaded) if batch.repeats else loaded
    for name in batch.painted_by:
        if name not in recipes:
            recipes[name] = _turned(load_recipe(name), batch)
    named: dict[str, str] = {}
    for key, recipe in recipes.items():
        if named.setdefault(recipe.name, key) != key:
            raise ConfigError(
                f"the batch {batch.name} has two recipes called {recipe.name!r}, {named[recipe.name]} and "
                f"{key}; give one of them another name:"
            )
    return recipes


def _in_repeats(batch: Batch, loaded: dict[str, Recipe]) -> dict[str, Recipe]:
    """Return each recipe in each of the batch's repeats."""
    as_is = [recipe.name for recipe in loaded.values() if recipe.cloth is None or not recipe.cloth.is_new]
    if as_is:
        named, one = ", ".join(as_is), len(as_is) == 1
        raise ConfigError(
            f"the batch {batch.name} names repeats, which only new cloth has, and {named} "
            f"{'makes' if one else 'make'} none; paint {named} in a batch without repeats, or dress garments "
            f"in new cloth, as toile{WEARS}toss does"
        )
    crossed = [recipe.repeating(repeat) for recipe in loaded.values() for repeat in batch.repeats]
    return dict(zip(batch.crossed, crossed, strict=True))


def _turned(recipe: Recipe, batch: Batch) -> Recipe:
    """Return a recipe with its own controls, and over them those that the batch names.

    Raises:
        ConfigError: one of these would change nothing in the recipe's designs.
    """
    named = batch.controls.model_dump(exclude_unset=True)
    turned = recipe.model_copy(update={"controls": recipe.controls.model_copy(update=named)})
    if unheard := next(unheard_controls(turned), None):
        raise ConfigError(
            f"the batch {batch.name} says it for all its recipes, and in {recipe.name} it {unheard.message}; "
            f"or paint {recipe.name} in a batch without it",
            key=dotted(unheard.path),
            got=shown(unheard.got),
            allowed=unheard.allowed,
        )
    return turned


def load_storage(path: str | Path | None = None, *, root: str | None = None) -> StorageConfig:
    """Return where the objects lie.

    Args:
        path: a storage file; else the one ``TOILE_STORAGE`` names, else ``./storage.yaml`` if there is one.
        root: goes before ``TOILE_ROOT``, which goes before the file's ``root``.

    Raises:
        ConfigError: the file is wrong, or no root is named anywhere.
    """
    file, tree = _storage_file(path)
    values = dict(tree.values)
    own = values.get("root")
    if isinstance(own, str) and own and "://" not in own and not own.startswith("~"):
        values["root"] = str(file.parent / own)
    signing = values.get("signing")
    if isinstance(signing, dict):
        values["signing"] = signing | {
            key: str(file.parent / Path(path).expanduser())
            for key, path in signing.items()
            if key in ("certificate", "private_key") and isinstance(path, str) and path
        }
    over = root or os.environ.get("TOILE_ROOT")
    if over:
        values["root"] = over
    if "root" not in values:
        raise ConfigError(
            "no storage is named; give --root DIRECTORY or --root s3://bucket/prefix, set TOILE_ROOT, or "
            f"write a {STORAGE_FILE} with root:",
            file=shown_path(file) if tree.values else None,
        )
    return _build(StorageConfig, Tree(values, tree.places, tree.problems), file)


def load_signing(path: str | Path | None = None) -> SigningPart | None:
    """Return whose signature designs get, by the storage file; None without a file or such a block.

    Raises:
        ConfigError: the file is wrong.
    """
    _, tree = _storage_file(path)
    if tree.values.get("signing") is None:
        return None
    # Where the objects lie is another question, which --root may answer.
    return load_storage(path, root=None if "root" in tree.values else os.curdir).signing


def _storage_file(path: str | Path | None) -> tuple[Path, Tree]:
    """Return the storage file and what is in it; nothing where none is named and none lies here."""
    named = path or os.environ.get("TOILE_STORAGE")
    file = Path(named).expanduser() if named else Path(STORAGE_FILE)
    return file, read_yaml(file, shown_as=shown_path(file)) if named or file.is_file() else Tree({}, {})


def list_recipes() -> list[str]:
    """Return the names of the recipes that are found by name, sorted."""
    return list_configs("recipe")


def list_batches() -> list[str]:
    """Return the names of the batches that are found by name, sorted."""
    return list_configs("batch")


def recipe_hash(recipe: Recipe) -> str:
    """Return the sha256 (hex) of what a recipe does to pixels.

    Name, title, description and paper do not count; a default that is written out counts as the default; key
    order, int or float, and how a recipe came to be (``extends``) make no difference. Of the controls only
    what is turned counts: at rest they leave every recipe as it was before there were any. So does a network
    that is not there; how one was trained tell its weights. So does cloth that is not matched.
    """
    parts = recipe.model_dump(mode="json", include=set(PIXEL_PARTS))
    for block in (parts, parts["cloth"] or {}):
        if block.get("network") is None:
            block.pop("network", None)
        else:
            del block["network"]["train"]
    if parts["cloth"] is not None and not parts["cloth"]["match"]:
        del parts["cloth"]["match"]
    if turned := recipe.controls.model_dump(mode="json", exclude_defaults=True):
        parts["controls"] = turned
    text = json.dumps(_plain(parts), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value + 0.0 if isinstance(value, float) else value  # minus zero is zero


def _build(model: type[PartT], tree: Tree, path: Path) -> PartT:
    data = dict(tree.values)
    if "name" in model.model_fields:
        data.setdefault("name", path.stem)
    refused: ValidationError | None = None
    built: PartT | None = None
    try:
        built = model.model_validate(data)
    except ValidationError as error:
        refused = error
    problems: list[Problem] = [*tree.problems]
    if refused is not None:
        problems += refusals(model, data, tree.places, refused)
    if problems or built is None:
        raise ConfigError.of(sorted(problems, key=lambda problem: (problem.file or "", problem.line or 0)))
    return built
