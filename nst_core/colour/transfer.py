"""Linear colour transfer: the one map that moves colours to where others lie, and moves them least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.lab import lab_of, picture_of
from nst_core.colour.statistics import ColourStatistics
from nst_core.garment.pixels import Image, floats

# Squared Lab units beside each spread: what is all but one colour has noise in the other directions,
# which must not be blown up to a spread.
NOISE = 25.0


def recoloured(picture: Image, old: ColourStatistics, new: ColourStatistics, *, share: float = 1.0) -> Image:
    """Return a picture whose colours lie where others lie.

    Mean and covariance become the new ones; of all linear maps that do so, this moves colours
    least. It is linear: neighbouring colours stay neighbours, a gradient stays one. (Exact
    histogram transfer dithers.)

    Args:
        picture: ``(H, W, 3)``, sRGB in [0, 1].
        old: where its colours lie, or those of the picture that it is a part of.
        new: where they shall lie.
        share: how far they go, 0..1.

    Returns:
        ``(H, W, 3)``, sRGB in [0, 1], float32.

    Source:
        Pitié, Kokaram (2007), "The linear Monge-Kantorovitch linear colour mapping for
        example-based colour transfer", eq. 16. Departure: both covariances grow by ``NOISE``.
    """
    linear = (1 - share) * np.eye(3) + share * _monge(old.covariance, new.covariance)
    mean = (1 - share) * old.mean + share * new.mean
    moved = (lab_of(picture) - floats(old.mean)) @ floats(linear) + floats(mean)
    return picture_of(floats(moved))


def _monge(old: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the symmetric matrix T with T · old · T = new."""
    root, inverse = _powers(old + NOISE * np.eye(3))
    middle, _ = _powers(root @ (new + NOISE * np.eye(3)) @ root)
    return inverse @ middle @ inverse


def _powers(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the root of a symmetric positive matrix, and the root's inverse."""
    values, axes = np.linalg.eigh(matrix)
    roots = np.sqrt(values)
    return (axes * roots) @ axes.T, (axes / roots) @ axes.T
