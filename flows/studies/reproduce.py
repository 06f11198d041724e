"""A design painted again from its row of the manifest, and compared with the picture that is there."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catalogs.errors import NotFound
from catalogs.frozen import FrozenBatch, read_frozen
from catalogs.layout import design_key, weights_key
from catalogs.manifest import COLORWAY_SCORES, OK, SCORES, TILE_SCORES
from catalogs.models import ModelUnknown, read_model
from catalogs.report.words import plain
from catalogs.storage import Storage
from catalogs.trained import planned_weights
from configs.errors import ConfigError
from configs.loading import recipe_hash
from configs.recipe import Recipe
from flows.marking.provenance import ENVIRONMENT_KEYWORD, environment_from
from flows.marking.terms import terms_of_design
from flows.patience import Patience
from flows.revision import environment, git_revision
from flows.shards.rows import PlanRow
from flows.shards.shard import PaintingEngine
from flows.shards.sources import Sources
from nst_core.codec import decode, encode_png, read_png_text
from nst_core.design import RgbImage
from nst_core.errors import EngineError

# Scores run from 0 to about 1. With one thread and with two, where sums are rounded in another order, those
# of the demo at 256 px differed by .002, and pixels by .1 to .25 of 255 on average. Another layout of the
# same textile has much the same scores; its pixels differ by 5 and more, on a garment too.
SCORE_TOLERANCE = 0.02
STEP_TOLERANCE = 3.0
# Columns that name a file: what the design left behind, and what it was made from.
_OUTPUTS = ("image", "thumb")
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}")


@dataclass(frozen=True)
class Change:
    """Something that went into a design and is not what it was; ``now`` is "" where it is gone."""

    what: str
    was: str
    now: str

    def __str__(self) -> str:
        if not self.now:
            return f"{self.what} is gone (it was {_short(self.was)})"
        return f"{self.what} was {_short(self.was) or 'empty'}, is {_short(self.now)}"


@dataclass(frozen=True)
class Reproduction:
    """What came of painting a design again.

    Attributes:
        design_id: the design.
        verdict: ``bytes`` (the file is the same), ``pixels`` (the picture is), ``scores`` (pixels and
            scores within their tolerances), ``differs``, or ``impossible`` (a file or the recipe is not what
            it was).
        changes: what of its making is not what it was.
        largest_step: largest difference of a pixel, of 255; None where nothing was painted.
        mean_step: mean difference, likewise.
        scores: by name: then and now.
        image: the new picture, ``(H, W, 3)`` uint8.
    """

    design_id: str
    verdict: str
    changes: tuple[Change, ...]
    largest_step: int | None = None
    mean_step: float | None = None
    scores: Mapping[str, tuple[float, float]] | None = None
    image: RgbImage | None = None

    @property
    def same(self) -> bool:
        """Whether the design came out again."""
        return self.verdict in ("bytes", "pixels", "scores")


def frozen_of(storage: Storage, row: PlanRow) -> FrozenBatch:
    """Return the configuration of the batch that painted a design.

    Raises:
        ConfigError: the design was never painted.
        NotFound, PlanRefused: its batch has no configuration any more, or one that this version cannot read.
    """
    if row.get("status") != OK:
        raise ConfigError(
            f"{row['design_id']} was never painted ({row.get('error_code')}: {row.get('error')}); only what "
            f"was painted can be painted again"
        )
    return read_frozen(storage, row["batch_id"])


def reproduce(
    storage: Storage, row: PlanRow, frozen: FrozenBatch, *, engine: PaintingEngine, patience: Patience
) -> Reproduction:
    """Paint a design again and compare it with the image that is there; nothing is written.

    Where its files or its recipe are not what they were, nothing is painted: it would be another design.

    Args:
        storage: where the design and its sources are.
        row: its row, as its image carries it.
        frozen: of ``frozen_of``.
        engine: paints it.
        patience: with the storage.

    Raises:
        EngineError: painting failed.
        NotFound: its image is gone.
    """
    data = storage.read(design_key(row["design_id"]))
    recipe = frozen.recipes.get(row["recipe"])
    others = (*_engine_changes(row, data, recipe, engine), *_terms_changes(storage, row))
    changes = (*_file_changes(storage, row), *_network_changes(storage, row, recipe))
    if frozen.hashes.get(row["recipe"]) != row["recipe_hash"]:
        changes += (_recipe_change(row, frozen.hashes.get(row["recipe"], "")),)
    if changes or recipe is None:
        return Reproduction(row["design_id"], "impossible", changes + others)
    if (newer := recipe_hash(recipe)) != row["recipe_hash"]:
        # The stored recipe, read by a version that knows more knobs: they are at rest, and it is painted.
        others += (_recipe_change(row, newer),)
    prepared = engine.prepare(Sources(storage).job(row, recipe, patience), recipe)
    [painted] = engine.paint([prepared], recipe, should_stop=lambda: False, on_step=None)
    if isinstance(painted, EngineError):
        raise painted
    before, after = decode(data, name=row["design_id"]).rgb, painted.image
    tile = {} if painted.tile_scores is None else asdict(painted.tile_scores)
    scores = _scores(row, asdict(painted.scores) | tile | {"structure": painted.structure})
    step = np.abs(before.astype(np.int16) - after) if before.shape == after.shape else np.array([255])
    return Reproduction(
        row["design_id"],
        _verdict(data, after, step, scores),
        others,
        largest_step=int(step.max()),
        mean_step=float(step.mean()),
        scores=scores,
        image=after,
    )


def _verdict(data: bytes, image: RgbImage, step: Any, scores: Mapping[str, tuple[float, float]]) -> str:
    if not step.any():
        # The texts say when it was painted: with those of the file, the same pixels give the same file.
        return "bytes" if encode_png(image, text=read_png_text(data)) == data else "pixels"
    near = step.size > 1 and float(step.mean()) <= STEP_TOLERANCE
    return "scores" if near and all(_close(then, now) for then, now in scores.values()) else "differs"


def _close(then: float, now: float) -> bool:
    return (math.isnan(then) and math.isnan(now)) or abs(then - now) <= SCORE_TOLERANCE


def _scores(row: PlanRow, painted: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    names = (*SCORES, *TILE_SCORES, *COLORWAY_SCORES)
    then = {name: row[name] for name in names if row.get(name) is not None}
    return {
        name: (float(value), float(math.nan if painted.get(name) is None else painted[name]))
        for name, value in then.items()
    }


def _file_changes(storage: Storage, row: PlanRow) -> Iterator[Change]:
    """Yield the files that a design was made from and that have other bytes now."""
    columns = [name.removesuffix("_key") for name, key in row.items() if name.endswith("_key") and key]
    files = [
        (f"{name} ({row[f'{name}_key']})", row[f"{name}_key"], row[f"{name}_sha256"])
        for name in columns
        if name not in _OUTPUTS
    ]
    files += [
        (f"style ({style['key']})", style["key"], style["sha256"])
        for style in row.get("further_styles") or ()
    ]
    for what, key, sha256 in files:
        try:
            found = hashlib.sha256(storage.read(key)).hexdigest()
        except NotFound:
            found = ""
        if found != sha256:
            yield Change(what, sha256, found)


def _network_changes(storage: Storage, row: PlanRow, recipe: Recipe | None) -> Iterator[Change]:
    """Yield the trained networks whose weights are others now, or gone."""
    for model, planned in planned_weights(recipe, row).items() if recipe is not None else ():
        for style_id, sha256 in (("", planned.shared), *planned.styles):
            if not sha256:
                continue
            try:
                found = hashlib.sha256(read_model(storage, model, style_id).weights).hexdigest()
            except ModelUnknown:
                found = ""
            if found != sha256:
                yield Change(f"network ({weights_key(model, style_id)})", sha256, found)


def _terms_changes(storage: Storage, row: PlanRow) -> Iterator[Change]:
    """Yield what its licences say otherwise now; no pixel comes of it."""
    for name, was, now in terms_of_design(storage, row).changes:
        yield Change(name, was, now)


def _short(value: str) -> str:
    """Return a value for a line: digests by how they begin, what comes after them whole."""
    return plain(_DIGEST.sub(r"\1…", value))


def _recipe_change(row: PlanRow, now: str) -> Change:
    return Change(f"recipe {row['recipe']}", row["recipe_hash"], now)


def _engine_changes(
    row: PlanRow, data: bytes, recipe: Recipe | None, engine: PaintingEngine
) -> Iterator[Change]:
    """Yield what paints another way than then: engine, weights, device, code and packages."""
    networks = recipe.networks if recipe is not None else ()
    # Those of trained networks are files of the bucket: a design is painted with the planned ones or not.
    trained = str(row["weights_sha256"] or "").split("+")[len(networks) :]
    now = {
        "engine_version": engine.version,
        "weights_sha256": "+".join((*(engine.weights_sha256(network) for network in networks), *trained)),
        "device": engine.device_name,
        "precision": engine.precision,
        "git_revision": git_revision(),
    }
    for name, found in now.items():
        if row.get(name) and found and row[name] != found:
            yield Change(name, row[name], found)
    packages = environment()
    for name, version in environment_from(read_png_text(data).get(ENVIRONMENT_KEYWORD, "")).items():
        if packages.get(name) != version:
            yield Change(name, version, packages.get(name, ""))
