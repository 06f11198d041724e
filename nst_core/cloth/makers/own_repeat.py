"""A textile's own repeat: the two shortest shifts that lay it onto itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.cloth.repeat import FOUND_AGAIN
from nst_core.garment.pixels import Image, blurred, fitted_size, floats, resized

Vectors = NDArray[np.float64]

# Shifts are looked for up to this share of a side: beyond it too little lies on itself to tell.
FARTHEST = 0.6
# Of the textile that must lie outside the cell that is said to tell it.
LEAST_REPEATED = 0.25
SHORTEST_PX = 6.0
# Difference between a textile and its shifted self, 1 where the two have nothing in common: a photographed
# check comes to .5, what repeats nowhere to .8 by chance.
SURELY_ALIKE, LIKE_ITSELF = 0.6, 0.8
# Stripes are hardly more unlike themselves along their way than a stripe farther across it.
STRIPED = 0.05
# Thin lines a third of a pixel off would count as different.
SOFT_PX = 1.0
# Larger, the grain of a weave hides its checks.
LOOKED_AT_PX = 256


@dataclass(frozen=True, eq=False)
class OwnRepeat:
    """How a textile repeats by itself.

    Attributes:
        shifts: ``(2, 2)``, the two shifts as rows of (down, right), px of the textile.
        misfit: what differs outside the middle cell when that is laid all over, as a share of the textile's
            contrast: 0 in a drawn pattern, 1 in a photographed check whose threads drift.
    """

    shifts: Vectors
    misfit: float

    @property
    def is_exact(self) -> bool:
        """Whether one cell tells the whole textile."""
        return self.misfit < FOUND_AGAIN


def own_repeat(textile: Image) -> OwnRepeat | None:
    """Return how a textile repeats by itself, or None where no shift lays it onto itself.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].
    """
    if min(textile.shape[:2]) < 32 or float(textile.std()) < 1e-3:
        return None
    size = fitted_size(textile.shape, min(LOOKED_AT_PX, max(textile.shape[:2])))
    unlike = unlike_itself(blurred(resized(textile, *size), SOFT_PX))
    shifts = _shortest_two(unlike)
    if shifts is None:
        return None
    shifts = _refined(shifts, unlike) * (np.array(textile.shape[:2]) / size)
    if (
        min(np.linalg.norm(shifts, axis=1)) < SHORTEST_PX / 2
        or abs(np.linalg.det(shifts)) < SHORTEST_PX**2 / 4
    ):
        return None
    return OwnRepeat(shifts, _misfit(textile, shifts))


def cells(textile: Image, shifts: Vectors, places: Vectors) -> Image:
    """Return a textile at any places, each looked up in the cell about its middle.

    Args:
        textile: ``(h, w, 3)``.
        shifts: ``(2, 2)``, its own.
        places: ``(H, W, 2)``, rows and columns, also far outside.

    Returns:
        ``(H, W, 3)``, float32.
    """
    inside = floats(_in_middle_cell(textile, shifts, places))
    return floats(
        cv2.remap(textile, inside[..., 1], inside[..., 0], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    )


def _misfit(textile: Image, shifts: Vectors) -> float:
    places = np.moveaxis(np.indices(textile.shape[:2], np.float64), 0, -1)
    outside = np.abs(_in_middle_cell(textile, shifts, places) - places).max(axis=-1) > 1
    if outside.mean() < LEAST_REPEATED:
        return 1.0
    contrast = float(np.abs(textile - textile.mean(axis=(0, 1))).mean())
    return float(np.abs(cells(textile, shifts, places) - textile)[outside].mean()) / contrast


def _in_middle_cell(textile: Image, shifts: Vectors, places: Vectors) -> Vectors:
    middle = (np.array(textile.shape[:2]) - 1) / 2
    shares = (places - middle) @ np.linalg.inv(shifts)
    return np.asarray((shares - np.floor(shares + 0.5)) @ shifts + middle)


def unlike_itself(textile: Image) -> Image:
    """Return how unlike a textile is to itself shifted by (down, right), 0 in the middle of the map.

    Where a shift leaves less than (1 − FARTHEST) of both sides on itself the map is 1.
    """
    height, width = textile.shape[:2]
    size = 2 * height, 2 * width
    flat = (textile - textile.mean(axis=(0, 1))).astype(np.float64)
    frame = np.fft.rfft2(np.ones((height, width)), size)
    square = np.fft.rfft2((flat**2).sum(axis=-1), size)
    planes = np.fft.rfft2(flat, size, axes=(0, 1))
    common = np.fft.irfft2(np.abs(frame) ** 2, size)
    energy = np.fft.irfft2(square.conj() * frame + frame.conj() * square, size)
    alike = np.fft.irfft2((np.abs(planes) ** 2).sum(axis=-1), size)
    usual = 2 * float((flat**2).sum(axis=-1).mean())
    unlike = np.fft.fftshift((energy - 2 * alike) / np.maximum(common, 1) / usual)
    far_down, far_right = int(FARTHEST * height), int(FARTHEST * width)
    return floats(
        unlike[height - far_down : height + far_down + 1, width - far_right : width + far_right + 1]
    )


def _shortest_two(unlike: Image) -> Vectors | None:
    """Return the two shortest independent shifts, of those that lay the textile onto itself best."""
    centre = np.array(unlike.shape) // 2
    lowest = floats(cv2.erode(unlike, np.ones((5, 5), np.uint8)))
    rows, columns = np.nonzero((unlike <= lowest) & (unlike < LIKE_ITSELF))
    shifts = np.stack([rows, columns], axis=1) - centre
    values = unlike[rows, columns]
    lengths = np.linalg.norm(shifts, axis=1)
    far = lengths >= SHORTEST_PX
    shifts, values, lengths = shifts[far], values[far], lengths[far]
    if not len(shifts) or float(values.min()) > SURELY_ALIKE:
        return None
    # Motifs that differ in colour alone come near a repeat; the true one is as good as any that is farther.
    good = values <= max(1.5 * float(values.min()), 0.08)
    shifts, lengths = shifts[good], lengths[good]
    order = np.argsort(lengths, kind="stable")
    first = shifts[order[0]]
    along, unlike_along = _along(unlike, first)
    if unlike_along < 1.5 * float(unlike[tuple(first + centre)]) + STRIPED:
        return np.stack([first, along]).astype(np.float64)
    for index in order[1:]:
        second = shifts[index]
        across = abs(first[0] * second[1] - first[1] * second[0]) / lengths[order[0]]
        if across >= max(SHORTEST_PX * 0.7, 0.35 * lengths[index]):
            return np.stack([first, second]).astype(np.float64)
    # Bent stripes, and checks of which one direction is clearer.
    return np.stack([first, along]).astype(np.float64) if unlike_along < LIKE_ITSELF else None


def _along(unlike: Image, first: NDArray[np.intp]) -> tuple[NDArray[np.intp], float]:
    """Return the shift across another that lays a textile best onto itself, as along stripes; how well."""
    height, width = unlike.shape
    down, right = np.arange(height)[:, None] - height // 2, np.arange(width)[None, :] - width // 2
    far = np.hypot(down, right)
    across = np.abs(first[0] * right - first[1] * down)
    ring = (np.abs(far - far.max() / 4) < 2) & (across > 0.5 * far * np.linalg.norm(first))
    values = np.where(ring, unlike, np.inf)
    place = np.array(np.unravel_index(int(values.argmin()), unlike.shape))
    return place - np.array(unlike.shape) // 2, float(values.min())


def _refined(shifts: Vectors, unlike: Image) -> Vectors:
    """Return the shifts to a fraction of a pixel: from their multiples, the near ones before the far."""
    centre = np.array(unlike.shape) // 2
    reach = int(max(centre) / max(1.0, float(np.linalg.norm(shifts, axis=1).min()))) + 1
    steps = np.array([s for s in product(range(-reach, reach + 1), repeat=2) if any(s)], float)
    for rounds in (1, 2, 4, 8, 16):
        near = steps[np.abs(steps).max(axis=1) <= rounds]
        found, counts = [], []
        for count in near:
            place = _lowest_near(unlike, np.rint(count @ shifts + centre).astype(int))
            if place is not None:
                found.append(place - centre)
                counts.append(count)
        if len(counts) >= 4:
            shifts = np.linalg.lstsq(np.array(counts), np.array(found), rcond=None)[0]
    return shifts


def _lowest_near(unlike: Image, place: NDArray[np.intp]) -> NDArray[np.float64] | None:
    """Return where the map is lowest within 2 px of a place, between pixels; None at the map's border."""
    row, column = (int(value) for value in place)
    if not (3 <= row < unlike.shape[0] - 3 and 3 <= column < unlike.shape[1] - 3):
        return None
    window = unlike[row - 2 : row + 3, column - 2 : column + 3]
    down, right = (int(i) - 2 for i in np.unravel_index(int(window.argmin()), window.shape))
    row, column = row + down, column + right
    here = float(unlike[row, column])
    if here > LIKE_ITSELF:
        return None
    return np.array(
        [
            row + _vertex(float(unlike[row - 1, column]), here, float(unlike[row + 1, column])),
            column + _vertex(float(unlike[row, column - 1]), here, float(unlike[row, column + 1])),
        ]
    )


def _vertex(before: float, here: float, after: float) -> float:
    """Return where the parabola through three neighbours is lowest, at most half a pixel away."""
    bend = before - 2 * here + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend > 1e-9 else 0.0
