"""Where the garment is: from the catalog, from the picture's own alpha, or found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from configs.recipe import GarmentPart
from nst_core.garment.automatic import automatic_mask
from nst_core.garment.edges import soften
from nst_core.garment.head import Look
from nst_core.garment.pixels import Image, resized, unit

Source = Literal["catalog", "alpha", "auto", "none"]

# A mask drawn for a picture has its shape; a few per cent come from rounding and cropped borders.
ASPECT_TOLERANCE = 0.05
ALMOST_NOTHING, ALMOST_ALL = 0.002, 0.995


@dataclass(frozen=True)
class GarmentMask:
    """A soft mask and where it came from.

    Attributes:
        alpha: ``(H, W)`` float32 in [0, 1]; all 1 when the source is ``none``.
        source: ``catalog``, ``alpha`` (the picture's own transparency), ``auto``, or ``none``:
            nothing trustworthy was found and the whole picture is painted.
        confidence: 1 for catalog and alpha; else how sure the search was, also when it was
            too unsure to be used.
        area: share of the picture that the mask covers.
        notes: what was odd, in words for flags: ``mask_inverted`` (used the other way round),
            ``mask_empty``, ``mask_full``, ``mask_other_shape`` (a catalog mask that could not be used).
    """

    alpha: Image
    source: Source
    confidence: float
    area: float
    notes: tuple[str, ...] = ()


def find_mask(
    rgb: NDArray[np.uint8],
    *,
    catalog_mask: NDArray[np.uint8] | None,
    alpha: NDArray[np.uint8] | None,
    part: GarmentPart,
    look: Look | None,
) -> GarmentMask:
    """Return the garment's mask from the best source at hand.

    In order: the catalog's mask unless it is unusable, the picture's transparency where it
    cuts something out, the automatic search unless the recipe says ``mask: catalog``. A search
    less sure than ``part.min_confidence`` gives a mask of ones with source ``none``.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        catalog_mask: ``(h, w)`` of any size and about the picture's shape, 0..255, hard or soft.
        alpha: ``(H, W)``, 0..255.
        part: the recipe's ``garment:`` block.
        look: the trained look of the search; None lets colours alone decide.
    """
    height, width = rgb.shape[:2]
    notes: tuple[str, ...] = ()
    if catalog_mask is not None:
        given, notes = _usable(catalog_mask, height, width)
        if given is not None:
            return _found(_settled(given, part.edge_px), "catalog", 1.0, notes)
    if alpha is not None and ALMOST_NOTHING < (alpha > 127).mean() < 0.97:
        return _found(_settled(unit(alpha), part.edge_px), "alpha", 1.0, notes)
    confidence = 0.0
    if part.mask == "auto":
        found, confidence = automatic_mask(rgb, edge_px=part.edge_px, look=look)
        if confidence >= part.min_confidence and found.any():
            return _found(found, "auto", confidence, notes)
    return _found(np.ones((height, width), np.float32), "none", confidence, notes)


def _usable(mask: NDArray[np.uint8], height: int, width: int) -> tuple[Image | None, tuple[str, ...]]:
    """Return the catalog's mask at the picture's size, or None, and what was odd about it."""
    shape = mask.shape[1] / mask.shape[0] * height / width
    # A pixel more or less on a small mask is no other shape.
    slack = ASPECT_TOLERANCE + 1.0 / min(mask.shape) + 1.0 / min(height, width)
    if not 1 / (1 + slack) < shape < 1 + slack:
        return None, ("mask_other_shape",)
    values = resized(unit(mask), height, width)
    area = float(values.mean())
    if area < ALMOST_NOTHING:
        return None, ("mask_empty",)
    if area > ALMOST_ALL:
        return None, ("mask_full",)
    if _inverted(values):
        return 1 - values, ("mask_inverted",)
    return values, ()


def _inverted(values: Image) -> bool:
    """Say whether the white of a mask is the ground: nearly all of the rim, little of the middle."""
    height, width = values.shape
    rim = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    middle = values[height // 4 : height - height // 4, width // 4 : width - width // 4]
    return float(rim.mean()) > 0.9 and float(middle.mean()) < 0.5


def _settled(values: Image, edge_px: float) -> Image:
    """Give a hard mask the recipe's edge; leave a mask that is already soft as it was drawn."""
    grey = float(((values > 0.05) & (values < 0.95)).mean())
    outline = float(np.abs(np.diff(values > 0.5, axis=1)).mean())
    # A hard mask that was resized has about one grey pixel for each pixel of outline.
    return soften(values, edge_px) if grey <= 2.5 * outline else soften(values, 0)


def _found(alpha: Image, source: Source, confidence: float, notes: tuple[str, ...]) -> GarmentMask:
    return GarmentMask(alpha, source, float(confidence), float(alpha.mean()), notes)
