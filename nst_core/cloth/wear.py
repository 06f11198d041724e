"""New cloth on a picture: its tile at the size it has there, repeated from the picture's middle."""

from __future__ import annotations

import cv2
import numpy as np

from configs.cloth import Repeat
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import cover

# What a resampling filter sees beyond the tile, px of the tile.
MARGIN_PX = 16


def tile_on_picture(
    tile: Image, repeat: Repeat, *, height_px: int, width_px: int, tile_width_px: float
) -> Image:
    """Return the flat cloth of a picture: a tile and its repeats.

    Args:
        tile: ``(h, w, 3)``, sRGB in [0, 1].
        repeat: how it meets its neighbours.
        height_px, width_px: the picture's.
        tile_width_px: how wide the tile is seen on it, px; the tile is brought to the nearest even size.

    Returns:
        ``(height_px, width_px, 3)``, float32 in [0, 1], one tile in the middle.
    """
    seen = _at_width(tile, repeat, tile_width_px)
    height, width = seen.shape[:2]
    top, left = (height - height_px) // 2, (width - width_px) // 2
    return cover(seen, repeat, height_px=height_px, width_px=width_px, top=top, left=left)


def _at_width(tile: Image, repeat: Repeat, wanted_px: float) -> Image:
    """Return a tile at another width: smoothed downwards, cubic upwards, across its joins."""
    height, width = tile.shape[:2]
    # Even sides: half a tile, by which rows and columns are shifted, is whole px.
    size = tuple(max(8, 2 * round(side * wanted_px / width / 2)) for side in (height, width))
    if size == (height, width):
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
    down, across = height / size[0], width / size[1]
    if down > 1:
        sigma = 0.4 * max(down, across)
        around = floats(cv2.GaussianBlur(around, (0, 0), sigma))
    rows = (np.arange(size[0], dtype=np.float32) + 0.5) * down - 0.5 + MARGIN_PX
    columns = (np.arange(size[1], dtype=np.float32) + 0.5) * across - 0.5 + MARGIN_PX
    x, y = np.meshgrid(columns, rows)
    return np.clip(floats(cv2.remap(around, floats(x), floats(y), cv2.INTER_CUBIC)), 0, 1)
