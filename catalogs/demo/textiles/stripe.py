"""A yarn-dyed shirting stripe: bands of unequal width, no two neighbours alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.studio.colour import linear
from catalogs.demo.studio.fields import Rng
from catalogs.demo.textiles.loom import threads_of, weave, yarn_dyed

THREADS = 360


def stripe(rng: Rng, size_px: int) -> NDArray[np.uint8]:
    """Weave the stripe, two repeats across."""
    ecru, ink, rust = linear("#efe6d2"), linear("#23395b"), linear("#b5532f")
    ochre, sky = linear("#d9a441"), linear("#8fb0c4")
    sett = [
        (ecru, 12), (ink, 34), (ecru, 4), (ink, 4), (ecru, 15), (rust, 14), (ecru, 9),
        (sky, 22), (ecru, 3), (sky, 3), (ecru, 13), (ochre, 8), (ecru, 4), (ink, 3), (ecru, 4),
        (ink, 13), (ecru, 15),
    ]  # fmt: skip
    cloth = weave(rng, size_px, THREADS, "rep")
    warp = threads_of(rng, sett, THREADS)
    weft = threads_of(rng, [(ecru * 0.96, 1)], THREADS, uneven=0.04)
    return yarn_dyed(cloth, warp, weft)
