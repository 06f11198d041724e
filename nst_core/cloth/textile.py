"""A photographed textile made fit for cutting: foreign edges off, the room's light out."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.guesses import NO_LABELS
from nst_core.garment.pixels import Bits, Image, Rgb, fitted_size, floats, resized, resized_rgb, to_lab

PALETTE = 12
BAND = 0.02
MOST_TRIMMED = 0.16
FOREIGN = 18.0
FOREIGN_SHARE = 0.5
LIGHT_SIDE_PX, LIGHT_SIGMA = 96, 1 / 5
# Above this the broad changes of lightness are the picture's own, as in a painting.
MOST_LIGHT = 0.12
DRAWN_SHARE = 0.5


def without_foreign_edges(rgb: Rgb) -> Rgb:
    """Cut bands off the border whose colours do not occur in the textile.

    Photos of cloth often hold a strip of table or hem. A band is cut where most pixels are
    unlike every colour of the middle; at most 16 % of a side go.

    Args:
        rgb: ``(h, w, 3)``, sRGB.

    Returns:
        A view of ``rgb``, at least two thirds of each side.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < 32:
        return rgb
    scale = 96 / max(height, width)
    small = resized_rgb(rgb, max(8, round(height * scale)), max(8, round(width * scale)))
    foreign = _unlike_the_middle(to_lab(small))
    top, bottom = _foreign_depth(foreign), _foreign_depth(foreign[::-1])
    left, right = _foreign_depth(foreign.T), _foreign_depth(foreign.T[::-1])
    return rgb[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]


def evenly_lit(cloth: Image) -> Image:
    """Take a photographed textile's broad light and shade out.

    A fold or the lamp's falloff would be repeated with the pattern, and fight the garment's
    own light. Paintings, whose broad lights are theirs, are left alone, and so are drawn
    patterns, which no lamp has lit.

    Args:
        cloth: ``(h, w, 3)``, sRGB in [0, 1].

    Returns:
        ``(h, w, 3)``, float32 in [0, 1].
    """
    if _is_drawn(cloth):
        return cloth
    # Broad light is as well read on a thumbnail.
    small = resized(cloth, *fitted_size(cloth.shape, min(LIGHT_SIDE_PX, max(cloth.shape[:2]))))
    sigma = LIGHT_SIGMA * max(small.shape[:2])
    luma = cv2.GaussianBlur(
        cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), sigma, borderType=cv2.BORDER_REFLECT
    )
    light = resized(floats(np.log(floats(luma) + 0.02)), *cloth.shape[:2])
    light -= light.mean()
    if float(light.std()) > MOST_LIGHT:
        return cloth
    return floats(np.clip(cloth * np.exp(-light)[..., None], 0, 1))


def _is_drawn(cloth: Image) -> bool:
    """Say whether most neighbours are exactly alike, as in vector art and never in a photo."""
    alike = np.abs(np.diff(cloth, axis=1)).max(axis=-1) <= 1 / 255
    return bool(alike.size) and float(alike.mean()) > DRAWN_SHARE


def _unlike_the_middle(lab: Image) -> Bits:
    height, width = lab.shape[:2]
    middle = lab[height // 5 : height - height // 5, width // 5 : width - width // 5].reshape(-1, 3)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(7)
    samples = np.ascontiguousarray(middle)
    _, _, palette = cv2.kmeans(samples, PALETTE, NO_LABELS, criteria, 2, cv2.KMEANS_PP_CENTERS)
    nearest = np.stack([np.linalg.norm(lab - colour, axis=-1) for colour in palette]).min(axis=0)
    return np.asarray(nearest > FOREIGN)


def _foreign_depth(foreign: Bits) -> float:
    """Return the share of the first axis to cut off at its start."""
    band = max(1, round(BAND * len(foreign)))
    depth = 0
    while (
        depth + band <= MOST_TRIMMED * len(foreign) and foreign[depth : depth + band].mean() > FOREIGN_SHARE
    ):
        depth += band
    return depth / len(foreign)
