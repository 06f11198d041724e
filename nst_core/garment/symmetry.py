"""The axis about which a garment is nearly its own mirror image."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Bits, floats, resized

SIDE_PX = 64


def mirror_axis(mask: Bits) -> NDArray[np.float32]:
    """Return the reflection that maps a mask best onto itself.

    Axes within 24 degrees of the vertical and within 7 % of the size from the centre of
    gravity are tried; garments are photographed upright.

    Args:
        mask: ``(H, W)``, at least one pixel set.

    Returns:
        ``(2, 3)``, the affine reflection in px of the mask.
    """
    height, width = mask.shape
    scale = SIDE_PX / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = resized(floats(mask), size[1], size[0])
    total = float(small.sum())
    rows, columns = np.indices(small.shape)
    centre = np.array([(small * columns).sum(), (small * rows).sum()]) / total
    best, best_shared = np.eye(2, 3), -1.0
    for degrees in range(-24, 25, 4):
        normal = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
        for step in range(-6, 7):
            point = centre + 0.75 * step * normal
            turn = np.eye(2) - 2 * np.outer(normal, normal)
            reflection = np.column_stack([turn, 2 * (point @ normal) * normal])
            shared = float(np.minimum(small, cv2.warpAffine(small, reflection, size)).sum())
            if shared > best_shared:
                best, best_shared = reflection, shared
    # The small picture's pixel (0, 0) has its centre at half a pixel: carry that along.
    shift = (0.5 / scale - 0.5) * (np.ones(2) - best[:, :2].sum(axis=1))
    best = np.column_stack([best[:, :2], best[:, 2] / scale + shift])
    return floats(best)


def mirrored(mask: Bits, reflection: NDArray[np.float32]) -> Bits:
    """Return the mask reflected by :func:`mirror_axis`'s answer, at the same size."""
    image = cv2.warpAffine(floats(mask), reflection, (mask.shape[1], mask.shape[0]))
    return np.asarray(image) > 0.5
