"""The space in which inks are chosen and laid: OKLab with its hues drawn apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from nst_core.colour.oklab import oklab_of, rgb_of_oklab
from nst_core.garment.pixels import Image, Rgb, floats

# Light and dark fill three quarters of OKLab's spread in a photographed textile: as it is, eight inks are
# eight greys. Doubled hues (as CSS's deltaEOK2 has them) bring the loud colours back, fourfold ones navy and
# teal too.
STRETCH = 4
_AXES = floats([1, STRETCH, STRETCH])


def look_of(rgb: ArrayLike) -> Image:
    """Return ``(..., 3)`` float32 of 8-bit sRGB ``(..., 3)``; equal colours give equal bits."""
    return oklab_of(rgb) * _AXES


def rgb_of_look(look: ArrayLike) -> Rgb:
    """Return the nearest 8-bit sRGB ``(..., 3)``."""
    return rgb_of_oklab(np.asarray(look) / _AXES)


def squared(look: Image) -> Image:
    """Return the squared lengths ``(...)`` of ``(..., 3)``, every place rounded alike."""
    first, second, third = look[..., 0], look[..., 1], look[..., 2]
    return floats(first * first + second * second + third * third)
