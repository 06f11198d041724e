"""Strength: how much of a finished design is painted and how much is still the photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst_core.colour import picture_of, usual_colour
from nst_core.garment.pixels import Image, floats, unit
from nst_core.garment.relight import FLOOR

# A pattern at a quarter of its contrast looks like half of one (bench/README.md, strength): its share grows
# slowly at first, so that equal steps look equally large. With 2, the first quarter shows nothing.
EVEN_POWER = 1.5
# What else the photo holds (an old print, a label, grain) goes faster than the pattern comes: it is a ghost
# beside half a pattern.
GHOST_POWER = 4.0

Rgb = NDArray[np.uint8]


def weakened(painted: Rgb, content: Rgb, plain: Rgb | None, strength: float) -> Rgb:
    """Return a design at a strength between the photo and the painted picture.

    The painted picture fades towards the garment as it would be in one plain cloth of its own
    colour, in its own light; what the photo holds beside that fades out sooner. Without a
    plain garment it fades towards the photo, whose shapes it has.

    Args:
        painted: ``(H, W, 3)``, the design at full strength.
        content: ``(H, W, 3)``, the photo.
        plain: ``(H, W, 3)``, the garment in plain cloth; None: there is no cloth or no garment.
        strength: 0: the photo, bit for bit; 1: the painted picture, bit for bit.
    """
    photo = floats(content)
    base = photo if plain is None else floats(plain)
    ghost = (1 - strength) ** GHOST_POWER
    picture = base + strength**EVEN_POWER * (floats(painted) - base) + ghost * (photo - base)
    return np.asarray(np.rint(np.clip(picture, 0, 255)), dtype=np.uint8)


def plain_cloth(content: Rgb, alpha: Image) -> Image:
    """Return the garment's own plain cloth: its usual colour, which relighting shows again.

    Args:
        content: ``(H, W, 3)``, the photo.
        alpha: ``(H, W)``, the garment's mask.

    Returns:
        ``(H, W, 3)``, sRGB in [0, 1]: one colour.
    """
    seen = picture_of(usual_colour(unit(content), alpha)[None, None])[0, 0]
    own = np.clip((seen - FLOOR) / (1 - 2 * FLOOR), 0, 1)
    return floats(np.broadcast_to(own, content.shape))
