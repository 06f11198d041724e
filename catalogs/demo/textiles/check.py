"""A tartan in two-and-two twill: where bands cross, the threads mix as they do on the loom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Rng
from catalogs.demo.textiles.loom import threads_of, weave, yarn_dyed

THREADS = 240


def check(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Weave the tartan: a symmetric sett, the same in warp and weft, twice across."""
    green, navy, wine = linear("#2f5a4a"), linear("#1d2b4a"), linear("#8c2f39")
    straw, cream = linear("#dcb35c"), linear("#ece3cf")
    half = [
        (navy, 9),
        (green, 3),
        (navy, 3),
        (green, 14),
        (straw, 2),
        (green, 4),
        (wine, 15),
        (cream, 2),
        (wine, 3),
    ]
    sett = [*half, (wine, 4), *[(colour, number) for colour, number in reversed(half)], (navy, 6)]
    cloth = weave(rng, size_px, THREADS, "twill")
    return yarn_dyed(cloth, threads_of(rng, sett, THREADS), threads_of(rng, sett, THREADS))
