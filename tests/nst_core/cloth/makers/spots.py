"""Drawn textiles whose motifs and grounds are known: dots, a chain of dots, rows, a plaid, a landscape."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import Image

GROUND, RED, BLUE = (0.92, 0.9, 0.84), (0.75, 0.1, 0.15), (0.1, 0.2, 0.55)
RADIUS_PX = 9


def dots(side_px: int = 144, *, pitch_px: int = 36, noise: float = 0.0) -> Image:
    """Red and blue discs of radius 9, apart, with room at the border; smooth-edged."""
    cloth = _plain(side_px)
    for row, y in enumerate(range(pitch_px // 2, side_px, pitch_px)):
        for column, x in enumerate(range(pitch_px // 2, side_px, pitch_px)):
            _disc(cloth, x, y, RED if (row + column) % 2 else BLUE)
    return _calm(cloth, noise)


def chains(side_px: int = 144) -> Image:
    """Red discs joined by thin stalks in columns of three: they touch, and can be cut apart."""
    cloth = _plain(side_px)
    for x in range(24, side_px, 48):
        cv2.line(cloth, (x, 24), (x, side_px - 24), RED, 2)
        for y in range(24, side_px, 48):
            _disc(cloth, x, y, RED)
    return _calm(cloth, 0.0)


def plaid(side_px: int = 144) -> Image:
    """Dark lines across each other, every third band of 6 px."""
    rows, columns = np.indices((side_px, side_px)) // 6 % 3 == 0
    return np.where((rows | columns)[..., None], np.float32(BLUE), np.float32(GROUND))


def rows_of_figures(side_px: int = 144) -> Image:
    """Discs of many sizes in rows of unequal height between plain bands, as elephants walk round a skirt."""
    random = np.random.default_rng(1)
    cloth = _plain(side_px)
    top = 0
    while top < side_px:
        band, row = int(random.integers(3, 6)), int(random.integers(9, 16))
        cloth[top : top + band] = BLUE
        x = 0
        while x < side_px:
            radius = int(random.integers(2, row // 2))
            cv2.circle(cloth, (x + radius, top + band + row // 2), radius, RED, -1)
            x += 2 * radius + int(random.integers(2, 7))
        top += band + row
    return _calm(cloth, 0.0)


def landscape(side_px: int = 144) -> Image:
    """A light sky over a dark sea, with grain."""
    height = np.linspace(0.9, 0.1, side_px, dtype=np.float32)[:, None, None]
    grain = np.random.default_rng(0).normal(0, 0.03, (side_px, side_px, 1)).astype(np.float32)
    return np.clip(height * np.float32((0.8, 0.9, 1.0)) + grain, 0, 1)


def _plain(side_px: int) -> Image:
    return np.full((side_px, side_px, 3), GROUND, np.float32)


def _disc(cloth: Image, x: int, y: int, colour: tuple[float, float, float]) -> None:
    cv2.circle(cloth, (x, y), RADIUS_PX, colour, -1)


def _calm(cloth: Image, noise: float) -> Image:
    soft = cv2.GaussianBlur(cloth, (0, 0), 0.8)
    grain = np.random.default_rng(1).normal(0, noise, (*cloth.shape[:2], 1)) if noise else 0.0
    return np.clip(soft + grain, 0, 1).astype(np.float32)
