"""What of a photo is never painted: buttons, labels, skin, as somebody marked them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst_core.errors import ImageRefused
from nst_core.garment.pixels import Image, blurred, dilated, floats, resized, unit

# A protect mask drawn for a picture has its shape; a few per cent come from rounding and cropped borders.
ASPECT_TOLERANCE = 0.05
# What a lossy file leaves of white.
WHITE = 250
# Softness outside the marked place, px at a long side of 256 px; inside nothing is soft.
EDGE_PX = 1.2


def protection(mask: NDArray[np.uint8], height_px: int, width_px: int, *, name: str) -> Image:
    """Return how much of each pixel stays the photo.

    White stays exactly 1, so that the photo is kept there bit for bit; the soft edge lies outside.

    Args:
        mask: ``(h, w)`` of any size and about the picture's shape, 255 = keep.
        height_px: the picture's height.
        width_px: the picture's width.
        name: what to call the mask in a refusal.

    Returns:
        ``(height_px, width_px)``, in [0, 1].

    Raises:
        ImageRefused: ``protect_other_shape``: it was drawn for another picture.
    """
    shape = mask.shape[1] / mask.shape[0] * height_px / width_px
    slack = ASPECT_TOLERANCE + 1.0 / min(mask.shape) + 1.0 / min(height_px, width_px)
    if not 1 / (1 + slack) < shape < 1 + slack:
        raise ImageRefused(
            f"{name} is {mask.shape[1]} x {mask.shape[0]} px, its picture {width_px} x {height_px}: it was "
            "drawn for another one; draw it on this one, or take it out of the catalog",
            code="protect_other_shape",
            name=name,
        )
    # Whatever white has a share in stays whole: a pixel more of a button is no harm, a pixel less is.
    white = resized(floats(mask >= WHITE), height_px, width_px) > 0
    kept = np.where(white, np.float32(1), resized(unit(mask), height_px, width_px))
    sigma = EDGE_PX / 2 * max(height_px, width_px) / 256
    around = blurred(floats(dilated(white, 2 * max(1, round(2 * sigma)) + 1)), sigma)
    return floats(np.maximum(kept, np.where(around < 0.02, 0, np.minimum(around, 1))))
