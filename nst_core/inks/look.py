"""The space in which inks are chosen and laid: OKLab with its hues drawn apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from nst_core.colour.oklab import oklab_of, rgb_of_oklab
from nst_core.garment.pixels import Image, Rgb, floats

# Light and dark fill three quarters of OKLab's spread in a photographed textile: as it is, eight inks are
# eight greys. Doubled hues (as CSS's deltaEOK2 has them) bring the loud colours back, fourfold ones navy and
# teal too. Under a lightness of 35 hues count ever less: two blacks look alike, a bluish and a brownish one.
STRETCH, _HUES_FROM_L, _LEAST = 4.0, 35.0, 0.25


def look_of(rgb: ArrayLike) -> Image:
    """Return ``(..., 3)`` float32 of 8-bit sRGB ``(..., 3)``; equal colours give equal bits."""
    look = oklab_of(rgb)
    look[..., 1:] *= _stretch(look)
    return look


def rgb_of_look(look: ArrayLike) -> Rgb:
    """Return the nearest 8-bit sRGB ``(..., 3)``."""
    oklab = np.array(look, np.float32)
    oklab[..., 1:] /= _stretch(oklab)
    return rgb_of_oklab(oklab)


def squared(look: Image) -> Image:
    """Return the squared lengths ``(...)`` of ``(..., 3)``, every place rounded alike."""
    first, second, third = look[..., 0], look[..., 1], look[..., 2]
    return floats(first * first + second * second + third * third)


def _stretch(look: Image) -> Image:
    return floats(STRETCH * np.clip(look[..., :1] / np.float32(_HUES_FROM_L), _LEAST, 1))
