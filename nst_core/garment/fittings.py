"""Fittings: buttons, labels and zip pullers, which stay the photo when a garment gets another cloth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.garment.drawing import is_drawing
from nst_core.garment.pixels import (
    Bits,
    Image,
    Rgb,
    blurred,
    dilated,
    eroded,
    fitted_size,
    floats,
    resized,
    resized_rgb,
    to_lab,
)
from nst_core.garment.spread import broadly_blurred
from nst_core.garment.surface import is_printed

FINDING_SIDE_PX = 512
# Distance in Lab from the cloth about it: of a single fitting, and of each in a row of alike ones.
ALONE, IN_A_ROW = 30.0, 13.0
# Side of a fitting as a share of the long side; a label is at most so many times as long as wide.
SMALLEST, LARGEST, LONGEST = 0.006, 0.09, 4.5
# More than so many, or more of the garment than this, are a print.
MOST, MOST_SHARE = 16, 0.02
# Where as much again of the garment is nearly as unlike its surroundings, these are pieces of a print.
CROWD = 0.6
# Few folds are further than this from the mean colour about them.
FOLD = 18.0
SURROUNDINGS, EDGE = 1 / 24, 1 / 400


@dataclass(frozen=True)
class _Spot:
    """A small thing of another colour: where it lies and how it looks."""

    bits: Bits
    middle: tuple[float, float]
    area: float
    contrast: float
    colour: Image


def find_fittings(rgb: Rgb, alpha: Image) -> Image:
    """Return where buttons, labels and pullers lie on plain cloth.

    Small, sharp, compact things of another colour than the cloth about them; a single one must
    stand out far, three and more alike in a row may be fainter. A miss costs a button; a fold or a
    piece of a print kept by mistake would be a hole in the new cloth, so that printed garments, drawings
    and whatever comes in crowds have none.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        alpha: ``(H, W)`` in [0, 1], the garment's mask.

    Returns:
        ``(H, W)`` in [0, 1]: 1 where the photo stays, soft at the edge.
    """
    none = np.zeros(alpha.shape, np.float32)
    size = fitted_size(rgb.shape, min(FINDING_SIDE_PX, max(rgb.shape[:2])))
    small, inside = resized_rgb(rgb, *size), resized(alpha, *size) > 0.95
    if inside.sum() < 400 or is_drawing(rgb, alpha) or is_printed(small, inside):
        return none
    distance = _unlike_its_surroundings(small, inside)
    spots = _spots(small, inside, distance)
    kept = [spot for spot in spots if spot.contrast > ALONE or _in_a_row(spot, spots)]
    if not kept or len(kept) > MOST or sum(spot.area for spot in kept) > MOST_SHARE * inside.sum():
        return none
    bits = np.asarray(np.any([spot.bits for spot in kept], axis=0))
    level = max(CROWD * min(spot.contrast for spot in kept), FOLD)
    loud = (distance > level) & eroded(inside, 9)
    if (loud & ~dilated(bits, 7)).sum() > bits.sum():
        return none
    soft = blurred(resized(floats(bits), *alpha.shape), max(0.6, EDGE * max(alpha.shape)))
    # The edge lies within: a ring of the old cloth about a button is seen at once.
    return floats(np.clip((soft - 0.4) / 0.4, 0, 1) * (alpha > 0))


def _unlike_its_surroundings(rgb: Rgb, inside: Bits) -> Image:
    """Return how far each place of the garment is from the mean colour about it, in Lab."""
    lab, weight, sigma = to_lab(rgb), floats(inside), SURROUNDINGS * max(rgb.shape[:2])
    about = broadly_blurred(lab * weight[..., None], sigma)
    about /= np.maximum(broadly_blurred(weight, sigma), 1e-3)[..., None]
    return floats(np.linalg.norm(lab - about, axis=-1) * weight)


def _spots(rgb: Rgb, inside: Bits, distance: Image) -> list[_Spot]:
    """Return the small, sharp, compact things, however faint."""
    side, lab = max(rgb.shape[:2]), to_lab(rgb)
    spots: list[_Spot] = []
    taken = np.zeros(inside.shape, bool)
    # From the strongest contrast down: a button is cut out at half of its own.
    for level in (ALONE, IN_A_ROW):
        count, labels, stats, middles = cv2.connectedComponentsWithStats(
            (distance > level / 2).astype(np.uint8)
        )
        for index in range(1, count):
            left, top, width, height, area = (int(value) for value in stats[index])
            box = np.s_[top : top + height, left : left + width]
            bits = labels[box] == index
            contrast = float(np.percentile(distance[box][bits], 75))
            if contrast < level or taken[box][bits].any() or not _compact(width, height, area, side):
                continue
            whole = np.zeros(inside.shape, bool)
            whole[box] = bits
            rim = dilated(whole, 5) & ~dilated(whole, 3)
            if inside[rim].mean() < 0.95 or float(np.median(distance[rim])) > 0.4 * contrast:
                continue
            taken |= whole
            spots.append(
                _Spot(
                    whole,
                    (float(middles[index][0]), float(middles[index][1])),
                    float(area),
                    contrast,
                    floats(lab[whole].mean(axis=0)),
                )
            )
    return spots


def _compact(width: int, height: int, area: int, side: int) -> bool:
    longer, shorter = max(width, height), max(1, min(width, height))
    return bool(
        SMALLEST * side <= area**0.5
        and longer <= LARGEST * side
        and longer <= LONGEST * shorter
        and area > 0.5 * width * height
    )


def _in_a_row(spot: _Spot, spots: list[_Spot]) -> bool:
    """Say whether two others like this one lie on a line with it, at even distances."""
    alike = [
        other
        for other in spots
        if other is not spot
        and 0.5 < other.area / spot.area < 2
        and float(np.linalg.norm(other.colour - spot.colour)) < 12
    ]
    places = [np.array(other.middle) - np.array(spot.middle) for other in alike]
    for i, one in enumerate(places):
        for two in places[i + 1 :]:
            lengths = sorted((np.hypot(*one), np.hypot(*two), np.hypot(*(one - two))))
            off_line = abs(one[0] * two[1] - one[1] * two[0]) / max(lengths[2], 1e-6)
            if off_line < 0.06 * lengths[2] and lengths[0] / max(lengths[1], 1e-6) > 0.6:
                return True
    return False
