"""Seigaiha: fans of waves in rows, each fan brushed in its own depth of teal, a few in gold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Field, Rng, grid, noise
from catalogs.demo.textiles.loom import OVERSAMPLE, printed, weave

DEEP, TEAL, FOAM = linear("#143c4a"), linear("#2f858b"), linear("#d9e8df")
GOLD, SAND = linear("#c8923a"), linear("#f3ead6")
ACROSS, ROWS = 5, 20
RINGS = (0.18, 0.28, 0.42, 0.52, 0.66, 0.76, 0.90, 1.0)


def waves(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Print the waves: five fans across, twenty rows, each row lying over the one above it."""
    side = size_px * OVERSAMPLE
    rows, columns = grid((side, side))
    # A brush is not a compass.
    x = columns / side + 0.0011 * noise(rng, (side, side), side / 40)
    y = rows / side + 0.0011 * noise(rng, (side, side), side / 40)
    tones = rng.uniform(0, 1, (ROWS, ACROSS)).astype(np.float32)
    gilt = rng.uniform(0, 1, (ROWS, ACROSS)) < 0.15
    picture = np.empty((side, side, 3), np.float32)
    radius = 0.5 / ACROSS
    reach = int(np.ceil(radius * ROWS))
    top = np.floor(y * ROWS)
    for step in range(-reach, reach + 1):
        row = top + step
        shift = 0.5 * np.mod(row, 2)
        column = np.rint(x * ACROSS - shift)
        far = np.hypot(x - (column + shift) / ACROSS, y - row / ROWS) / radius
        place = (np.mod(row, ROWS).astype(int), np.mod(column, ACROSS).astype(int))
        fan = _fan(far, tones[place], gilt[place])
        picture = np.where((far < 1)[..., None], fan, picture)
    brushed = np.exp(0.05 * noise(rng, (side, side), side / 60, side / 400))
    return printed(
        weave(rng, size_px, 320, "plain"),
        np.asarray(picture * brushed[..., None], np.float32),
        rng,
        depth=0.5,
    )


def _fan(far: Field, tone: Field, gilt: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Field:
    share = tone[..., None]
    sea = DEEP * (1 - share) + TEAL * share
    ink = np.where(gilt[..., None], GOLD * (1 - 0.3 * share) + SAND * 0.3 * share, sea)
    pale = SAND * (1 - 0.7 * share) + FOAM * 0.7 * share
    inked = np.searchsorted(np.array(RINGS, np.float32), far) % 2 == 1
    return np.asarray(np.where(inked[..., None], ink, pale), np.float32)
