"""Off palette: how much of a tile has colours that its source has not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.lab import lab_of
from nst_core.garment.pixels import Image

# Beyond this distance in Lab a colour is another one to the eye, in any light.
FAR_LAB = 14.0
# Colours are looked at in cells of Lab of this side: a mean colour each.
SOURCE_CELL_LAB, TILE_CELL_LAB = 6.0, 3.0
# What covers less of a source is the softness of an edge, or JPEG's.
LEAST_SHARE = 0.0005


def off_palette(tile: Image, sources: Sequence[Image]) -> float:
    """Return the share of a tile whose colours lie more than 14 from all colours of its sources, in CIE Lab.

    The palette of a source is the mean colours of all cells of Lab that cover at least 0.05 % of it, so that
    a painting's every shade counts and no number of inks has to be guessed.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        sources: ``(h, w, 3)`` each, sRGB in [0, 1]: whose colours the tile may have, at least one.

    Returns:
        0 … 1: up to .03 is good.
    """
    palette = np.concatenate([_palette(source) for source in sources])
    colours, counts = _cells(tile, TILE_CELL_LAB)
    squares = (colours**2).sum(1)[:, None] - 2 * colours @ palette.T + (palette**2).sum(1)
    far = squares.min(axis=1) > FAR_LAB**2
    return float(counts[far].sum() / counts.sum())


def _palette(source: Image) -> NDArray[np.float64]:
    colours, counts = _cells(source, SOURCE_CELL_LAB)
    kept: NDArray[np.float64] = colours[counts >= min(LEAST_SHARE * counts.sum(), counts.max())]
    return kept


def _cells(picture: Image, side_lab: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the mean colour ``(n, 3)`` of each cell of Lab that has any, and how many px."""
    lab = lab_of(picture).reshape(-1, 3).astype(np.float64)
    rows = np.floor(lab / side_lab).astype(np.int64) + 64
    _, cell, counts = np.unique(rows @ (1, 256, 65536), return_inverse=True, return_counts=True)
    cell = cell.ravel()
    return np.stack([np.bincount(cell, lab[:, axis]) for axis in range(3)], axis=1) / counts[:, None], counts
