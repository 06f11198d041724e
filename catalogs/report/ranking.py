"""Best and worst: one number for a design, of the measures that told good from bad.

SSIM and GMD alone choose wrongly: garments recoloured with a scrambled motif won on both. Four measures tell
what an eye sees, each between a bad and a good anchor, measured on 22 garments:

- ``motif``: .38 where the motif is scrambled, .80 where it lies there untouched;
- ``relief``: .10 looks pasted on, from .45 the folds are as plain as in the photograph;
- ``speckle``: between .85 and 1.05 the grain is the cloth's; blurred is .60, noise 1.25;
- ``gmd_heldout``: the style on layers that were not optimised; .57 is another cloth, .20 the same (``gmd``,
  which the optimiser has seen, only where it is missing).

Yardage has no folds, and is meant to be unlike what it was made of: its tiles have measures of their own, by
their maker, with the gates that the engine chooses among layouts by between the anchors. A join that shows
(flag ``seam``) counts as the worst seam there is.

They are multiplied, so that a design is as good as its worst side: no texture makes up for a lost motif.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.lookup import as_ascii
from catalogs.report.measures import ARTWORK, OWN_MOTIFS, TWO_TEXTILES
from catalogs.report.yardage import are_yardage

Numbers = NDArray[np.float64]
Anchors = tuple[tuple[float, ...], tuple[float, ...]]

_GARMENT: Mapping[str, Anchors] = {
    "motif": ((0.38, 0.80), (0, 1)),
    "relief": ((0.10, 0.45), (0, 1)),
    "speckle": ((0.60, 0.85, 1.05, 1.25), (0, 1, 1, 0)),
    "gmd_heldout": ((0.20, 0.57), (1, 0)),
    "gmd": ((0.20, 0.57), (1, 0)),
}
_ANY_TILE: dict[str, Anchors] = {
    "seam": ((0.70, 0.97, 1.03, 1.50), (0, 1, 1, 0)),
    "banding": ((2.0, 8.0), (1, 0)),
}
_CHROMA: dict[str, Anchors] = {"chroma_speckle": ((1.0, 2.0), (1, 0))}
# A tile that is just at all its gates ranks about 70.
_TILE: Mapping[tuple[str, ...], Mapping[str, Anchors]] = {
    OWN_MOTIFS: {
        **(_ANY_TILE | _CHROMA),
        "max_copy": ((0.02, 0.15), (1, 0)),
        "gmd_heldout": ((0.12, 0.45), (1, 0)),
    },
    ARTWORK: {**_ANY_TILE, "legibility": ((0.05, 0.40), (0, 1)), "off_palette": ((0.0, 0.10), (1, 0))},
    TWO_TEXTILES: {**(_ANY_TILE | _CHROMA), "legibility": ((0.10, 0.60), (0, 1))},
}
_TILE_SCORES = tuple(dict.fromkeys(name for anchors in _TILE.values() for name in anchors))
SEAM = "seam"
RANKED_BY = tuple(dict.fromkeys((*_GARMENT, *_TILE_SCORES)))
TOLD_BY = ("repeat", "content_id", "maker")
# A measure at its bad anchor sinks a design, and still lets two such designs be told apart by the others.
_FLOOR = 0.02


def rank_scores(rows: pa.Table) -> Numbers:
    """Return the rank score of each row, 0 (worst) to 100 (best); NaN where no measure is there.

    A missing or infinite measure is left out and the others count for it: designs of recipes without a
    garment have no relief.

    Args:
        rows: with the columns ``RANKED_BY``, ``TOLD_BY`` and ``flags``.
    """
    scores = {name: _numbers(rows.column(name)) for name in RANKED_BY}
    ranks = _ranks(_garment_parts(scores))
    tiles = are_yardage(rows)
    if not tiles.any():
        return ranks
    makers, visible = rows.column("maker").combine_chunks(), _flagged(rows, SEAM)
    for group, anchors in _TILE.items():
        here = tiles & _are_one_of(makers, group)
        if here.any():
            parts = {name: _part(scores[name], between) for name, between in anchors.items()}
            parts[SEAM] = np.where(visible, 0.0, parts[SEAM])
            ranks = np.where(here, _ranks(np.stack(list(parts.values()))), ranks)
    return ranks


def best_first(rows: pa.Table) -> NDArray[np.int64]:
    """Return the positions of the rows that have a rank score, best first; equal ones by design id."""
    ranks = rank_scores(rows)
    ids = as_ascii(rows.column("design_id"))
    order = np.lexsort((ids, -np.nan_to_num(ranks)))
    return np.asarray(order[~np.isnan(ranks[order])], np.int64)


def rank_score(row: Mapping[str, Any]) -> float | None:
    """Return the rank score of one row of a manifest, None where no measure is there."""
    numbers = {name: pa.array([row.get(name)], pa.float64()) for name in RANKED_BY}
    words = {name: pa.array([row.get(name)], pa.string()) for name in TOLD_BY}
    flags = pa.array([list(row.get("flags") or ())], pa.list_(pa.string()))
    score = float(rank_scores(pa.table({**numbers, **words, "flags": flags}))[0])
    return None if np.isnan(score) else score


def _garment_parts(scores: Mapping[str, Numbers]) -> Numbers:
    parts = {name: _part(scores[name], between) for name, between in _GARMENT.items()}
    style = np.where(np.isnan(parts["gmd_heldout"]), parts["gmd"], parts["gmd_heldout"])
    return np.stack([parts["motif"], parts["relief"], parts["speckle"], style])


def _ranks(parts: Numbers) -> Numbers:
    """Return the geometric mean of parts ``(measures, rows)`` in [0, 1], times 100; NaN where all are."""
    there = ~np.isnan(parts)
    logs = np.log(np.where(there, np.maximum(parts, _FLOOR), 1.0))
    count = there.sum(axis=0)
    mean = np.exp(logs.sum(axis=0) / np.maximum(count, 1))
    return np.where(count > 0, 100 * mean, np.nan)


def _part(values: Numbers, anchors: Anchors) -> Numbers:
    at, worth = anchors
    return np.where(np.isfinite(values), np.interp(values, at, worth), np.nan)


def _are_one_of(words: pa.Array, wanted: tuple[str, ...]) -> NDArray[np.bool_]:
    found = pc.is_in(words, value_set=pa.array(wanted, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)


def _flagged(rows: pa.Table, flag: str) -> NDArray[np.bool_]:
    return np.array([flag in (flags or ()) for flags in rows.column("flags").to_pylist()], np.bool_)


def _numbers(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
