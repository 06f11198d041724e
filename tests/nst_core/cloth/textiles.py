"""Drawn textiles: a seamless check, a floral that does not repeat, a stripe."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def check(side_px: int = 96, period_px: int = 24) -> NDArray[np.uint8]:
    """A gingham that joins itself when the period divides the side."""
    rows, columns = np.indices((side_px, side_px))
    bands = ((rows // (period_px // 2)) % 2 + (columns // (period_px // 2)) % 2)[..., None]
    return (255 - bands * np.array([90, 100, 40])).astype(np.uint8)


def floral(height_px: int = 120, width_px: int = 120, seed: int = 0) -> NDArray[np.uint8]:
    """Blobs in three colours thrown on a dark ground."""
    random = np.random.default_rng(seed)
    cloth = np.full((height_px, width_px, 3), (30, 34, 60), np.uint8)
    for _ in range(height_px * width_px // 180):
        colour = [(220, 90, 100), (240, 200, 120), (110, 160, 120)][random.integers(3)]
        centre = int(random.integers(width_px)), int(random.integers(height_px))
        cv2.ellipse(
            cloth, (centre, (random.uniform(6, 14), random.uniform(4, 8)), random.uniform(0, 180)), colour, -1
        )
    return cv2.GaussianBlur(cloth, (0, 0), 0.6)


def stripe(height_px: int = 100, width_px: int = 100, period_px: float = 11.3) -> NDArray[np.uint8]:
    """Horizontal stripes whose period does not divide the height."""
    tone = 128 + 110 * np.sin(2 * np.pi * np.arange(height_px) / period_px)
    return np.broadcast_to(tone[:, None, None], (height_px, width_px, 3)).astype(np.uint8)
