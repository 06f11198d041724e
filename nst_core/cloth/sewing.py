"""What all quilting is made of: how well a patch fits what is sewn, and the cheapest cut between the two."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Image, floats


def misfits(style: Image, place: Image, mask: Image) -> Image:
    """Return how far each patch of a style image is from what is already sewn.

    Args:
        style: ``(h, w, 3)``, where patches are cut from.
        place: ``(b, c, 3)``, what is sewn where the patch shall lie.
        mask: ``(b, c)``, 1 where there is something; not 0 everywhere.

    Returns:
        ``(h - b + 1, w - c + 1)``: mean squared difference under the mask, by the patch's upper left corner.
    """
    # sum of m (s - p)^2 = sum of m s^2 - 2 sum of s (m p) + sum of m p^2, by correlation
    square = cv2.matchTemplate((style * style).sum(-1), mask, cv2.TM_CCORR)
    cross = cv2.matchTemplate(style, place * mask[..., None], cv2.TM_CCORR)
    energy = float((mask[..., None] * place * place).sum())
    return floats(np.maximum(square - 2 * cross + energy, 0) / float(mask.sum()))


def nearby(shape: tuple[int, ...], y: int, x: int, sigma: float) -> Image:
    """Return 1 at a place, falling off about it."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return floats(np.exp(-0.5 * ((rows - y) ** 2 + (columns - x) ** 2) / sigma**2))


def cut(old: Image, new: Image) -> Image:
    """Return, for an upright overlap, 1 where the new patch (right) shows; soft by a pixel about the cut."""
    path = _cheapest_path(((old - new) ** 2).sum(-1))
    distance = np.arange(old.shape[1])[None, :] - path[:, None] + 0.5
    return floats(np.clip(distance / 2 + 0.5, 0, 1))


def _cheapest_path(cost: Image) -> NDArray[np.intp]:
    """Return, for each row from first to last, the column of the path that costs least."""
    total = cost.astype(np.float64).copy()
    above = np.full(total.shape[1] + 2, np.inf)
    for row in range(1, len(total)):
        above[1:-1] = total[row - 1]
        total[row] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.empty(len(total), np.intp)
    path[-1] = int(total[-1].argmin())
    for row in range(len(total) - 2, -1, -1):
        low = max(0, path[row + 1] - 1)
        path[row] = low + int(total[row, low : path[row + 1] + 2].argmin())
    return path
