"""What a batch would be by its file and the catalogs as they are now; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from catalogs.catalog import empty_catalog, load_catalog
from catalogs.errors import KeyRefused, NotFound
from catalogs.funnel.stages import as_far_as_it_is, planned_by
from catalogs.layout import REQUEST_BATCHES, is_of_request
from catalogs.listed import read_pairs
from catalogs.models import model_cards
from catalogs.plan import Plan
from catalogs.planning import batch_id_on, dresses, plan_batch
from catalogs.storage import Storage
from catalogs.trained import models_of
from configs.batch import Batch
from configs.errors import ConfigError
from configs.fields import FrozenDict
from configs.finding import find_config
from configs.loading import load_batch, load_recipes, recipe_hash
from configs.recipe import Recipe
from flows.equipment import equipment
from flows.overrides import Overrides
from flows.shards.shard import PaintingEngine


def batch_id_of(batch_name: str, *, overrides: Overrides | None = None, on: datetime | None = None) -> str:
    """Return the id that a batch has on a day; today where nobody says.

    Raises:
        ConfigError: the batch or what this run wants is wrong, or the id is one of a request.
    """
    found = batch_id_on((overrides or Overrides()).apply(load_batch(batch_name)), on or datetime.now(UTC))
    if is_of_request(found):
        raise ConfigError(
            f"{batch_name}: batch_id: ids that begin with {REQUEST_BATCHES!r} are those of requests, and "
            f"galleries do not show them as the last night; got {found!r}"
        )
    return found


def plan_designs(
    batch_name: str,
    root: str = "",
    *,
    overrides: Overrides | None = None,
    batch_id: str | None = None,
    on_read: Callable[[int, int], None] | None = None,
) -> tuple[Batch, Plan]:
    """Return what a batch would be: the batch and its plan, which is not written.

    That of a funnel has the stages whose time has come, by the designs that are there.

    ``on_read`` is told (images read, images to read) while the catalogs' images are looked at.
    """
    storage = equipment().storage(root)
    batch = (overrides or Overrides()).apply(load_batch(batch_name))
    beside = find_config("batch", batch_name)
    batch = _with_season(storage, batch, beside)
    pairs = _pairs(storage, batch, beside)
    recipes = load_recipes(batch)
    plan = plan_on(storage, batch, recipes, pairs=pairs, batch_id=batch_id, on_read=on_read)
    return batch, plan if batch.funnel is None else as_far_as_it_is(storage, plan, batch)


def plan_on(
    storage: Storage,
    batch: Batch,
    recipes: Mapping[str, Recipe],
    *,
    pairs: pd.DataFrame | None,
    batch_id: str | None,
    on_read: Callable[[int, int], None] | None = None,
) -> Plan:
    """Return the plan of a batch by the catalogs as they are now; arguments as those of ``plan_batch``.

    That of a funnel has its previews, and what may come after them as candidates.
    """
    hashes = {name: recipe_hash(recipe) for name, recipe in recipes.items()}
    worn = dresses(recipes.values())
    content = (
        load_catalog(storage, "content", batch.content_catalog, on_read=on_read)
        if worn
        else empty_catalog("content")
    )
    style = load_catalog(storage, "style", batch.style_catalog, on_read=on_read)
    version, weights = any_engine().version, weights_of(recipes)
    cards = {model: model_cards(storage, model) for model in _models(recipes)}

    def planned(one: Batch) -> Plan:
        return plan_batch(
            one,
            recipes,
            hashes,
            content,
            style,
            engine_version=version,
            weights_sha256=weights,
            cards=cards,
            pairs=pairs,
            batch_id=batch_id,
        )

    return planned(batch) if batch.funnel is None else planned_by(batch, planned)


def any_engine() -> PaintingEngine:
    """Return any engine of this process: all have one version and one set of weights."""
    tools = equipment()
    return tools.device(tools.device_names("auto")[0]).engine


def weights_of(recipes: Mapping[str, Recipe]) -> dict[str, str]:
    """Return the sha256 of the weights of each backbone that recipes name."""
    engine = any_engine()
    names = {name for recipe in recipes.values() for name in recipe.networks}
    return {name: engine.weights_sha256(name) for name in sorted(names)}


def _models(recipes: Mapping[str, Recipe]) -> list[str]:
    """Return the names of the trained networks that the recipes paint through, each once."""
    return sorted({part.model_name for recipe in recipes.values() for part in models_of(recipe)})


def _pairs(storage: Storage, batch: Batch, beside: Path) -> pd.DataFrame | None:
    """Read the list of pairs that a batch names, from the bucket or else from a path."""
    name = batch.selection.pairs_csv
    if name is None:
        return None
    return read_pairs(_read_named(storage, name, "pairs_csv", beside), name=name)


def _read_named(storage: Storage, name: str, key: str, beside: Path) -> bytes:
    """Return a file that a batch names under a key: from the bucket, beside the batch, or from here."""
    try:
        return storage.read(name)
    except (NotFound, KeyRefused):
        file = Path(name).expanduser()
        found = next((path for path in (beside.parent / file, file) if path.is_file()), None)
        if found is None:
            raise NotFound(
                f"{key}: {name!r} is neither an object under {storage.root} nor a file beside {beside.name} "
                f"or here",
                key=name,
            ) from None
        return found.read_bytes()


def _with_season(storage: Storage, batch: Batch, beside: Path) -> Batch:
    """Return a batch that names its season's palettes itself, so that they are frozen with it.

    Raises:
        NotFound: the file is nowhere.
        PaletteRefused: it holds no palettes.
    """
    part = batch.colorways
    if not part.file:
        return batch
    from nst_core.palettes import read_season

    season = read_season(_read_named(storage, part.file, "colorways.file", beside), name=part.file)
    named = {one.name: tuple(ink.hex for ink in one.inks) for one in season} | dict(part.palettes)
    whole = part.model_copy(update={"palettes": FrozenDict(named), "file": ""})
    return batch.model_copy(update={"colorways": whole})
