"""Windows of a painting: two places of even but lively paint whose colours lie far apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.colour import lab_of, picture_of
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, blurred, fitted_size, floats, resized

# Shares of the short side: smaller ones where the painting has no two large places of even paint.
SIDES = (0.42, 0.28)
# Windows begin this share of a window apart, or farther where that would be too many.
STEP, MOST_STARTS = 1 / 6, 32
# What is broader than this share of a window is unevenness, what is finer brushwork.
BRUSH = 1 / 5
# ΔE below which the two are no figure and ground, above which farther apart is no better.
LEAST_APART, FAR_APART = 14.0, 45.0
# The share of the variance that the two must explain where they lie half and half.
LEAST_TOLD = 0.5
# Brushwork above this is no livelier, ΔE; what even and lively count beside being told apart.
LIVELY, EVENNESS, LIVELINESS, PATCHINESS = 6.0, 1.0, 0.15, 4.0
SMALL_COSTS = 0.15
# Seeds take turns with the pairs that have this share of the best one's worth, and paint of their own.
AS_GOOD, PAIRS, MOST_PAIRS = 0.8, 8, 4000
GOLDEN = (5**0.5 - 1) / 2
LOOKED_AT_PX = 256
# Of what is uneven, how much is taken out: it would come back as bands with every patch.
LEVELLED = 0.8
# Spread of each window's colours towards the other one's, as a share of their distance: above this they mix.
MOST_MIXED, LEAST_KEPT = 0.4, 0.35


@dataclass(frozen=True, eq=False)
class Windows:
    """Two cut-outs of a painting, ``(s, s, 3)`` each, sRGB in [0, 1]."""

    darker: Image
    lighter: Image


@dataclass(frozen=True, eq=False)
class _Places:
    """All windows of one size: corners ``(n, 2)``, Lab means ``(n, 3)``, and variances ``(n,)``, ΔE²."""

    side: int
    corners: NDArray[np.intp]
    means: NDArray[np.float64]
    uneven: NDArray[np.float64]
    brushwork: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two windows by their upper left corners, ``(2, 2)``."""

    worth: float
    side: int
    corners: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Places:
    """Where the two windows lie in a painting whose long side is ``long_px``.

    ``corners`` ``(2, 2)`` are the upper left ones, of the darker window first, and ``side`` is their side.
    """

    corners: NDArray[np.intp]
    side: int
    long_px: float

    def of(self, style: Image) -> Windows:
        """Cut the windows out of the painting ``(h, w, 3)`` at any size: levelled, with their brushwork."""
        darker, lighter = (_levelled(window) for window in self.cut(lab_of(style)))
        return Windows(*(picture_of(window) for window in _told_apart(darker, lighter)))

    def cut(self, style: Image) -> list[Image]:
        """Return the two parts of ``(h, w, 3)`` at any size as they are."""
        times = max(style.shape[:2]) / self.long_px
        side = int(self.side * times)
        corners = (self.corners * times).round().astype(int)
        return [style[y : y + side, x : x + side] for y, x in corners]


def two_windows(style: Image, *, seed: int) -> Places:
    """Return two windows of a painting, far apart in Lab.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1].
        seed: which of the pairs that are about as good as the best; 0 is the best itself.

    Raises:
        ClothUnsuitable: ``no_two_windows``: the style is much the same all over.
    """
    # Looked for at one size, so that a larger tile is the same cloth.
    scale = min(1.0, LOOKED_AT_PX / max(style.shape[:2]))
    small = lab_of(resized(style, *fitted_size(style.shape, round(scale * max(style.shape[:2])))))
    pairs = [
        pair
        for share in SIDES
        for pair in _pairs(_windows_of(small, share), SMALL_COSTS * (share != SIDES[0]))
    ]
    if not pairs:
        raise ClothUnsuitable(
            "applique needs two parts of the style that can be told apart as figure and ground "
            f"({LEAST_APART:.0f} ΔE and more, and {LEAST_TOLD:.0%} of their variance), and it is much the "
            "same all over; residual and palette take it as it is",
            code="no_two_windows",
        )
    choice = _different(sorted(pairs, key=lambda pair: -pair.worth))
    # Steps of the golden ratio: any few seeds, the next ones or far apart, fall on different pairs.
    chosen = choice[int(seed * GOLDEN % 1 * len(choice))]
    places = Places(chosen.corners, chosen.side, scale * max(style.shape[:2]))
    first, second = (float(window[..., 0].mean()) for window in places.cut(lab_of(style)))
    return places if first <= second else replace(places, corners=chosen.corners[::-1])


