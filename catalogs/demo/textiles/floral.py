"""A tossed floral: peonies, anemones, daisies, leaves and berries on a dark ground, printed on cotton."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.fields import Rng
from catalogs.demo.textiles.blooms import Place, anemone, daisy, leaf, peony, sprig
from catalogs.demo.textiles.loom import OVERSAMPLE, printed, weave
from catalogs.demo.textiles.press import Press, scattered

GROUND, LINE = "#1d2740", "#231a2e"
CORAL, BLUSH, OCHRE, CREAM = "#d65f4f", "#f2c4b3", "#e2a23f", "#f4e8d2"
MAUVE, LILAC, SAGE, MOSS, MINT = "#8d6f9e", "#d9c6df", "#7d9a7a", "#3f6b57", "#c4d6ae"


def floral(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Print the floral."""
    press = Press(size_px * OVERSAMPLE, GROUND)
    blooms = [0.150, 0.125, 0.150, 0.125, 0.105, 0.105, 0.125, 0.105, 0.105]
    fillers = [0.070] * 12 + [0.052] * 15 + [0.070] * 8 + [0.055] * 24 + [0.036] * 30
    spots = scattered(rng, blooms + fillers, gap=0.003, leaders=len(blooms))
    for x, y, size in spots:
        if size in (0.070, 0.055):
            _greenery(press, rng, Place(x, y, size * 1.2, rng.uniform(0, 2 * np.pi)))
        elif size >= 0.105:
            _collar(press, rng, x, y, size)
    for x, y, size in reversed(spots):
        place = Place(x, y, size, rng.uniform(0, 2 * np.pi))
        if size >= 0.125:
            ink, light = (CORAL, BLUSH) if size == 0.150 else (BLUSH, CREAM)
            peony(press, rng, place, ink=ink, light=light, line=LINE, heart=OCHRE)
        elif size == 0.105:
            anemone(press, rng, place, ink=MAUVE, light=LILAC, line=LINE, heart=LINE)
        elif size == 0.052:
            daisy(press, rng, place, ink=CREAM, light="#fffaf0", line=LINE, heart=OCHRE)
        elif size == 0.036:
            daisy(press, rng, place, ink=OCHRE, light=CREAM, line=LINE, heart=CORAL)
    return printed(weave(rng, size_px, 320, "plain"), press.picture(), rng, depth=0.45)


def _greenery(press: Press, rng: Rng, place: Place) -> None:
    if rng.uniform() < 0.25:
        sprig(press, rng, place, stem=SAGE, berry=CORAL if rng.uniform() < 0.5 else OCHRE, light=CREAM)
    else:
        ink, light = ((MOSS, SAGE), (SAGE, MINT), (MOSS, MINT))[int(rng.integers(3))]
        leaf(press, rng, place, ink=ink, light=light, line=LINE)


def _collar(press: Press, rng: Rng, x: float, y: float, size: float) -> None:
    # Leaves that look out from under a bloom, in a loose pair or three.
    start = rng.uniform(0, 2 * np.pi)
    for k in range(int(rng.integers(2, 4))):
        angle = start + k * rng.uniform(0.55, 0.8)
        reach = size * 1.02
        middle = (x + reach * float(np.sin(angle)), y - reach * float(np.cos(angle)))
        ink, light = ((MOSS, SAGE), (SAGE, MINT))[k % 2]
        leaf(press, rng, Place(*middle, 0.62 * size, angle), ink=ink, light=light, line=LINE)
