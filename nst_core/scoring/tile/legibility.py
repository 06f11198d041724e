"""Legibility: whether the motif that a tile was laid out of can still be read in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.lab import lab_of
from nst_core.errors import EngineError
from nst_core.garment.pixels import Image

# Under a tenth of a Lab unit all over, a tile has nothing to explain.
PLAIN_LAB = 0.1


def legibility(tile: Image, classes: NDArray[np.integer]) -> float | None:
    """Return the share of a tile's colour variance that the motif's classes explain.

    ``1 - Σ ‖x - mean of its class‖² / Σ ‖x - mean of all‖²``, x the CIE Lab colours.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        classes: ``(H, W)``, which class of the motif lies at each place. It comes from whoever laid the tile
            out, which alone knows where the motif lies on it: for instance ``lab_classes`` of the motif,
            brought to the tile as the motif was, before it was painted.

    Returns:
        0 … 1: 1 where each class is one flat colour, about 0 where classes and colours have nothing to do
        with each other; None for a plain tile.

    Raises:
        EngineError: the classes are of another size.
    """
    if classes.shape != tile.shape[:2]:
        (height, width), (rows, columns) = tile.shape[:2], classes.shape
        raise EngineError(
            f"the classes must be those of each place of the tile, {height} × {width} px, got {rows} × "
            f"{columns}",
            code="classes_other_size",
        )
    colours = lab_of(tile).reshape(-1, 3).astype(np.float64)
    colours -= colours.mean(axis=0)
    whole = float((colours**2).sum())
    if whole < len(colours) * PLAIN_LAB**2:
        return None
    _, labels = np.unique(classes, return_inverse=True)
    labels = labels.ravel()
    sizes = np.bincount(labels)
    between = sum(float((np.bincount(labels, colours[:, axis]) ** 2 / sizes).sum()) for axis in range(3))
    return between / whole
