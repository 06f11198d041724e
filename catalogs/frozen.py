"""A batch's configuration as it was when it was planned: what a retry next week must paint with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from pydantic import ValidationError

from catalogs.errors import NotFound
from catalogs.layout import config_key
from catalogs.refusals import PlanRefused
from catalogs.storage import Storage
from configs.batch import Batch
from configs.recipe import Recipe


@dataclass(frozen=True)
class FrozenBatch:
    """The batch and its recipes in full.

    ``recipes`` and ``hashes`` are by the recipe's own name, which is the plan's column ``recipe``;
    ``weights_sha256`` is by backbone.
    """

    batch_id: str
    batch: Batch
    recipes: Mapping[str, Recipe]
    hashes: Mapping[str, str]
    engine_version: str
    weights_sha256: Mapping[str, str]


def freeze_batch(
    storage: Storage,
    batch_id: str,
    batch: Batch,
    recipes: Mapping[str, Recipe],
    hashes: Mapping[str, str],
    *,
    engine_version: str,
    weights_sha256: Mapping[str, str],
) -> str:
    """Write ``batches/<batch_id>/config.yaml`` and return its key; arguments as those of ``plan_batch``."""
    used = {recipes[name].name: name for name in batch.painted_by}
    frozen = {
        "batch_id": batch_id,
        "engine_version": engine_version,
        "weights_sha256": dict(weights_sha256),
        "batch": batch.model_dump(mode="json"),
        "recipes": {own: recipes[name].model_dump(mode="json") for own, name in used.items()},
        "recipe_hashes": {own: hashes[name] for own, name in used.items()},
    }
    text = yaml.safe_dump(frozen, sort_keys=False, allow_unicode=True)
    key = config_key(batch_id)
    storage.write_atomic(key, text.encode(), content_type="application/yaml")
    return key


def read_frozen(storage: Storage, batch_id: str) -> FrozenBatch:
    """Read a batch's configuration as it was planned.

    Raises:
        NotFound: the batch was never planned.
        PlanRefused: the file does not fit this version's configs.
    """
    key = config_key(batch_id)
    try:
        data = storage.read(key)
    except NotFound as error:
        raise NotFound(f"{batch_id} was never planned ({key} is not there); run it first", key=key) from error
    try:
        frozen = yaml.safe_load(data)
        return FrozenBatch(
            batch_id=frozen["batch_id"],
            batch=Batch.model_validate(frozen["batch"]),
            recipes={name: Recipe.model_validate(raw) for name, raw in frozen["recipes"].items()},
            hashes=frozen["recipe_hashes"],
            engine_version=frozen["engine_version"],
            weights_sha256=frozen["weights_sha256"],
        )
    except (yaml.YAMLError, ValidationError, KeyError, TypeError) as error:
        raise PlanRefused(f"{key} does not fit this Toile: {error}; plan the batch again", key=key) from error
