"""Repeats: a style image laid side by side, straight or mirrored, and how well it joins itself."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Image


def repeat(
    style: Image, *, height_px: int, width_px: int, kind: Literal["straight", "mirror"] = "straight"
) -> Image:
    """Cover an area with copies of a style image, one of them in the middle.

    Args:
        style: ``(h, w, 3)``.
        height_px: height wanted.
        width_px: width wanted.
        kind: ``straight`` copies it as it is: where it is not seamless the joins show;
            ``mirror`` flips every second copy: no joins, but a kaleidoscope.

    Returns:
        ``(height_px, width_px, 3)``.
    """
    return style[_indices(height_px, style.shape[0], kind)][:, _indices(width_px, style.shape[1], kind)]


def is_seamless(style: Image) -> bool:
    """Say whether a plain repeat of a style image joins itself without a visible seam.

    It does where the step across the join is no larger than the largest step between the
    image's own neighbouring rows (and columns): in vector tiles, whose rows change all at once
    where a motif begins, the join is one such row.

    Args:
        style: ``(h, w, 3)``.
    """
    return _joins(style) and _joins(style.transpose(1, 0, 2))


def _joins(style: Image) -> bool:
    steps = np.abs(np.diff(style, axis=0)).mean(axis=(1, 2))
    join = float(np.abs(style[0] - style[-1]).mean())
    return join <= max(float(steps.max()), 1e-4)


def _indices(wanted: int, period: int, kind: str) -> NDArray[np.intp]:
    positions = np.arange(wanted) - (wanted - period) // 2
    if kind == "straight":
        return positions % period
    folded = positions % (2 * period)
    return np.where(folded < period, folded, 2 * period - 1 - folded)
