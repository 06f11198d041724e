"""Repeats: a style image laid side by side, straight or mirrored, and how well it joins itself."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Image

# Misfit, as a share of the usual one, below which a part of a pattern is the same part again.
FOUND_AGAIN = 0.2


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

    Where the last quarter is found again inside the image, as in every regular pattern, what
    follows it there must be how the image begins: else the rhythm breaks at the join. Where it
    is not, the step across the join must be below the 95th percentile of the steps between the
    image's own neighbouring rows (and columns).

    Args:
        style: ``(h, w, 3)``.
    """
    return _joins(style) and _joins(style.transpose(1, 0, 2))


def _joins(style: Image) -> bool:
    height, quarter = len(style), len(style) // 4
    steps = np.abs(np.diff(style, axis=0)).mean(axis=(1, 2))
    if quarter >= 2:
        end = style[-quarter:]
        misfits = np.array(
            [np.abs(style[y : y + quarter] - end).mean() for y in range(height - 2 * quarter + 1)]
        )
        best, usual = int(misfits.argmin()), float(np.median(misfits))
        if misfits[best] < FOUND_AGAIN * usual:
            follows = style[best + quarter : best + 2 * quarter]
            return float(np.abs(follows - style[:quarter]).mean()) < 2 * FOUND_AGAIN * usual
    join = float(np.abs(style[0] - style[-1]).mean())
    return join <= max(float(np.percentile(steps, 95)), 1e-4)


def _indices(wanted: int, period: int, kind: str) -> NDArray[np.intp]:
    positions = np.arange(wanted) - (wanted - period) // 2
    if kind == "straight":
        return positions % period
    folded = positions % (2 * period)
    return np.where(folded < period, folded, 2 * period - 1 - folded)
