"""Best and worst: one number for a design, of the measures that told good from bad.

SSIM and GMD alone choose wrongly: garments recoloured with a scrambled motif won on both. Four measures tell
what an eye sees, each between a bad and a good anchor, measured on 22 garments:

- ``motif``: .38 where the motif is scrambled, .80 where it lies there untouched;
- ``relief``: .10 looks pasted on, from .45 the folds are as plain as in the photograph;
- ``speckle``: between .85 and 1.05 the grain is the cloth's; blurred is .60, noise 1.25;
- ``gmd_heldout``: the style on layers that were not optimised; .57 is another cloth, .20 the same (``gmd``,
  which the optimiser has seen, only where it is missing).

They are multiplied, so that a design is as good as its worst side: no texture makes up for a lost motif.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RANKED_BY = ("motif", "relief", "speckle", "gmd_heldout", "gmd")
_ANCHORS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "motif": ((0.38, 0.80), (0, 1)),
    "relief": ((0.10, 0.45), (0, 1)),
    "speckle": ((0.60, 0.85, 1.05, 1.25), (0, 1, 1, 0)),
    "gmd_heldout": ((0.20, 0.57), (1, 0)),
    "gmd": ((0.20, 0.57), (1, 0)),
}
# A measure at its bad anchor sinks a design, and still lets two such designs be told apart by the others.
_FLOOR = 0.02


@dataclass(frozen=True)
class Measure:
    """A score as a person reads it: what it says about the cloth, and where a night's median should lie."""

    name: str
    says: str
    low: float | None = None
    high: float | None = None

    @property
    def target(self) -> str:
        """Return the target in words, "" where there is none."""
        if self.low is not None and self.high is not None:
            return f"{_short(self.low)} to {_short(self.high)}"
        if self.low is not None:
            return f"{_short(self.low)} or more"
        return f"{_short(self.high)} or less" if self.high is not None else ""

    def met_by(self, value: float) -> bool:
        """Say whether a median meets the target."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


MEASURES = (
    Measure("motif", "how much of the motif is recognisable: 1 is a copy, .38 scrambled", low=0.60),
    Measure("relief", "how visible the garment's folds are", low=0.30),
    Measure("speckle", "grain over the cloth's own: above 1.1 is noise", low=0.85, high=1.05),
    Measure("gmd_heldout", "distance from the textile on layers that were not optimised", high=0.29),
    Measure("gmd", "distance from the textile in the garment", high=0.27),
    Measure("gmd_image", "distance from the textile over the whole picture"),
    Measure("ssim", "likeness to the photograph, which grows with an untouched background"),
    Measure("ssim_garment", "likeness to the photograph in the garment only"),
    Measure("tv", "total variation of the picture"),
)


def rank_scores(rows: pa.Table) -> Numbers:
    """Return the rank score of each row, 0 (worst) to 100 (best); NaN where no measure is there.

    A missing or infinite measure is left out and the others count for it: designs of recipes without a
    garment have no relief.

    Args:
        rows: with the columns ``RANKED_BY``.
    """
    parts = {name: _part(name, _numbers(rows.column(name))) for name in RANKED_BY}
    style = np.where(np.isnan(parts["gmd_heldout"]), parts["gmd"], parts["gmd_heldout"])
    four = np.stack([parts["motif"], parts["relief"], parts["speckle"], style])
    there = ~np.isnan(four)
    logs = np.log(np.where(there, np.maximum(four, _FLOOR), 1.0))
    count = there.sum(axis=0)
    mean = np.exp(logs.sum(axis=0) / np.maximum(count, 1))
    return np.where(count > 0, 100 * mean, np.nan)


def best_first(rows: pa.Table) -> NDArray[np.int64]:
    """Return the positions of the rows that have a rank score, best first; equal ones by design id."""
    ranks = rank_scores(rows)
    ids = np.asarray(rows.column("design_id").to_pylist(), dtype=str)
    order = np.lexsort((ids, -np.nan_to_num(ranks)))
    return np.asarray(order[~np.isnan(ranks[order])], np.int64)


def rank_score(row: Mapping[str, Any]) -> float | None:
    """Return the rank score of one row of a manifest, None where no measure is there."""
    table = pa.table({name: pa.array([row.get(name)], pa.float64()) for name in RANKED_BY})
    score = float(rank_scores(table)[0])
    return None if np.isnan(score) else score


def _part(name: str, values: Numbers) -> Numbers:
    at, worth = _ANCHORS[name]
    return np.where(np.isfinite(values), np.interp(values, at, worth), np.nan)


def _numbers(column: pa.ChunkedArray) -> Numbers:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _short(value: float | None) -> str:
    return f"{value:.2f}".removeprefix("0")
