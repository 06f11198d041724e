"""Which ways a textile may be turned and still be the same cloth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Image, floats

Histogram = NDArray[np.float64]

BINS = 24
SIGMA_PX = 1.5
READ_AT_PX = 384
# The share of edges that may point another way after a turn.
UNLIKE = 0.15


class Directions:
    """How much of a textile's edges run which way.

    Florals run every way alike; stripes, plaids, zebras and paintings do not.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].
    """

    def __init__(self, textile: Image) -> None:
        self._shares = _edges_by_angle(textile)

    @property
    def any_way(self) -> bool:
        """Whether the cloth has no direction: turned by any angle it is the same."""
        return all(self.allows(turn_deg=360 / (2 * BINS) * k) for k in range(2 * BINS))

    def allows(self, *, turn_deg: float, flipped: bool = False) -> bool:
        """Say whether the cloth, flipped left to right if so and then turned, runs as before.

        A half turn always does: edges have no arrow.
        """
        shares = np.roll(self._shares[::-1], 1) if flipped else self._shares
        turned = np.roll(shares, round(turn_deg / (180 / BINS)))
        return bool(0.5 * np.abs(turned - self._shares).sum() <= UNLIKE)


def _edges_by_angle(textile: Image) -> Histogram:
    """Return the share of edges in each bin of 180 / 24 degrees, by the structure tensor in Lab."""
    scale = min(1.0, READ_AT_PX / max(textile.shape[:2]))
    small = cv2.resize(textile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), SIGMA_PX)
    across, down = cv2.Sobel(lab, cv2.CV_32F, 1, 0), cv2.Sobel(lab, cv2.CV_32F, 0, 1)
    xx, xy, yy = (
        floats(cv2.GaussianBlur(product.sum(-1), (0, 0), 2.0))
        for product in (across * across, across * down, down * down)
    )
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) / np.pi % 1
    # Square roots, lest a few strong edges outvote the many.
    strength = ((xx - yy) ** 2 + 4 * xy**2) ** 0.25
    # Bins are centred on the whole angles, so that a flip maps bins onto bins.
    bins = np.round(angle * BINS).astype(np.intp) % BINS
    shares = np.bincount(bins.ravel(), weights=strength.ravel(), minlength=BINS)
    soft = shares + 0.5 * (np.roll(shares, 1) + np.roll(shares, -1))
    return np.asarray(soft / max(float(soft.sum()), 1e-12))
