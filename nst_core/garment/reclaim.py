"""Parts of a garment that a cut left out, taken back by their colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Bits, Image, dilated, floats, opened

# Lab in bins of about 6: finer splits one cloth by its noise, coarser joins cream and oak.
BINS = (16, 22, 22)
ORIGIN = np.array([0.0, -66.0, -66.0], np.float32)
WIDTH = np.array([6.25, 6.0, 6.0], np.float32)
COMMONER = 1.3
ROUNDS = 3
# A tab of floor in the colour of the cloth is smaller than any sleeve, as shares of the garment.
SMALLEST_PART = 0.025


def reclaim(garment: Bits, lab: Image) -> Bits:
    """Add regions beside a garment whose colours are commoner in it than in the rest.

    What was left out counts as ground at first and hides its own colour, so that a grey sleeve
    of a grey shirt returns bit by bit: three rounds.

    Args:
        garment: ``(H, W)``.
        lab: ``(H, W, 3)``, CIE Lab.

    Returns:
        ``(H, W)``, at least the garment.
    """
    bins = np.clip(((lab - ORIGIN) / WIDTH).astype(np.int32), 0, np.array(BINS) - 1)
    places = np.ravel_multi_index((bins[..., 0], bins[..., 1], bins[..., 2]), BINS)
    for _ in range(ROUNDS):
        ratio = _frequencies(places[garment]) / (_frequencies(places[~garment]) + 1e-5)
        alike = cv2.medianBlur((ratio[places] > COMMONER).astype(np.uint8), 5) > 0
        beside = dilated(garment, 5)
        missing = opened(alike & ~garment)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(missing.astype(np.uint8), connectivity=4)
        taken = garment.copy()
        for part in range(1, count):
            area, region = int(stats[part, cv2.CC_STAT_AREA]), labels == part
            # A part hangs together with its garment along a seam, not at a corner.
            if area > SMALLEST_PART * garment.sum() and (region & beside).sum() > 0.5 * area**0.5:
                taken |= region
        if (taken == garment).all():
            break
        garment = taken
    return garment


def _frequencies(places: NDArray[np.intp]) -> Image:
    """Return the share of each colour bin, a little of it lent to its neighbours."""
    counts = np.bincount(places, minlength=int(np.prod(BINS))).astype(np.float32).reshape(BINS)
    for axis in range(3):
        lent = np.pad(counts, [(1, 1) if i == axis else (0, 0) for i in range(3)])
        before, after = (np.take(lent, np.arange(start, start + BINS[axis]), axis=axis) for start in (0, 2))
        counts = 0.5 * counts + 0.25 * (before + after)
    return floats(counts / max(1.0, float(counts.sum()))).ravel()
