"""Chroma speckle: whether a tile has more coloured grain than its source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from configs.cloth import Repeat
from nst_core.colour.lab import lab_of
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import cover

# What rounding to 8 bits alone leaves in a and b: a grey textile counts as no smoother than this.
ROUNDING_LAB = 0.5


def chroma_speckle(tile: Image, sources: Sequence[Image], repeat: Repeat) -> float | None:
    """Return the mean |Laplacian| of a tile's Lab a and b over its source's; of several, the grainiest's.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1]; looked at across its joins too.
        sources: ``(h, w, 3)`` each, sRGB in [0, 1], at the scale at which they are seen on the tile.
        repeat: how the tile meets its neighbours.

    Returns:
        ≥ 0: about 1 for a textile's own parts, up to 1.3 is good; None for sources under 3 px.
    """
    grains = [chroma_grain(source) for source in sources if min(source.shape[:2]) >= 3]
    if not grains:
        return None
    height, width = tile.shape[:2]
    around = cover(tile, repeat, height_px=height + 2, width_px=width + 2, top=-1, left=-1)
    return chroma_grain(around) / max(ROUNDING_LAB, *grains)


def chroma_grain(picture: Image) -> float:
    """Return the mean absolute Laplacian (four neighbours) of a picture's Lab a and b, of both alike.

    The picture is brought to 8 bits first: on a grey textile their rounding is a fifth of the grain, which a
    finished tile has and a textile at another scale has not.

    Args:
        picture: ``(H, W, 3)``, sRGB in [0, 1], 3 px or more; its outermost px count as neighbours only.

    Returns:
        ≥ 0, Lab units.
    """
    chroma = lab_of(floats(np.rint(picture * 255) / 255))[..., 1:]
    around = chroma[:-2, 1:-1] + chroma[2:, 1:-1] + chroma[1:-1, :-2] + chroma[1:-1, 2:]
    return float(np.abs(4 * chroma[1:-1, 1:-1] - around).mean())
