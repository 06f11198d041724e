"""Where the colours of a picture lie in Lab: their mean and how they spread about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.lab import lab_of
from nst_core.garment.pixels import Image


@dataclass(frozen=True, eq=False)
class ColourStatistics:
    """Mean ``(3,)`` and covariance ``(3, 3)`` of Lab colours, float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def colour_statistics(picture: Image, weight: Image | None = None) -> ColourStatistics:
    """Return where the colours of a picture lie.

    Args:
        picture: ``(H, W, 3)``, sRGB in [0, 1].
        weight: ``(H, W)``, how much each pixel counts, somewhere above 0; None: all the same.
    """
    colours = lab_of(picture).reshape(-1, 3).astype(np.float64)
    share = np.full(len(colours), 1.0) if weight is None else weight.reshape(-1).astype(np.float64)
    share = share / share.sum()
    mean = share @ colours
    centred = colours - mean
    return ColourStatistics(mean, (centred * share[:, None]).T @ centred)
