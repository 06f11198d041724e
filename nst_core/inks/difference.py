"""How far colours are from those that were meant: CIEDE2000, by scikit-image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Image, Rgb, floats

_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Difference:
    """ΔE2000 over some places: its mean, and what 95 of a hundred stay under. 1 is just seen side by side."""

    mean: float
    p95: float


def delta_e(first: Rgb, second: Rgb) -> Image:
    """Return the ΔE2000 ``(H, W)`` of two pictures ``(H, W, 3)`` uint8 sRGB, place by place.

    Source:
        Sharma, Wu, Dalal (2005), "The CIEDE2000 color-difference formula", as scikit-image has it.
    """
    from skimage.color import deltaE_ciede2000, rgb2lab

    bands = [slice(top, top + _ROWS_AT_ONCE) for top in range(0, len(first), _ROWS_AT_ONCE)]
    return floats(
        np.concatenate([deltaE_ciede2000(rgb2lab(first[band]), rgb2lab(second[band])) for band in bands])
    )


def difference(values: NDArray[np.float32]) -> Difference:
    """Return the summary of ΔE2000 values, at least one."""
    return Difference(float(values.mean()), float(np.percentile(values, 95)))