def _different(pairs: list[_Pair]) -> list[_Pair]:
    """Return the best pairs, each with a window at least half a window away from those of the ones before."""
    chosen: list[_Pair] = []
    for pair in pairs:
        if pair.worth < AS_GOOD * pairs[0].worth or len(chosen) == PAIRS:
            break
        if all(np.abs(pair.corners - other.corners).max() >= pair.side / 2 for other in chosen):
            chosen.append(pair)
    return chosen


def _pairs(places: _Places, costs: float) -> list[_Pair]:
    """Return the pairs of windows that can be told apart, with what they are worth."""
    apart = np.linalg.norm(places.means[:, None] - places.means[None], axis=-1)
    mixed = places.brushwork[:, None] + places.brushwork
    # The share of the variance that figure and ground of equal area would explain.
    told = apart**2 / np.maximum(apart**2 + 2 * mixed, 1e-9)
    uneven = (np.sqrt(places.uneven)[:, None] + np.sqrt(places.uneven)) / np.maximum(apart, 1)
    lively = np.sqrt(np.minimum(places.brushwork, LIVELY**2)) / LIVELY
    worth = told + np.minimum(apart / FAR_APART, 1) - EVENNESS * uneven - costs
    worth += LIVELINESS * np.minimum(lively[:, None], lively)
    # Windows that overlap by more than a third share too much paint.
    near = (np.abs(places.corners[:, None] - places.corners[None]) < 2 / 3 * places.side).all(-1)
    worth[near | (apart < LEAST_APART) | (told < LEAST_TOLD) | (np.tri(len(worth)) > 0)] = -np.inf
    best = np.argsort(-worth, axis=None, kind="stable")[:MOST_PAIRS]
    best = best[np.isfinite(worth.flat[best])]
    ones, others = np.unravel_index(best, worth.shape)
    return [
        _Pair(float(worth[one, other]), places.side, places.corners[[one, other]])
        for one, other in zip(ones, others, strict=True)
    ]


def _windows_of(lab: Image, share: float) -> _Places:
    side = max(8, round(share * min(lab.shape[:2])))
    tops, lefts = (_starts(length, side) for length in lab.shape[:2])
    broad = blurred(lab, BRUSH * side)
    means, uneven = _windowed(broad, side, tops, lefts)
    fine = lab - broad
    _, brushwork = _windowed(fine, side, tops, lefts)
    # A signature in a sky: brushwork in one corner of the window is no brushwork of it.
    liveliness = np.sqrt(blurred((fine**2).sum(-1, keepdims=True), BRUSH * side))[..., None]
    _, patchy = _windowed(liveliness, side, tops, lefts)
    corners = np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)
    return _Places(side, corners, means, uneven.sum(-1) + PATCHINESS * patchy[:, 0], brushwork.sum(-1))


def _starts(length: int, side: int) -> NDArray[np.intp]:
    count = min(MOST_STARTS, 1 + int(np.ceil((length - side) / max(1.0, STEP * side))))
    return np.unique(np.linspace(0, length - side, count).round().astype(np.intp))


def _windowed(
    values: Image, side: int, tops: NDArray[np.intp], lefts: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of every window, ``(n, C)`` each."""
    rows, columns = tops[:, None], lefts[None, :]

    def over(summed: Image) -> NDArray[np.float64]:
        total = np.asarray(cv2.integral(summed, sdepth=cv2.CV_64F))
        inside = total[rows + side, columns + side] - total[rows, columns + side]
        inside = inside - total[rows + side, columns] + total[rows, columns]
        return np.asarray(inside.reshape(-1, values.shape[-1]) / side**2)

    mean = over(floats(values))
    return mean, np.maximum(over(floats(values**2)) - mean**2, 0)


def _levelled(window: Image) -> Image:
    """Return a window's Lab without most of what is broad in it."""
    broad = blurred(window, BRUSH * len(window))
    return floats(window - LEVELLED * (broad - broad.mean(axis=(0, 1))))


def _told_apart(one: Image, other: Image) -> tuple[Image, Image]:
    """Return both windows' Lab, colours that lie towards the other window drawn back to their own."""
    towards = other.mean(axis=(0, 1)) - one.mean(axis=(0, 1))
    apart = float(np.linalg.norm(towards))
    axis = floats(towards / max(apart, 1e-6))
    return _drawn_back(one, axis, apart), _drawn_back(other, axis, apart)


def _drawn_back(window: Image, axis: Image, apart: float) -> Image:
    along = (window - window.mean(axis=(0, 1))) @ axis
    kept = float(np.clip(MOST_MIXED * apart / max(float(along.std()), 1e-6), LEAST_KEPT, 1))
    return floats(window - (1 - kept) * along[..., None] * axis)
