"""A wool houndstooth: four dark threads, four light, in warp and weft of a twill, under a rust overcheck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Rng
from catalogs.demo.textiles.loom import threads_of, weave, yarn_dyed

THREADS = 192


def houndstooth(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Weave the houndstooth, 24 teeth across, four lines of the overcheck."""
    dark, light, rust = linear("#2b2a2d"), linear("#e7dfce"), linear("#b4582c")
    sett = [*[(dark, 4), (light, 4)] * 5, (dark, 4), (rust, 4)]
    cloth = weave(rng, size_px, THREADS, "twill")
    warp = threads_of(rng, sett, THREADS, uneven=0.10)
    return yarn_dyed(cloth, warp, threads_of(rng, sett, THREADS, uneven=0.10))
