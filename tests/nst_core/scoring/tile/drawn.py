"""Drawn tiles and textiles whose scores can be worked out."""

from __future__ import annotations

import numpy as np

from configs.cloth import Repeat
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import cover, mirrored

REPEATS: tuple[Repeat, ...] = ("straight", "half-drop", "half-brick", "mirror")


def noise(height: int, width: int, *, seed: int = 0, cell_px: int = 1) -> Image:
    """Independent colours, in cells of so many px."""
    random = np.random.default_rng(seed)
    rows, columns = -(-height // cell_px), -(-width // cell_px)
    cells = random.random((rows, columns, 3), dtype=np.float32)
    return cells.repeat(cell_px, 0).repeat(cell_px, 1)[:height, :width]


def dotted(repeat: Repeat, height: int = 96, width: int = 96, *, seed: int = 0) -> Image:
    """Soft dots at any place, those across the joins too: seamless in the repeat by construction."""
    if repeat == "mirror":
        return mirrored(dotted("straight", height // 2, width // 2, seed=seed))
    random = np.random.default_rng(seed)
    tile = np.full((height, width, 3), (0.85, 0.8, 0.7), np.float32)
    rows, columns = np.indices((17, 17)) - 8
    radius = np.hypot(rows, columns)
    number = cover(
        np.arange(height * width).reshape(height, width),
        repeat,
        height_px=height + 16,
        width_px=width + 16,
        top=-8,
        left=-8,
    )
    flat = tile.reshape(-1, 3)
    for _ in range(height * width // 50):
        size, colour = random.uniform(2, 7), floats(random.random(3))
        dot = floats(np.clip(size - radius, 0, 1)).ravel()[:, None]
        row, column = random.integers(height), random.integers(width)
        places = number[row : row + 17, column : column + 17].ravel()
        flat[places] = dot * colour + (1 - dot) * flat[places]
    return tile


def cut(height: int = 96, width: int = 96, *, seed: int = 0) -> Image:
    """A piece cut out of more such cloth: it joins itself in no repeat."""
    return dotted("straight", height + 40, width + 40, seed=seed)[:height, :width].copy()
