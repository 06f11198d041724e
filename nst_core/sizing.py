"""Pictures at another size, as content and style images are brought to the one they are seen at."""

from __future__ import annotations

import numpy as np
from PIL import Image

from nst_core.design import RgbImage

MIN_SIDE_PX = 32


def to_long_side(rgb: RgbImage, long_side: int) -> RgbImage:
    """Return a picture at another long side, px (Lanczos); no side is below 32 px."""
    height, width = rgb.shape[:2]
    scale = long_side / max(height, width)
    size = (max(MIN_SIDE_PX, round(width * scale)), max(MIN_SIDE_PX, round(height * scale)))
    if size == (width, height):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))
