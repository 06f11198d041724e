"""A trained network beside an optimised design: the same garments and textiles, the same scores, medians."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from catalogs.storage import Storage
from configs.loading import load_recipe
from configs.model_card import Compared
from configs.recipe import Recipe
from flows.patience import Patience
from flows.shards.shard import PaintingEngine
from flows.training.asked import Piece
from nst_core.design import DesignJob
from nst_core.errors import EngineError, TrainingImpossible
from nst_core.networks import NetworkFiles

SCORES = ("ssim", "gmd", "gmd_heldout", "motif", "relief", "speckle")
MOST_GARMENTS = 6
# A network falls short with a held-out Gram distance of more than so many times the optimised design's; its
# SSIM is to be no lower.
MOST_GMD = 1.25
# Closer than this two medians are called equal.
EVEN = 5e-4


@dataclass(frozen=True)
class Style:
    """A textile that is painted with: its id, file and bytes."""

    style_id: str
    name: str
    data: bytes


def compare(
    piece: Piece,
    files: NetworkFiles,
    garments: Sequence[Mapping[str, Any]],
    styles: Sequence[Style],
    *,
    storage: Storage,
    engine: PaintingEngine,
    patience: Patience,
    should_stop: Callable[[], bool],
) -> Compared:
    """Paint garments held out with the network's recipe and with that of ``train.against``.

    Both at the side that the network was trained at, without widths on cloth, so that both see the textiles
    at one scale. Of several textiles each garment wears the next one.

    Raises:
        TrainingImpossible: ``not_compared``, no garment could be painted both ways.
        Stopped: ``should_stop`` said so.
    """
    against = load_recipe(piece.part.train.against)
    jobs = list(_jobs(piece, files, garments, styles, storage, patience))
    ours = _painted(jobs, piece.recipe, engine, should_stop)
    theirs = _painted(jobs, against, engine, should_stop)
    both = [place for place in ours if place in theirs and isinstance(ours[place], dict)]
    both = [place for place in both if isinstance(theirs[place], dict)]
    if not both:
        reasons = [str(one) for one in (*ours.values(), *theirs.values()) if isinstance(one, EngineError)]
        raise TrainingImpossible(
            f"no garment held out could be painted both by {piece.recipe.name} and by {against.name}: "
            f"{(reasons or ['there are none'])[0]}",
            code="not_compared",
        )
    return Compared(
        against=against.name,
        garments=len(both),
        size_px=piece.part.train.picture_px,
        ours=_medians([ours[place] for place in both]),
        theirs=_medians([theirs[place] for place in both]),
    )


def falls_short(found: Compared) -> tuple[str, ...]:
    """Return what the network does worse than asked, each a sentence."""
    told = []
    ours, theirs = found.ours.get("gmd_heldout"), found.theirs.get("gmd_heldout")
    if ours is not None and theirs is not None and ours > MOST_GMD * theirs:
        told.append(
            f"The held-out Gram distance of {ours:.3f} is {ours / theirs:.2f} times that of {found.against} "
            f"({theirs:.3f}); at most {MOST_GMD:g} times is asked."
            if theirs
            else f"The held-out Gram distance is {ours:.3f}, that of {found.against} 0."
        )
    ours, theirs = found.ours.get("ssim"), found.theirs.get("ssim")
    if ours is not None and theirs is not None and ours < theirs - EVEN:
        told.append(f"The SSIM of {ours:.3f} is lower than that of {found.against} ({theirs:.3f}).")
    return tuple(told)


def _jobs(
    piece: Piece,
    files: NetworkFiles,
    garments: Sequence[Mapping[str, Any]],
    styles: Sequence[Style],
    storage: Storage,
    patience: Patience,
) -> Iterator[DesignJob]:
    for place, row in enumerate(garments[:MOST_GARMENTS]):
        style = styles[place % len(styles)]
        key, mask_key = str(row["image_key"]), str(row.get("mask_key") or "")
        yield DesignJob(
            design_id=f"held out {place}",
            content=patience.call(lambda key=key: storage.read(key)),  # type: ignore[misc]
            content_name=key,
            style=style.data,
            style_name=style.name,
            size_px=piece.part.train.picture_px,
            seed=piece.part.train.seed,
            mask=patience.call(lambda key=mask_key: storage.read(key)) if mask_key else None,  # type: ignore[misc]
            mask_name=mask_key or None,
            networks=((piece.model, files),),
        )


Found = dict[str, float | None] | EngineError


def _painted(
    jobs: Sequence[DesignJob], recipe: Recipe, engine: PaintingEngine, should_stop: Callable[[], bool]
) -> dict[int, Found]:
    """Return the scores of each design by its place, or why it has none."""
    found: dict[int, Found] = {}
    for place, job in enumerate(jobs):
        try:
            [done] = engine.paint(
                [engine.prepare(job, recipe)], recipe, should_stop=should_stop, on_step=None
            )
        except EngineError as error:
            if error.code == "stopped":
                raise
            done = error
        if isinstance(done, EngineError):
            found[place] = done
        else:
            found[place] = {name: getattr(done.scores, name) for name in SCORES}
    return found


def _medians(rows: Sequence[Any]) -> dict[str, float | None]:
    medians: dict[str, float | None] = {}
    for name in SCORES:
        known = [row[name] for row in rows if row[name] is not None]
        medians[name] = round(median(known), 4) if known else None
    return medians
