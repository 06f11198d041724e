"""How well previews foretell finals: what makes a funnel worth having, or not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.manifest import SCORES
from catalogs.report.ranking import RANKED_BY, TOLD_BY, rank_scores

RANK = "rank"
# Fewer pairs tell nothing: with four, one correlation of all in 24 orders is 1.
LEAST_PAIRS = 10
NEEDED = tuple(
    dict.fromkeys(("design_id", "follows", "stage", "colorway", "flags", *SCORES, *RANKED_BY, *TOLD_BY))
)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """How well one score of previews tells the order of their finals.

    Attributes:
        score: its name; ``rank`` is the one that designs are chosen by.
        pairs: finished finals whose preview has the score, too.
        rho: Spearman's rank correlation, -1 to 1; None where there are fewer than two different values.
        low, high: within which it would lie 95 times of 100 for other pairs of this sort; None of few pairs.
    """

    score: str
    pairs: int
    rho: float | None
    low: float | None
    high: float | None


def predictions(ok: pa.Table) -> list[Prediction]:
    """Return how well each score of the previews foretells that of the finals.

    A fallback stands for its preview where a final was made after it. Scores that no pair has are left out.

    Args:
        ok: the finished rows of a manifest, with the columns ``NEEDED``.
    """
    before, after = pairs_of(ok)
    found = []
    for score, values in _scores(ok).items():
        there = np.isfinite(values[before]) & np.isfinite(values[after])
        if there.any():
            found.append(_predicted(score, values[before][there], values[after][there]))
    return found


def pairs_of(ok: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of the designs that were promoted and of their finals, in their own colours."""
    own = pc.equal(pc.fill_null(ok.column("colorway"), ""), "")
    is_final = pc.and_(pc.fill_null(pc.equal(ok.column("stage"), "final"), False), own)
    finals = np.flatnonzero(is_final.to_numpy(zero_copy_only=False))
    followed = ok.column("follows").take(pa.array(finals)).combine_chunks()
    at = pc.index_in(followed, value_set=ok.column("design_id").combine_chunks())
    there = pc.is_valid(at).to_numpy(zero_copy_only=False)
    return np.asarray(at.drop_null(), np.int64), finals[there]


def spearman(some: Numbers, others: Numbers) -> float | None:
    """Return Spearman's rank correlation of pairs: Pearson's of their ranks, equal values sharing a mean.

    None where it has no meaning: fewer than two pairs, or one side all equal.

    Source:
        Spearman (1904), "The proof and measurement of association between two things".
    """
    if len(some) < 2:
        return None
    first, second = _ranks(some), _ranks(others)
    first, second = first - first.mean(), second - second.mean()
    lengths = math.sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / lengths if lengths > 0 else None


def _predicted(score: str, before: Numbers, after: Numbers) -> Prediction:
    rho, count = spearman(before, after), len(before)
    low, high = (None, None) if rho is None or count < LEAST_PAIRS else _interval(rho, count)
    return Prediction(score, count, rho, low, high)


def _interval(rho: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval by Fisher's z with the variance for ranks, 1.06 / (n - 3).

    Source:
        Fieller, Hartley, Pearson (1957), "Tests for rank correlation coefficients. I".
    """
    if abs(rho) >= 1:
        return rho, rho
    z, half = math.atanh(rho), 1.96 * math.sqrt(1.06 / (count - 3))
    return math.tanh(z - half), math.tanh(z + half)


def _ranks(values: Numbers) -> Numbers:
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    last: Numbers = np.cumsum(counts).astype(np.float64)
    means: Numbers = last - (counts - 1) / 2
    return means[at.reshape(-1)]


def _scores(ok: pa.Table) -> dict[str, Numbers]:
    columns = {name: ok.column(name).cast(pa.float64()) for name in SCORES}
    plain = {
        name: np.asarray(one.to_numpy(zero_copy_only=False), np.float64) for name, one in columns.items()
    }
    return {RANK: rank_scores(ok), **plain}
