"""Which ink each place takes: the nearest colour, as far as its neighbours on the cloth agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.garment.pixels import Image, Rgb, floats
from nst_core.inks.look import look_of, squared
from nst_core.inks.surroundings import EIGHT, with_margin

InkMap = NDArray[np.uint8]

# Distances in look that are noise in one ink, and that are an edge across which nobody need agree.
NOISE, EDGE = 6.0, 12.0
AGREEMENT, MOST_COST = 0.6, 30.0
ROUNDS = 10
# Working memory is some twelve planes of this many values, whatever the picture.
_VALUES_AT_ONCE = 2**23


def lay_inks(rgb: Rgb, inks: Rgb, repeat: Repeat | None) -> InkMap:
    """Return which ink each place of a picture takes.

    A Potts model (the squared distance to an ink's colour, and a price for each pair of neighbours with
    unlike inks that falls where the picture has an edge) by ten rounds of mean field, cooled on the way.
    All places move at once and each looks no further than its neighbours, so the map of a rolled tile is the
    rolled map, bit for bit, and a band of rows may be worked out by itself.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        inks: ``(n, 3)`` uint8, 2 or more.
        repeat: how it meets its neighbours; None: not at all.

    Returns:
        ``(H, W)`` uint8, 0..n-1.

    Source:
        Krähenbühl, Koltun (2011), "Efficient inference in fully connected CRFs with Gaussian edge
        potentials", eq. 4 and 5; here only the eight neighbours are connected.
    """
    height, width = rgb.shape[:2]
    grown = with_margin(rgb, repeat, ROUNDS)
    found = np.empty((height, width), np.uint8)
    rows = max(1, _VALUES_AT_ONCE // (len(inks) * grown.shape[1]) - 2 * ROUNDS)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        shares = _agreed(look_of(grown[top : bottom + 2 * ROUNDS]), look_of(inks))
        found[top:bottom] = shares[:, ROUNDS:-ROUNDS, ROUNDS:-ROUNDS].argmax(axis=0)
    return found


def nearest_inks(rgb: Rgb, inks: Rgb) -> InkMap:
    """Return for each place of a picture the ink that looks nearest, whatever its neighbours take.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        inks: ``(n, 3)`` uint8.

    Returns:
        ``(H, W)`` uint8, 0..n-1.
    """
    found = np.empty(rgb.shape[:2], np.uint8)
    colours = look_of(inks)
    rows = max(1, _VALUES_AT_ONCE // (len(inks) * rgb.shape[1]))
    for top in range(0, len(rgb), rows):
        look = look_of(rgb[top : top + rows])
        found[top : top + rows] = np.stack([squared(look - ink) for ink in colours]).argmin(axis=0)
    return found


def _agreed(look: Image, inks: Image) -> Image:
    """Return what share each ink has of each place ``(n, h, w)``; ROUNDS px at the border are not of use."""
    costs = floats(np.stack([squared(look - ink) for ink in inks]) / np.float32(2 * NOISE**2))
    costs -= costs.min(axis=0)
    np.minimum(costs, np.float32(MOST_COST), out=costs)
    ties = [_ties(look, down, right) for down, right in EIGHT]
    shares = _soft(-costs)
    for turn in range(ROUNDS):
        support = np.zeros_like(shares)
        for (down, right), tie in zip(EIGHT, ties, strict=True):
            here, there = _overlap(shares.shape[1:], down, right)
            support[:, *here] += tie * shares[:, *there]
        heat = max(0.25, 1 - 0.1 * turn)
        shares = _soft(floats((AGREEMENT * support - costs) / heat))
    return shares


def _ties(look: Image, down: int, right: int) -> Image:
    here, there = _overlap(look.shape[:2], down, right)
    apart = squared(look[there] - look[here]) / np.float32(2 * EDGE**2)
    return floats(np.exp(-apart) / np.float32(np.hypot(down, right)))


def _overlap(
    shape: tuple[int, ...], down: int, right: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where a plane has a neighbour so far off, and where those neighbours are."""
    spans = [
        (slice(max(0, -step), side - max(0, step)), slice(max(0, step), side - max(0, -step)))
        for step, side in zip((down, right), shape, strict=True)
    ]
    return (spans[0][0], spans[1][0]), (spans[0][1], spans[1][1])


def _soft(values: Image) -> Image:
    values = values - values.max(axis=0)
    np.exp(values, out=values)
    # Summed one by one: a reduction may add in another order for another shape.
    total = values[0].copy()
    for plane in values[1:]:
        total += plane
    return floats(values / total)
