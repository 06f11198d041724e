"""One cloth of several: patches of each, their areas as the shares say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nst_core.garment.pixels import Image, blurred, floats

# Patches a few motifs wide: finer ones would cut motifs up, broader ones leave a sleeve without its second.
PATCH_SIGMA = 1 / 14
CUT_PX = 1.0


def patchwork(cloths: Sequence[Image], shares: Sequence[float], *, seed: int) -> Image:
    """Return patches of cloths joined edge to edge.

    The mean of their Gram matrices, weighted by the shares, is that of the patchwork: it is what
    textures mixed by weight look like, and the optimisation finds its targets met.

    Args:
        cloths: ``(h, w, 3)`` each, sRGB in [0, 1]; the common upper left part is used.
        shares: of the area, above 0, summing to 1.
        seed: how the patches fall.

    Returns:
        ``(H, W, 3)``, float32 in [0, 1], H and W the least of all.
    """
    height, width = (min(cloth.shape[axis] for cloth in cloths) for axis in (0, 1))
    random = np.random.default_rng(seed)
    result = floats(cloths[0][:height, :width])
    laid = shares[0]
    for cloth, share in zip(cloths[1:], shares[1:], strict=True):
        laid += share
        waves = blurred(floats(random.standard_normal((height, width))), PATCH_SIGMA * max(height, width))
        # Of what is covered so far each new cloth takes its part, so that all keep theirs to the end.
        level = float(np.quantile(waves, 1 - share / laid))
        steepness = float(np.hypot(*np.gradient(waves)).mean()) + 1e-12
        over = np.clip((waves - level) / (steepness * CUT_PX) + 0.5, 0, 1)[..., None]
        result = result + over * (cloth[:height, :width] - result)
    return floats(result)
