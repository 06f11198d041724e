"""How much of a textile runs on in one direction, as bands, stripes and the lines of a check do."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.cloth.foreign import its_own
from nst_core.cloth.makers.own_repeat import unlike_itself
from nst_core.garment.pixels import Image, blurred, fitted_size, floats, resized

READ_AT_PX, SOFT_PX = 192, 0.8
# Over a whole garment bands bend with its folds and legs; over windows of this share of it they are straight.
WINDOW, WINDOWS = 0.4, 5
# A window with more that is foreign is passed over.
LEAST_OWN = 0.9
PLAIN = 1e-3
# Shifts that are asked, of a window's short side: beyond the motif at hand, and as far as enough is left.
NEAREST, FARTHEST, SHIFTS = 0.15, 0.5, 18
DIRECTIONS = 36


def running_on(textile: Image) -> float:
    """Return the share of a textile's contrast that is found again however far one goes in one direction.

    In each window of it, the correlation of the window with itself, on average over shifts in the direction
    where that is largest; of all windows the median.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].

    Returns:
        About 0 … 1: .06 to .14 in photographed florals and zebras, .2 to .4 in photographed checks and in
        rows of figures, 1 for a stripe; 0 where nothing is drawn.
    """
    small = resized(textile, *fitted_size(textile.shape, min(READ_AT_PX, max(textile.shape[:2]))))
    own, soft = its_own(small), blurred(small, SOFT_PX)
    height, width = (max(8, round(WINDOW * side)) for side in small.shape[:2])
    starts = [
        np.linspace(0, side - length, WINDOWS).round().astype(int)
        for side, length in zip(small.shape[:2], (height, width), strict=True)
    ]
    windows = [np.s_[top : top + height, left : left + width] for top in starts[0] for left in starts[1]]
    found = [
        _running_on(soft[at]) for at in windows if own[at].mean() >= LEAST_OWN and soft[at].std() > PLAIN
    ]
    return float(np.median(found)) if found else 0.0


def _running_on(window: Image) -> float:
    alike = 1 - unlike_itself(np.ascontiguousarray(window))
    angles = np.pi / DIRECTIONS * np.arange(DIRECTIONS)[:, None]
    far = min(window.shape[:2]) * np.linspace(NEAREST, FARTHEST, SHIFTS)
    rows, columns = (
        floats(side // 2 + share * far)
        for side, share in zip(alike.shape, (np.sin(angles), np.cos(angles)), strict=True)
    )
    return float(floats(cv2.remap(alike, columns, rows, cv2.INTER_LINEAR)).mean(axis=1).max())
