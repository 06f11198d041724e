"""New cloth on a picture: its tile at the size it has there, repeated from the picture's middle."""

from __future__ import annotations

from configs.cloth import Repeat
from nst_core.garment.pixels import Image
from nst_core.lattice import cover
from nst_core.resampling import resampled


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
    """Return a tile at another width, the nearest that is even."""
    height, width = tile.shape[:2]
    size = tuple(max(8, 2 * round(side * wanted_px / width / 2)) for side in (height, width))
    return resampled(tile, repeat, height_px=size[0], width_px=size[1])
