"""Colours that a source does not have, drawn to those it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.lab import lab_of, picture_of
from nst_core.garment.pixels import Image, floats

# The source's colours are the means of cells of Lab of this side that cover at least so much of it.
CELL, LEAST_SHARE = 8.0, 0.001
# The picture's colours are moved cell by cell, and between cells evenly.
STEP = 4.0
# ΔE: up to the first a colour is the source's own, from the second it is drawn all the way.
NEAR, FAR = 6.0, 14.0
# Of colours about equally near, all count: neighbouring colours stay neighbours.
SOFT = 6.0


def within(picture: Image, source: Image) -> Image:
    """Return a picture whose colours that lie far from all of a source's are drawn to its nearest ones.

    A smooth map of colours: gradients stay gradients, and nothing dithers.

    Args:
        picture: ``(H, W, 3)``, sRGB in [0, 1].
        source: ``(h, w, 3)``, likewise.

    Returns:
        ``(H, W, 3)``, sRGB in [0, 1], float32.
    """
    palette = _palette(lab_of(source))
    lab = lab_of(picture)
    low = np.floor(lab.min(axis=(0, 1)) / STEP)
    counts = np.ceil(lab.max(axis=(0, 1)) / STEP).astype(int) - low.astype(int) + 1
    knots = (np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1) + low) * STEP
    moves = _moves(knots.reshape(-1, 3), palette).reshape(*counts, 3)
    return picture_of(floats(lab + _between(moves, lab / STEP - low)))


def _palette(lab: Image) -> NDArray[np.float64]:
    colours = lab.reshape(-1, 3).astype(np.float64)
    cells = np.floor(colours / CELL).astype(np.int64) + 64
    _, cell, sizes = np.unique(cells @ (1, 256, 65536), return_inverse=True, return_counts=True)
    cell = cell.ravel()
    means = np.stack([np.bincount(cell, colours[:, axis]) for axis in range(3)], axis=1) / sizes[:, None]
    kept: NDArray[np.float64] = means[sizes >= min(LEAST_SHARE * len(colours), sizes.max())]
    return kept


def _moves(colours: NDArray[np.float64], palette: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each colour ``(n, 3)`` moves."""
    square = (colours**2).sum(1)[:, None] - 2 * colours @ palette.T + (palette**2).sum(1)
    least = np.maximum(square.min(axis=1), 0)
    weight = np.exp((least[:, None] - square) / (2 * SOFT**2))
    towards = weight @ palette / weight.sum(axis=1, keepdims=True) - colours
    share = np.clip((np.sqrt(least) - NEAR) / (FAR - NEAR), 0, 1)
    return np.asarray(share[:, None] * towards)


def _between(values: NDArray[np.float64], places: Image) -> NDArray[np.float64]:
    """Return values of a grid ``(a, b, c, 3)`` at places ``(H, W, 3)`` between its knots."""
    first = np.minimum(np.floor(places).astype(int), np.array(values.shape[:3]) - 2).clip(0)
    rest = places - first
    result = np.zeros(places.shape)
    for corner in np.ndindex(2, 2, 2):
        at = np.minimum(first + corner, np.array(values.shape[:3]) - 1)
        share = np.prod(np.where(corner, rest, 1 - rest), axis=-1, keepdims=True)
        result += share * values[at[..., 0], at[..., 1], at[..., 2]]
    return result
