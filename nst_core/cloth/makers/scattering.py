"""Motifs as they lie on a tile of any size: each turned, scaled and perhaps flipped, at its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.matting import Motif
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import places_seen


@dataclass(frozen=True)
class Turn:
    """How a motif is laid: flipped left to right if so, then turned counter-clockwise and scaled."""

    angle_deg: float
    scale: float
    flipped: bool


@dataclass(frozen=True, eq=False)
class Turned:
    """A motif as it is laid: ``(h, w, 3)`` and ``(h, w)``."""

    colour: Image
    alpha: Image


@dataclass(frozen=True, eq=False)
class Placed:
    """A motif on a tile: its middle lies at a row and column between pixels."""

    motif: Motif
    turn: Turn
    middle: tuple[float, float]


def turned(motif: Motif, turn: Turn) -> Turned:
    """Return a motif turned about its middle, which is the middle of what is returned."""
    matrix = _matrix(motif, turn)
    height, width = motif.alpha.shape
    spread = np.abs(matrix[:, :2])
    new_width, new_height = (int(np.ceil(side)) + 2 for side in spread @ (width, height))
    matrix[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    return _warped(motif, turn, matrix, new_height, new_width)


def scattered(
    tile: Image, placed: Sequence[Placed], textile: Image, sheet: Sheet, decided: Sheet, *, framed: bool
) -> tuple[Image, Image]:
    """Return a tile with motifs laid on it, the later ones on the earlier.

    Args:
        tile: ``(H, W, 3)``, the ground.
        placed: what lies where on the sheet that was decided on.
        textile: ``(h, w, 3)``, as it is seen on this tile: the motifs are lifted off it.
        sheet: this tile.
        decided: the one that the places are of.
        framed: whether motifs end at the sheet's edges; else they go on at the opposite ones.

    Returns:
        The tile, and ``(H, W)`` how much of each place is motif.
    """
    tile, printed = tile.copy(), np.zeros(tile.shape[:2], np.float32)
    times = sheet.over(decided)
    for one in placed:
        laid, top, left = _laid(one.motif.of(textile), one, times)
        if framed:
            laid, top, left = _within(laid, top, left, tile.shape)
        height, width = laid.alpha.shape
        at = places_seen(tile.shape, sheet.repeat, height, width, top, left)
        alpha = laid.alpha[..., None]
        tile[at] = alpha * laid.colour + (1 - alpha) * tile[at]
        printed[at] = np.maximum(printed[at], laid.alpha)
    return tile, printed


def _within(laid: Turned, top: int, left: int, shape: tuple[int, ...]) -> tuple[Turned, int, int]:
    """Return what of a motif lies on a sheet, and where that begins."""
    height, width = laid.alpha.shape
    rows = slice(max(0, -top), max(0, min(height, shape[0] - top)))
    columns = slice(max(0, -left), max(0, min(width, shape[1] - left)))
    inside = Turned(laid.colour[rows, columns], laid.alpha[rows, columns])
    return inside, max(0, top), max(0, left)


def _laid(motif: Motif, placed: Placed, times: tuple[float, float]) -> tuple[Turned, int, int]:
    """Return a motif as it lies on the tile's pixels, and the first row and column of them."""
    matrix = _matrix(motif, placed.turn)
    height, width = motif.alpha.shape
    spread = np.abs(matrix[:, :2])
    new_width, new_height = (int(np.ceil(side)) + 4 for side in spread @ (width, height))
    # Lifted again, a motif's window is a px off: what lay in the middle still has to.
    away = (np.array(placed.motif.middle) - motif.middle)[::-1] * motif.cut.textile_px[::-1]
    away[0] *= -1 if placed.turn.flipped else 1
    about = np.array([width - 1, height - 1]) / 2 + away
    wanted = np.array(placed.middle[::-1]) * times[::-1] - 0.5
    first = np.floor(wanted - np.array([new_width - 1, new_height - 1]) / 2)
    matrix[:, 2] += (wanted - first) - (matrix[:, :2] @ about + matrix[:, 2])
    return _warped(motif, placed.turn, matrix, new_height, new_width), int(first[1]), int(first[0])


def _matrix(motif: Motif, turn: Turn) -> Image:
    """Return what turns and scales a motif about its middle, ``(2, 3)``."""
    height, width = motif.alpha.shape
    return np.asarray(
        cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn.angle_deg, turn.scale)
    )


def _warped(motif: Motif, turn: Turn, matrix: Image, height_px: int, width_px: int) -> Turned:
    colour, alpha = motif.colour, motif.alpha
    if turn.flipped:
        colour, alpha = np.ascontiguousarray(colour[:, ::-1]), np.ascontiguousarray(alpha[:, ::-1])
    size = (width_px, height_px)
    sharp = cv2.warpAffine(colour, matrix, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
    return Turned(np.clip(floats(sharp), 0, 1), floats(soft))
