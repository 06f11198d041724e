"""Whole repeats of a textile's own on a sheet: how it is resized, and laid."""

from __future__ import annotations

from itertools import product

import numpy as np

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.own_repeat import OwnRepeat, Vectors, cells
from nst_core.garment.pixels import Image

# How far the repeat may be scaled, stretched in one direction more than in the other, and slanted.
MOST_SCALED, MOST_STRETCHED, MOST_SLANTED = 1.34, 1.21, 0.22
SLANT_COSTS, CROOKED_COSTS = 0.3, 3.0
# Threads that lie within so many degrees of the edge are meant to lie along it.
STRAIGHT_DEG = 12.0
# Directions that threads and stripes may have, in shifts.
THREADS = np.array([(1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (2, -1), (1, 2), (1, -2)], float)


def generators(sheet: Sheet) -> Vectors:
    """Return the two shifts, rows of (down, right) in px, that lay a sheet's endless cloth onto itself."""
    height, width = sheet.height_px, sheet.width_px
    if sheet.repeat == "half-drop":
        return np.array([[height, 0], [height / 2, width]], float)
    if sheet.repeat == "half-brick":
        return np.array([[height, width / 2], [0, width]], float)
    return np.array([[height, 0], [0, width]], float)


def fitted(shifts: Vectors, sheet: Sheet) -> Vectors | None:
    """Return the linear map from a sheet to a textile after which the textile's repeats fill the sheet's.

    Of all whole numbers of repeats the ones that deform the textile least are taken.

    Args:
        shifts: ``(2, 2)``, the textile's own.
        sheet: the tile wanted.

    Returns:
        ``(2, 2)``, to be multiplied from the right with rows of (down, right); None where the textile
        would have to be scaled or stretched visibly.
    """
    wanted = generators(sheet)
    about = np.rint(wanted @ np.linalg.inv(shifts))
    near = [np.array(step, float) for step in product((-2, -1, 0, 1, 2), repeat=2)]
    best, least = None, np.inf
    for first, second in product(near, near):
        counts = about + np.stack([first, second])
        if abs(np.linalg.det(counts)) < 0.5:
            continue
        linear = np.linalg.inv(wanted) @ counts @ shifts
        large, small = np.linalg.svd(linear, compute_uv=False)
        scale = float(np.sqrt(large * small))
        slant = float(np.abs(linear / scale - np.eye(2)).max())
        if large / small > MOST_STRETCHED or max(scale, 1 / scale) > MOST_SCALED or slant > MOST_SLANTED:
            continue
        cost = float(np.log(large / small) + 0.5 * abs(np.log(scale))) + SLANT_COSTS * slant
        cost += CROOKED_COSTS * _crookedness(shifts, linear)
        if cost < least:
            best, least = linear, cost
    return best


def _crookedness(shifts: Vectors, linear: Vectors) -> float:
    """Return how far threads that were nearly straight are from it on the sheet, as sines of the angles."""
    threads = THREADS @ shifts
    laid = threads @ np.linalg.inv(linear)
    before, after = (np.abs(both).min(axis=1) / np.linalg.norm(both, axis=1) for both in (threads, laid))
    return float(after[before < np.sin(np.deg2rad(STRAIGHT_DEG))].max(initial=0))


def laid_over(
    textile: Image, own: OwnRepeat, linear: Vectors, sheet: Sheet, *, times: tuple[float, float] = (1.0, 1.0)
) -> Image:
    """Return a tile of whole repeats of a textile, all of them one cell of it.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].
        own: how it repeats.
        linear: from :func:`fitted`.
        sheet: the tile wanted.
        times: how many times as high and as wide the sheet is as the one whose corner the cloth has in its
            own: the middle of a px there is not that of one here.

    Returns:
        ``(H, W, 3)``, float32 in [0, 1].
    """
    places = np.moveaxis(np.indices((sheet.height_px, sheet.width_px), np.float64), 0, -1)
    places += 0.5 - 0.5 * np.array(times)
    return np.clip(cells(textile, own.shifts, places @ linear), 0, 1)
