"""Novelty: how unlike its source a tile is, piece by piece."""

from __future__ import annotations

import numpy as np

from nst_core.scoring.tile.likeness import Likeness


def novelty(like: Likeness) -> float | None:
    """Return 1 - the best normalised cross-correlation of a tile's pieces with their source, in the mean.

    Pieces are discs of an eighth of the tile's side, sought at all places of the source in two flips and
    eight rotations. Plain ground is left out.

    Args:
        like: what :func:`likeness` found.

    Returns:
        0 … 1, medians of up to 34 textiles: .04 repeated as it is, .10 quilted, .19 its motifs tossed; .2 to
        .5 for another textile, more for noise; None for a plain tile.
    """
    if like.plain.all():
        return None
    best = np.max([turn.best for turn in like.turns], axis=0)
    return float(np.clip(1 - best[~like.plain].mean(), 0, 1))
