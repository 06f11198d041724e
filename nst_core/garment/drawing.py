"""Drawn garments: flat colours whose dark lines are ink, to be kept over the new cloth."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import (
    Bits,
    Image,
    Rgb,
    eroded,
    fitted_size,
    floats,
    resized,
    resized_rgb,
    to_lab,
    to_luma,
)

JUDGING_SIDE_PX = 256
# Share of places that differ from their neighbours by at most a level, at 256 px: drawings .35 and more (the
# least with much ink, from a picture of 256 px, where resampling has rung), the smoothest of 90 photos .18.
FLAT_SHARE = 0.27
# What black lines leave of the cloth: ink, not shade.
INK = 0.06
# Under this median luma a garment is black itself, and its lines cannot be told from it.
BLACK_GARMENT = 0.2
# Widest line, and how far about it colours are compared, as a share of the long side.
REACH = 0.02
# Spread of the colours (Lab a, b) on both sides of a line from which it is the outline of a printed motif.
MOTIF_COLOURS = 14.0


def is_drawing(rgb: Rgb, alpha: Image) -> bool:
    """Say whether most of the garment is flat colour, as in vector art.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        alpha: ``(H, W)`` in [0, 1].
    """
    size = fitted_size(rgb.shape, min(JUDGING_SIDE_PX, max(rgb.shape[:2])))
    small, inside = resized_rgb(rgb, *size), eroded(resized(alpha, *size) > 0.9, 3)
    if not inside.any():
        return False
    kernel = np.ones((3, 3), np.uint8)
    range_nearby = (floats(cv2.dilate(small, kernel)) - floats(cv2.erode(small, kernel))).max(axis=-1)
    return bool((range_nearby[inside] <= 1).mean() > FLAT_SHARE)


def drawn_lines(rgb: Rgb, alpha: Image, *, strength: float) -> Image:
    """Return what a drawing's dark lines leave of the cloth under them.

    A line is dark and narrow. Where the colours on its two sides differ it is the outline of
    an old motif and goes with it, but for the garment's own outline.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        alpha: ``(H, W)`` in [0, 1].
        strength: 0 leaves the lines out, 1 keeps them as ink.

    Returns:
        ``(H, W)``, from INK to 1.
    """
    luma, inside = to_luma(rgb), alpha > 0.5
    if not inside.any() or float(np.median(luma[inside])) < BLACK_GARMENT:
        return np.ones_like(luma)
    reach = 2 * max(1, round(REACH * max(luma.shape))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    # Closing fills a narrow dark line with what lies about it; outside the garment that is light.
    ground = floats(cv2.morphologyEx(floats(np.where(inside, luma, 1.0)), cv2.MORPH_CLOSE, disc))
    ratio = np.clip((luma + 0.03) / (ground + 0.03), 0, 1)
    line = floats(np.clip((0.5 - luma) / 0.3, 0, 1) * (1 - ratio))
    inner = eroded(inside, reach)
    motif = np.clip(_colours_about(rgb, (alpha > 0.9) & (line < 0.2), reach) / MOTIF_COLOURS - 1, 0, 1)
    return floats(np.clip(1 - strength * line * np.where(inner, 1 - motif, 1), INK, 1))


def _colours_about(rgb: Rgb, known: Bits, reach: int) -> Image:
    """Return the spread of the known colours within so many px of each place."""
    weight, colours = floats(known), to_lab(rgb)[..., 1:]
    window = (2 * reach + 1, 2 * reach + 1)
    share = np.maximum(floats(cv2.blur(weight, window)), 1e-4)[..., None]
    mean = floats(cv2.blur(colours * weight[..., None], window)) / share
    square = floats(cv2.blur(colours**2 * weight[..., None], window)) / share
    return floats(np.sqrt(np.maximum(square - mean**2, 0).sum(-1)))
