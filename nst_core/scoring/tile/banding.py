"""Banding: whether a tile's broad lights and darks will make tracks in the endless cloth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.colour.lab import lab_of
from nst_core.garment.pixels import Image
from nst_core.lattice import straightened

SIGMA_SHARE = 1 / 8


def banding(tile: Image, repeat: Repeat) -> float:
    """Return the standard deviation of the endless cloth's lightness seen from afar.

    From afar: through a Gaussian with σ an eighth of the tile's side, each way, on the lattice.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        repeat: how it meets its neighbours.

    Returns:
        0 … 50, Lab L: up to 4 nobody sees a track.
    """
    lightness = lab_of(straightened(tile, repeat))[..., 0].astype(np.float64)
    height, width = lightness.shape
    # By Parseval the variance is the sum of the squares of what the Gaussian leaves of each wave.
    waves = np.abs(np.fft.fft2(lightness)) / lightness.size
    down = _passed(height, SIGMA_SHARE * tile.shape[0])[:, None]
    right = _passed(width, SIGMA_SHARE * tile.shape[1])[None, :]
    waves *= down * right
    waves[0, 0] = 0
    return float(np.sqrt((waves**2).sum()))


def _passed(side: int, sigma_px: float) -> NDArray[np.float64]:
    """Return how much a Gaussian leaves of each wave of a closed line."""
    return np.asarray(np.exp(-2 * (np.pi * sigma_px * np.fft.fftfreq(side)) ** 2))
