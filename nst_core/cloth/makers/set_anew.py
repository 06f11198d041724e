"""Motifs set on their textile's own grid in a new order, as evenly mixed as in the textile."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.own_grid import Grid
from nst_core.cloth.makers.own_repeat import Vectors
from nst_core.cloth.makers.scattering import Placed, Turn
from nst_core.cloth.makers.whole_repeats import fitted, generators

# Neighbours lie at most so many times as far off as the nearest.
BESIDE = 1.3
# A motif is drawn so many times more seldom for each neighbour that shows it.
SELDOMER = 4.0


def set_anew(grid: Grid, sheet: Sheet) -> list[Placed] | None:
    """Return a grid's motifs with their places on a tile, each as often as in the textile.

    Left to chance alone, one colour gathers in spots; never laid beside itself, four colours come out as
    regular as they were.

    Args:
        grid: of the textile, as it is seen on the tile.
        sheet: the tile.

    Returns:
        None where whole cells of the grid do not fill the tile without being deformed visibly.
    """
    linear = fitted(grid.shifts, sheet)
    if linear is None:
        return None
    random = np.random.default_rng([sheet.seed, 1])
    cells = _cells_on(sheet, linear, grid.shifts)
    slots = np.tile(np.arange(len(grid.motifs)), len(cells))
    away = (grid.middles - grid.middles[0]) @ np.linalg.inv(linear)
    middles = np.repeat(cells, len(grid.motifs), axis=0) + away[slots]
    # Where the grid is stretched, the tightest direction decides.
    scale = 1 / float(np.linalg.svd(linear, compute_uv=False)[0])
    beside = _neighbours(middles, sheet)
    left = np.bincount(slots, minlength=len(grid.motifs))
    lies = np.full(len(slots), -1)
    placed = []
    for slot in random.permutation(len(slots)):
        looks = grid.looks[slots[slot]]
        fit = np.unique([look.motif for look in looks])
        fit = fit[left[fit] > 0] if (left[fit] > 0).any() else fit
        seen = np.array([float((lies[beside[slot]] == motif).sum()) for motif in fit])
        often = np.maximum(left[fit], 1) * SELDOMER**-seen
        motif = int(random.choice(fit, p=often / often.sum()))
        lies[slot], left[motif] = motif, left[motif] - 1
        turns = [look.turn for look in looks if look.motif == motif]
        turn = turns[random.integers(len(turns))]
        place = (float(middles[slot, 0]), float(middles[slot, 1]))
        placed.append(Placed(grid.motifs[motif], Turn(turn.angle_deg, scale, turn.flipped), place))
    return placed


def _cells_on(sheet: Sheet, linear: Vectors, shifts: Vectors) -> Vectors:
    """Return ``(n, 2)``, where on a sheet each cell of a grid begins, px."""
    wanted = generators(sheet)
    counts = np.rint(wanted @ linear @ np.linalg.inv(shifts))
    reach = int(np.abs(counts).sum())
    steps = np.array(list(product(range(-reach, reach + 1), repeat=2)))
    # Modulo the sheet, in whole parts of its area: their names are exact.
    area = round(abs(float(np.linalg.det(counts))))
    shares = np.unique(np.rint(steps @ np.linalg.inv(counts) * area).astype(int) % area, axis=0)
    return np.asarray(shares / area @ wanted)


def _neighbours(middles: Vectors, sheet: Sheet) -> list[NDArray[np.intp]]:
    """Return which places of the endless cloth lie beside each."""
    wanted = generators(sheet)
    ways = middles[None] - middles[:, None]
    ways -= np.round(ways @ np.linalg.inv(wanted)) @ wanted
    far = np.linalg.norm(ways, axis=-1)
    far[np.arange(len(far)), np.arange(len(far))] = np.inf
    return [np.flatnonzero(row <= BESIDE * row.min()) for row in far]
