"""Edges made crisp: a place that mixes the colours on both its sides takes one of them.

Else the soft edge between dark and light is laid in whichever ink lies between: a halo of a third colour
around every figure, thinner than any press registers.
"""

from __future__ import annotations

import cv2
import numpy as np

from configs.cloth import Repeat
from nst_core.garment.pixels import Rgb
from nst_core.inks.look import look_of, squared
from nst_core.inks.surroundings import FOUR, beside, with_margin

# Sides that are nearer than this in look are no edge. A mix lies within the middle of the line from one to
# the other, not further off it than a share of its length, and not darker or lighter than both by more than
# so much: that is a line between two figures.
_GAP, _WITHIN, _OFF, _BEYOND = 10.0, 0.12, 0.3, 3.0
_CUBIC_PX = 4


def enlarged(rgb: Rgb, repeat: Repeat | None, factor: int) -> Rgb:
    """Return a picture so many times as high and wide, smooth, on the cloth that it repeats on.

    Cubic, within what each place and its eight neighbours had: a cubic alone rings, and its rims would take
    inks of their own.
    """
    if factor == 1:
        return rgb
    grown = with_margin(rgb, repeat, _CUBIC_PX)
    # 8 bits by whole numbers: every place is rounded alike, wherever it lies in the tile.
    large = cv2.resize(grown, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    square = np.ones((3, 3), np.uint8)
    lowest, highest = (
        cv2.resize(one, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
        for one in (cv2.erode(grown, square), cv2.dilate(grown, square))
    )
    cut = _CUBIC_PX * factor
    return np.ascontiguousarray(np.clip(large, lowest, highest)[cut:-cut, cut:-cut], np.uint8)


def crisp(rgb: Rgb, repeat: Repeat | None, passes: int) -> Rgb:
    """Return a picture whose places all have a colour that it had before, edges without their mixes.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        repeat: how it meets its neighbours; None: not at all.
        passes: each takes a px off both sides of a soft edge.
    """
    for _ in range(passes):
        rgb = _once(rgb, repeat)
    return rgb


def _once(rgb: Rgb, repeat: Repeat | None) -> Rgb:
    colours = with_margin(rgb, repeat, 1)
    look = look_of(colours)
    here = beside(look, 0, 0)
    widest = np.zeros(rgb.shape[:2], np.float32)
    found = rgb.copy()
    for down, right in FOUR:
        first, line = beside(look, -down, -right), beside(look, down, right) - beside(look, -down, -right)
        length = squared(line)
        along = ((here - first) * line).sum(axis=-1) / np.maximum(length, 1e-6)
        off = squared(here - first - along[..., None] * line)
        mixed = (length > np.maximum(widest, _GAP**2)) & (off < _OFF**2 * length)
        mixed &= (along > _WITHIN) & (along < 1 - _WITHIN)
        darker, lighter = np.minimum(line[..., 0], 0), np.maximum(line[..., 0], 0)
        above = here[..., 0] - first[..., 0]
        mixed &= (above > darker - _BEYOND) & (above < lighter + _BEYOND)
        side = np.where(
            (along < 0.5)[..., None], beside(colours, -down, -right), beside(colours, down, right)
        )
        found[mixed] = side[mixed]
        widest[mixed] = length[mixed]
    return found
