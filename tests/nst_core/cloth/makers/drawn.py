"""Drawn motifs and paintings of which figure, repeat and colours are known."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Bits, Image

CREAM, PLUM = (0.93, 0.88, 0.78), (0.35, 0.10, 0.25)


def dots(side_px: int = 96, period_px: float = 24, *, brick: bool = False) -> tuple[Image, Bits]:
    """Plum dots on cream, a quarter of the period in radius; and where they are."""
    rows, columns = np.indices((side_px, side_px)) + 0.5
    odd = np.floor(rows / period_px) % 2 if brick else 0
    down = rows % period_px - period_px / 2
    right = (columns + odd * period_px / 2) % period_px - period_px / 2
    inside = np.hypot(down, right) < period_px / 4
    return np.where(inside[..., None], np.float32(PLUM), np.float32(CREAM)), np.asarray(inside)


def painting(side_px: int = 120, *, seed: int = 0) -> Image:
    """Strokes of blue on the left half, of yellow on the right."""
    random = np.random.default_rng(seed)
    image: NDArray[np.float32] = np.empty((side_px, side_px, 3), np.float32)
    image[:, : side_px // 2], image[:, side_px // 2 :] = (0.10, 0.18, 0.45), (0.88, 0.74, 0.25)
    for _ in range(side_px * 3):
        x, y = (int(v) for v in random.integers(0, side_px, 2))
        colour = image[y, x] * random.uniform(0.8, 1.15)
        if abs(x - side_px // 2) > 10:
            cv2.line(image, (x, y), (x + 6, y + 3), [float(c) for c in colour], 2)
    return np.clip(image, 0, 1)
