"""Regions of an ink map, and no region that is too small to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.garment.pixels import Rgb
from nst_core.inks.laying import InkMap
from nst_core.inks.look import look_of
from nst_core.inks.surroundings import EIGHT, beside, with_margin


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of an ink map: places of one ink that touch, corners included, across the joins too.

    Attributes:
        of: ``(H, W)``, which region each place belongs to.
        area_px: ``(R,)``.
        ink: ``(R,)``.
    """

    of: NDArray[np.int32]
    area_px: NDArray[np.int64]
    ink: NDArray[np.int64]


def regions_of(inks: InkMap, repeat: Repeat | None) -> Regions:
    """Return the regions of a map on the cloth that it repeats on; None: of a picture that ends."""
    numbers = np.zeros(inks.shape, np.int32)
    count = 0
    for ink in range(int(inks.max()) + 1):
        found, labels = cv2.connectedComponents(
            (inks == ink).astype(np.uint8), connectivity=8, ltype=cv2.CV_32S
        )
        inside = labels > 0
        numbers[inside] = labels[inside] + (count - 1)
        count += found - 1
    joined = _joined(_pairs_across_joins(numbers, inks, repeat), count)
    _, one = np.unique(joined, return_inverse=True)
    numbers = one.astype(np.int32)[numbers]
    area = np.bincount(numbers.reshape(-1))
    ink_of = np.zeros(len(area), np.int64)
    ink_of[numbers.reshape(-1)] = inks.reshape(-1)
    return Regions(numbers, area, ink_of)


def without_small(inks: InkMap, rgb: Rgb, colours: Rgb, repeat: Repeat | None, least_px: int) -> InkMap:
    """Return a map whose regions all have at least so many px, or that has one region.

    A region that is too small takes the ink of a neighbour: that which is nearest to its colours. Of small
    neighbours the smallest goes first, of equal ones that with the lower ink, so that the order of places
    plays no part.

    Args:
        inks: ``(H, W)``.
        rgb: ``(H, W, 3)`` uint8, the picture.
        colours: ``(n, 3)`` uint8, of the inks.
        repeat: how it meets its neighbours; None: not at all.
        least_px: area.
    """
    inks = inks.copy()
    look = look_of(colours)
    while True:
        regions = regions_of(inks, repeat)
        small = regions.area_px < least_px
        if not small.any() or len(small) == 1:
            return inks
        goes, touches = _first_to_go(regions, repeat, small, len(look))
        here = goes[regions.of]
        of = regions.of[here]
        costs = np.full((len(small), len(look)), np.inf)
        own = look_of(rgb[here]).astype(np.float64)
        for ink, colour in enumerate(look):
            # Rounded to whole numbers: sums of them do not depend on their order.
            off = np.round(1000 * ((own - colour) ** 2).sum(axis=1))
            costs[:, ink] = np.where(touches[:, ink], np.bincount(of, off, len(small)), np.inf)
        inks[here] = costs.argmin(axis=1)[of]


def _first_to_go(
    regions: Regions, repeat: Repeat | None, small: NDArray[np.bool_], count: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which regions go now ``(R,)``, and which inks each small one touches ``(R, n)``."""
    here = small[regions.of]
    own = regions.of[here]
    around = with_margin(regions.of, repeat, 1)
    touches = np.zeros((len(small), count), np.bool_)
    goes = small.copy()
    rank = regions.area_px * count + regions.ink
    for down, right in EIGHT:
        other = beside(around, down, right)[here]
        unlike = other != own
        first, second = own[unlike], other[unlike]
        touches[first, regions.ink[second]] = True
        goes[first[small[second] & (rank[second] < rank[first])]] = False
    return goes, touches


def _pairs_across_joins(numbers: NDArray[np.int32], inks: InkMap, repeat: Repeat | None) -> NDArray[np.int64]:
    """Return ``(N, 2)`` regions of one ink that touch where the tile meets its neighbours."""
    if repeat is None:
        return np.empty((0, 2), np.int64)
    both = with_margin(np.stack([numbers, inks.astype(np.int32)], axis=-1), repeat, 1)
    border = np.zeros(inks.shape, np.bool_)
    border[[0, -1]] = border[:, [0, -1]] = True
    here = np.stack([numbers[border], inks[border]], axis=-1)
    found = []
    for down, right in EIGHT:
        there = beside(both, down, right)[border]
        alike = here[:, 1] == there[:, 1]
        found.append(np.stack([here[alike, 0], there[alike, 0]], axis=-1))
    return np.unique(np.concatenate(found), axis=0)


def _joined(pairs: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Return for each number the lowest that it is joined to."""
    lowest = list(range(count))

    def root(number: int) -> int:
        while lowest[number] != number:
            lowest[number] = lowest[lowest[number]]
            number = lowest[number]
        return number

    for first, second in pairs.tolist():
        one, other = sorted((root(first), root(second)))
        lowest[other] = one
    return np.array([root(number) for number in range(count)], np.int64)
