"""Regions of a picture, as somebody coloured them in: which style goes where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nst_core.errors import ImageRefused
from nst_core.garment.pixels import Image, Rgb, floats, resized

# The colours that a region can have; black, and what no style is named for, is the rest.
COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
}


def region_masks(
    rgb: Rgb, wanted: Sequence[str], height_px: int, width_px: int, *, name: str
) -> list[NDArray[np.float32]]:
    """Return the mask of each wanted region.

    Every pixel belongs to the nearest of the eight colours, so that soft brushes and JPEG do no harm.

    Args:
        rgb: ``(h, w, 3)``, the map of regions.
        wanted: names of ``COLOURS``.
        height_px: the picture's height.
        width_px: the picture's width.
        name: what to call the map in a refusal.

    Returns:
        ``(height_px, width_px)`` each, in [0, 1]; nowhere do they sum to more than 1.

    Raises:
        ImageRefused: ``region_missing``: no pixel of the map has the colour.
    """
    colours = np.array(list(COLOURS.values()), np.int32)
    nearest = np.stack([np.square(rgb.astype(np.int32) - colour).sum(-1) for colour in colours]).argmin(0)
    there = [colour for index, colour in enumerate(COLOURS) if (nearest == index).any()]
    masks: list[Image] = []
    for colour in wanted:
        if colour not in there:
            raise ImageRefused(
                f"{name} has no {colour} region, and a style is named for it; its colours: "
                f"{', '.join(there)}",
                code="region_missing",
                name=name,
            )
        masks.append(resized(floats(nearest == list(COLOURS).index(colour)), height_px, width_px))
    return masks
