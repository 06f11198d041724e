"""An ink map at the press's resolution: smooth outlines instead of the pixels of a preview."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from configs.cloth import Repeat
from nst_core.errors import InksImpossible
from nst_core.garment.pixels import Bits, Image, floats
from nst_core.inks.edges import enlarged
from nst_core.inks.laying import InkMap
from nst_core.inks.separating import Separated, without_specks
from nst_core.inks.surroundings import with_margin

MM_PER_INCH = 25.4
MOST_PX = 120_000_000
# Outlines are drawn through the pixels' middles, softened by so much of a px: steps go, corners stay.
_SOFT_PX, _MARGIN_PX = 0.6, 3


def at_resolution(separated: Separated, dpi: float, *, min_region_mm: float) -> Separated:
    """Return a separation at a press's resolution or the next higher that is a whole multiple of its own.

    Each place takes the ink that has the largest share around it. The lattice stays: a whole multiple of a
    tile repeats as the tile does.

    Args:
        separated: at any resolution; one that has as much already stays.
        dpi: px per inch.
        min_region_mm: side of the square that no region is smaller than.

    Raises:
        InksImpossible: more than 120 million px.
    """
    factor = math.ceil(dpi / MM_PER_INCH / separated.px_per_mm - 1e-9)
    if factor <= 1:
        return separated
    height, width = (factor * side for side in separated.inks.shape)
    if height * width > MOST_PX:
        raise InksImpossible(
            f"{dpi:g} dpi would make {width} × {height} px, more than {MOST_PX / 1e6:g} million; ask for a "
            "lower resolution or a smaller width",
            code="too_many_pixels",
        )
    large = replace(
        separated,
        inks=_smooth(separated.inks, separated.repeat, factor),
        picture=enlarged(separated.picture, separated.repeat, factor),
        px_per_mm=factor * separated.px_per_mm,
    )
    return replace(large, inks=without_specks(large, min_region_mm))


def softened(places: Bits, repeat: Repeat | None) -> Image:
    """Return the places of an ink ``(H, W)`` as its share around each place, its steps softened."""
    return _soft(with_margin(places, repeat, _MARGIN_PX))[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]


def _soft(places: Bits) -> Image:
    return floats(cv2.GaussianBlur(floats(places), (5, 5), _SOFT_PX))


def _smooth(inks: InkMap, repeat: Repeat | None, factor: int) -> InkMap:
    grown = with_margin(inks, repeat, _MARGIN_PX)
    cut = _MARGIN_PX * factor
    height, width = (factor * side for side in inks.shape)
    found = np.zeros((height, width), np.uint8)
    most = np.full((height, width), -1, np.float32)
    for ink in np.unique(inks):
        share = cv2.resize(_soft(grown == ink), None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        share = floats(share)[cut : cut + height, cut : cut + width]
        here = share > most
        found[here] = ink
        np.maximum(most, share, out=most)
    return found
