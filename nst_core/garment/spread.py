"""Values carried from where they are known to where they are not."""

from __future__ import annotations

import numpy as np

from nst_core.garment.pixels import Image, blurred, floats, resized


def spread(values: Image, weight: Image, *, smooth_px: float = 0.0) -> Image:
    """Carry values from where the weight is to where it is not, the nearest counting most.

    Args:
        values: ``(H, W)``.
        weight: ``(H, W)``, 0..1; somewhere above 0.
        smooth_px: standard deviation below which nothing is kept; at 0 the values stay as they
            are where the weight is 1.

    Returns:
        ``(H, W)``.
    """
    if smooth_px > 0:
        filled, done = np.zeros_like(values), np.zeros_like(weight)
    else:
        filled, done = values * weight, weight.copy()
    sigma = max(smooth_px, 1.5)
    while float(done.min()) < 0.999 and sigma < 4 * max(values.shape):
        carried, support = broadly_blurred(values * weight, sigma), broadly_blurred(weight, sigma)
        share = (1 - done) * np.clip(support / 0.2, 0, 1)
        filled += share * carried / np.maximum(support, 1e-6)
        done += share
        sigma *= 2
    return floats(filled / np.maximum(done, 1e-6))


def broadly_blurred(values: Image, sigma: float) -> Image:
    """Blur by a Gaussian, a broad one on a smaller copy: the result is as smooth, the cost is not.

    Args:
        values: ``(H, W)`` or ``(H, W, C)``.
        sigma: standard deviation, px.
    """
    height, width = values.shape[:2]
    shrink = min(int(sigma // 2), min(height, width) // 4)
    if shrink < 2:
        return blurred(values, sigma)
    small = resized(values, height // shrink, width // shrink)
    return resized(blurred(small, sigma / shrink), height, width)
