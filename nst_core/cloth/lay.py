"""Lay: bend a flat cloth along the folds of a garment, each piece of it cut by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.garment.pieces import Piece
from nst_core.garment.pixels import Bits, Image, blurred, floats
from nst_core.garment.shading import Shading

# Between two pixels Lanczos' kernel still loses some of what is finest; this gives it back: the Laplacian of
# 42 textiles, bent by 2 px at 256 px, is then as large as before (median; without .94 of it).
CRISPING = 0.03
# Folds that bend a pattern are broad; seams and noise in the shading must not tear it.
FOLD_SIGMA = 1 / 64
# Log shading per long side: the steepest percent of 18 photographed garments has this much in the middle.
USUAL_STEEPNESS = 10.0
# Resampling for less would only blur.
LEAST_SHIFT_PX = 0.25
# Places of the cloth that are looked at for a piece.
SEATS = 4
_BEND, _STAY = np.array([-1, 2, -1], np.float32), np.ones(1, np.float32)


def lay(
    cloth: Image, *, shading: Shading | None, bend_px: float, pieces: Sequence[Piece] = (), seed: int = 0
) -> Image:
    """Displace the cloth where the garment's surface tilts, and cut each piece from a place of its own.

    A surface that turns from the light darkens, so the gradient of the blurred log shading
    says how it tilts; the pattern is shifted along it, by at most ``bend_px`` where it is
    steepest. A piece carries the pattern along its own length, from elsewhere on the cloth. All is read as
    sharp as it lies there: what blurs here, the steps try to make good with grain.

    Args:
        cloth: ``(H, W, 3)``, sRGB in [0, 1].
        shading: the garment's, ``(H, W)``, or None: the cloth lies flat.
        bend_px: displacement where the folds are steepest; 0 leaves the cloth as it is.
        pieces: the garment's; none: one cloth runs straight through.
        seed: where on the cloth the pieces are cut.

    Returns:
        ``(H, W, 3)``, float32 in [0, 1].
    """
    height, width = cloth.shape[:2]
    across = down = np.zeros((height, width), np.float32)
    if shading is not None and bend_px > 0 and shading.kind == "photo":
        across, down = (bend_px * tilt for tilt in _tilt(shading.values))
    flat = max(float(np.abs(across).max()), float(np.abs(down).max())) < LEAST_SHIFT_PX
    rows, columns = np.indices((height, width), dtype=np.float32)
    x, y = floats(columns + across), floats(rows + down)
    laid = cloth.copy() if flat else _read(cloth, x, y)
    for index, piece in enumerate(pieces):
        box = _box(piece.weight > 0)
        seat = _seat(piece, cloth.shape, np.random.default_rng((seed, index)))
        cut = _read(cloth, seat.x(x[box], y[box]), seat.y(x[box], y[box]))
        laid[box] += piece.weight[box][..., None] * (cut - laid[box])
    return np.clip(laid, 0, 1)


def _read(cloth: Image, x: Image, y: Image) -> Image:
    """Return a cloth at columns and rows that may lie between its pixels, as sharp as on them."""
    seen = floats(cv2.remap(cloth, x, y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101))
    # Halfway between two pixels most is lost, on them nothing.
    lost_across, lost_down = (4 * (at - np.floor(at)) * (1 - at + np.floor(at)) for at in (x, y))
    across = cv2.sepFilter2D(seen, -1, _BEND, _STAY, borderType=cv2.BORDER_REFLECT_101)
    down = cv2.sepFilter2D(seen, -1, _STAY, _BEND, borderType=cv2.BORDER_REFLECT_101)
    return floats(seen + CRISPING * (lost_across[..., None] * across + lost_down[..., None] * down))


@dataclass(frozen=True)
class _Seat:
    """Where on the cloth a piece is cut: a turn about its middle, and where that middle lies."""

    turn: float
    middle: tuple[float, float]
    seat: tuple[float, float]

    def x(self, x: Image, y: Image) -> Image:
        """Return the column on the cloth of places in the picture."""
        turned = np.cos(self.turn) * (x - self.middle[0]) - np.sin(self.turn) * (y - self.middle[1])
        return floats(turned + self.seat[0])

    def y(self, x: Image, y: Image) -> Image:
        """Return the row on the cloth of places in the picture."""
        turned = np.sin(self.turn) * (x - self.middle[0]) + np.cos(self.turn) * (y - self.middle[1])
        return floats(turned + self.seat[1])


def _seat(piece: Piece, shape: tuple[int, ...], random: np.random.Generator) -> _Seat:
    """Choose a place of the cloth that holds the whole piece: of a few, the farthest from under the piece.

    Where a piece does not fit when turned, it is turned less.
    """
    rows, columns = np.nonzero(piece.weight > 0.5)
    if not rows.size:
        return _Seat(0.0, (0.0, 0.0), (0.0, 0.0))
    middle = float(columns.mean()), float(rows.mean())
    for share in (1.0, 0.75, 0.5, 0.25, 0.0):
        turned = _Seat(float(np.deg2rad(share * piece.turn_deg)), middle, (0.0, 0.0))
        x, y = turned.x(floats(columns), floats(rows)), turned.y(floats(columns), floats(rows))
        low = np.array([-x.min(), -y.min()])
        high = np.array([shape[1] - 1 - x.max(), shape[0] - 1 - y.max()])
        if (high >= low).all():
            break
    places = low + random.random((SEATS, 2)) * np.maximum(high - low, 0)
    shifts = np.rint(places - np.array(middle))
    # Whole pixels: what is not turned stays sharp.
    shift = shifts[np.hypot(*shifts.T).argmax()]
    return _Seat(turned.turn, middle, (middle[0] + float(shift[0]), middle[1] + float(shift[1])))


def _box(bits: Bits) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(bits.any(axis=1)), np.flatnonzero(bits.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _tilt(values: Image) -> tuple[Image, Image]:
    """Return the direction and steepness of the surface; 1 for the steepest folds of a usual garment."""
    long_side = max(values.shape)
    broad = blurred(np.log(values), FOLD_SIGMA * long_side)
    down, across = (floats(slope) for slope in np.gradient(broad))
    steepness = np.hypot(across, down) * long_side / USUAL_STEEPNESS
    # Steeper than 1 would tear the pattern: held there, smoothly.
    gain = np.tanh(steepness) / np.maximum(steepness, 1e-9) * long_side / USUAL_STEEPNESS
    return across * gain, down * gain
