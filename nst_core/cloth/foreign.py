"""What a photographed textile shows beside itself: the table at a corner, the gap between two legs."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.colour import lab_of
from nst_core.garment.pixels import Bits, Image, dilated, fitted_size, floats, resized

LOOKED_AT_PX = 192
# Of the long side: what is judged is cloth of about this size, wider than yarn and narrower than a leg.
SIGMA = 1 / 20
# Lab mean, colour spread and sharpness of most places lie within one unit; farther than so many is foreign.
FOREIGN = 2.8
# Least unit of each measure, so that an all-even textile has no outliers.
LEAST_UNIT = 3.0
# About what was found to be foreign, of SIGMA: the blur has shrunk it.
SAFETY = 0.5


def its_own(textile: Image) -> Bits:
    """Return where a photographed textile shows itself, and not what lay beside or behind it.

    Colour, colour spread and sharpness of each place are compared with those of all places.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].

    Returns:
        ``(h, w)``.
    """
    height, width = textile.shape[:2]
    small = resized(textile, *fitted_size(textile.shape, min(LOOKED_AT_PX, max(height, width))))
    sigma = SIGMA * max(small.shape[:2])
    lab = lab_of(small)
    mean = _about(lab, sigma)
    spread = np.sqrt(np.maximum(_about(lab**2, sigma) - mean**2, 0).sum(-1, keepdims=True))
    slopes = np.hypot(*np.gradient(_about(lab[..., 0], 1.0)))
    # Logarithms, so that twice and half as lively are equally far; 10 units to a factor of e.
    sharpness = 10 * np.log(_about(floats(slopes), sigma) + 0.3)[..., None]
    measures = np.concatenate([mean, 10 * np.log(spread + 2), sharpness], axis=-1).reshape(-1, 5)
    middle = np.median(measures, axis=0)
    away = np.abs(measures - middle)
    # 1.48 times the median deviation is the standard deviation where it is Gaussian.
    unit = 1.48 * np.median(away, axis=0) + LEAST_UNIT
    foreign = ((away / unit).max(axis=1) > FOREIGN).reshape(small.shape[:2])
    foreign = dilated(foreign, 2 * round(SAFETY * sigma) + 1)
    return np.asarray(resized(floats(foreign), height, width) < 0.5)


def _about(values: Image, sigma: float) -> Image:
    return floats(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))
