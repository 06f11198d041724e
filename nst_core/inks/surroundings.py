"""What lies around a tile: the endless cloth that it repeats on, or a picture's own border gone on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.lattice import cover

# Half of the eight neighbours, down and right; the others are these backwards.
FOUR = ((0, 1), (1, 0), (1, 1), (1, -1))
EIGHT = (*FOUR, *((-down, -right) for down, right in FOUR))


def with_margin(planes: NDArray[Any], repeat: Repeat | None, margin_px: int) -> NDArray[Any]:
    """Return a tile with what lies around it.

    Args:
        planes: ``(H, W)`` or ``(H, W, C)``.
        repeat: how the tile meets its neighbours; None: a picture that ends, its border goes on outside.
        margin_px: on all four sides.

    Returns:
        ``(H + 2 margin, W + 2 margin[, C])``.
    """
    if repeat is None:
        sides: list[tuple[int, int]] = [(margin_px, margin_px)] * 2 + [(0, 0)] * (planes.ndim - 2)
        return np.pad(planes, sides, mode="edge")
    height, width = planes.shape[:2]
    return cover(
        planes,
        repeat,
        height_px=height + 2 * margin_px,
        width_px=width + 2 * margin_px,
        top=-margin_px,
        left=-margin_px,
    )


def beside(grown: NDArray[Any], down: int, right: int, margin_px: int = 1) -> NDArray[Any]:
    """Return what each place of the tile sees so far down and right of itself.

    Args:
        grown: ``(H + 2 margin, W + 2 margin[, C])``, as :func:`with_margin` gave it.
        down, right: px, at most the margin either way.
        margin_px: that was added.

    Returns:
        ``(H, W[, C])``, a view.
    """
    height, width = (side - 2 * margin_px for side in grown.shape[:2])
    top, left = margin_px + down, margin_px + right
    return grown[top : top + height, left : left + width]
