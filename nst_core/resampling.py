"""Tiles at another size: smoothed downwards, cubic upwards, across their joins as the repeat has them."""

from __future__ import annotations

import cv2
import numpy as np

from configs.cloth import Repeat
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import cover

# What a resampling filter sees beyond the tile, px of the tile.
MARGIN_PX = 16
# So many rows at a time: beside the result nothing of its size is held.
_ROWS_AT_ONCE = 512


def resampled(tile: Image, repeat: Repeat, *, height_px: int, width_px: int) -> Image:
    """Return a tile at another size that repeats as it does.

    Args:
        tile: ``(h, w, 3)`` or ``(h, w)``, in [0, 1].
        repeat: how it meets its neighbours.
        height_px, width_px: even, so that half a tile, by which rows and columns are shifted, is whole px.

    Returns:
        ``(height_px, width_px, 3)`` or ``(height_px, width_px)``, float32 in [0, 1].
    """
    height, width = tile.shape[:2]
    if (height_px, width_px) == (height, width):
        return tile
    around = cover(
        tile,
        repeat,
        height_px=height + 2 * MARGIN_PX,
        width_px=width + 2 * MARGIN_PX,
        top=-MARGIN_PX,
        left=-MARGIN_PX,
    )
    # Each side has a scale of its own, so that the tile becomes a whole number of px.
    down, across = height / height_px, width / width_px
    if down > 1:
        sigma = 0.4 * max(down, across)
        around = floats(cv2.GaussianBlur(around, (0, 0), sigma))
    rows = (np.arange(height_px, dtype=np.float32) + 0.5) * down - 0.5 + MARGIN_PX
    columns = (np.arange(width_px, dtype=np.float32) + 0.5) * across - 0.5 + MARGIN_PX
    result = np.empty((height_px, width_px, *tile.shape[2:]), np.float32)
    for begin in range(0, height_px, _ROWS_AT_ONCE):
        part = result[begin : begin + _ROWS_AT_ONCE]
        x, y = np.meshgrid(columns, rows[begin : begin + _ROWS_AT_ONCE])
        # Only so much of the tile as these rows see: OpenCV's maps end at 32,767 px.
        top = max(0, int(y[0, 0]) - MARGIN_PX)
        seen = around[top : int(y[-1, 0]) + MARGIN_PX + 1]
        np.clip(cv2.remap(seen, floats(x), floats(y - top), cv2.INTER_CUBIC), 0, 1, out=part)
    return result
