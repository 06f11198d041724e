"""Speckle: whether the optimiser left more grain than the cloth has."""

from __future__ import annotations

import torch
from torch import Tensor

from nst_core.scoring.luma import luma, weighted_mean

# Under a quarter of an 8-bit level of mean curvature a cloth counts as plain: no ratio to it makes sense.
_PLAIN = 0.25 / 255


def speckle(picture: Tensor, cloth_grain: float, mask: Tensor | None = None) -> float | None:
    """Return the picture's grain over the cloth's.

    Args:
        picture: ``(3, H, W)``, sRGB in [0, 1].
        cloth_grain: ``grain`` of the cloth at the scale at which it is seen.
        mask: ``(H, W)`` in [0, 1], without the garment's edge; None: the whole picture.

    Returns:
        ≥ 0: .85 … 1.05 is good, above 1.1 noise shows; None for a plain cloth or an empty mask.
    """
    found = grain(picture, mask)
    return None if found is None or cloth_grain < _PLAIN else found / cloth_grain


def grain(image: Tensor, mask: Tensor | None = None) -> float | None:
    """Return the mean absolute Laplacian (four neighbours) of an image's luma.

    Args:
        image: ``(3, H, W)``, sRGB in [0, 1].
        mask: ``(H, W)`` in [0, 1]; None: all of it.

    Returns:
        0 … 4; None under 3 px or for an empty mask.
    """
    plane = luma(image)
    if min(plane.shape) < 3:
        return None
    around = plane[:-2, 1:-1] + plane[2:, 1:-1] + plane[1:-1, :-2] + plane[1:-1, 2:]
    curvature = torch.abs(4 * plane[1:-1, 1:-1] - around)
    return weighted_mean(curvature, None if mask is None else mask[1:-1, 1:-1])
