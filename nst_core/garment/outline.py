"""The outline of a garment: its notches, and cuts through what lies between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Bits

Point = NDArray[np.float64]


@dataclass(frozen=True)
class Notch:
    """Where the outline is dented: its deepest point and the two hull points beside it."""

    deepest: Point
    ends: tuple[Point, Point]
    depth: float


def notches(garment: Bits) -> list[Notch]:
    """Return every dent of the outline against its convex hull."""
    contours, _ = cv2.findContours(garment.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)
    hull = cv2.convexHull(outline, returnPoints=False)
    # Rounded to one order: OpenCV wants the hull's points in the outline's own.
    hull = np.sort(hull, axis=0)[::-1]
    defects = cv2.convexityDefects(outline, hull) if len(hull) > 3 else None
    if defects is None:
        return []
    points = outline.reshape(-1, 2).astype(np.float64)
    return [
        Notch(points[deepest], (points[start], points[end]), depth / 256)
        for start, end, deepest, depth in np.asarray(defects).reshape(-1, 4)
        if depth > 0
    ]


def beyond(garment: Bits, start: Point, end: Point, tip: Point, *, bulge: float) -> Bits | None:
    """Return the side of a cut on which the tip lies, or None where the cut does not part the garment."""
    along = end - start
    across = np.array([-along[1], along[0]])
    steps = np.linspace(-0.03, 1.03, 64)[:, None]
    curve = start + steps * along + bulge * np.sin(np.pi * np.clip(steps, 0, 1)) * across
    cut = garment.astype(np.uint8)
    cv2.polylines(cut, [np.rint(curve).astype(np.int32)[:, None]], isClosed=False, color=0, thickness=2)
    count, labels = cv2.connectedComponents(cut, connectivity=4)
    near = _nearest(labels > 0, tip)
    side = labels == labels[near]
    share = float(side.sum()) / float(garment.sum())
    return np.asarray(side) if count > 2 and share < 0.6 else None


def largest(bits: Bits) -> Bits:
    """Return the largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bits.astype(np.uint8), connectivity=4)
    if count < 2:
        return bits
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def box(bits: Bits) -> tuple[int, int, int, int]:
    """Return top, height, left and right of what is set."""
    rows, columns = np.flatnonzero(bits.any(axis=1)), np.flatnonzero(bits.any(axis=0))
    return int(rows[0]), int(rows[-1] - rows[0] + 1), int(columns[0]), int(columns[-1])


def _nearest(bits: Bits, point: Point) -> tuple[int, int]:
    rows, columns = np.nonzero(bits)
    nearest = int(((columns - point[0]) ** 2 + (rows - point[1]) ** 2).argmin())
    return int(rows[nearest]), int(columns[nearest])


def at(point: Point) -> tuple[int, int]:
    """Return the row and column of a point ``(x, y)``."""
    return round(float(point[1])), round(float(point[0]))
