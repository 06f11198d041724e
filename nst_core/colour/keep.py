"""A style in the colours of a garment or photo: in lightness alone, or moved to where those lie."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.lab import lab_of, picture_of
from nst_core.colour.statistics import ColourStatistics, colour_statistics
from nst_core.colour.transfer import recoloured
from nst_core.garment.pixels import Image, floats

# Cloth is never darker nor lighter; a pattern moved to a white garment keeps its light parts apart.
DARKEST_L, LIGHTEST_L = 8.0, 97.0
# A plain garment has next to no spread of lightness: the pattern keeps this share of its own.
LEAST_CONTRAST = 0.5


def colours_kept(style: Image, content: Image, weight: Image | None, how: Literal["luma", "lab"]) -> Image:
    """Return a style in the colours of a photo.

    - ``luma``: its own light and dark about the photo's usual lightness, in its usual hue. Where the
      pattern would leave what cloth can be, it is moved back as a whole, not squeezed.
    - ``lab``: by the linear map to the photo's colours, keeping at least half of its contrast in
      lightness.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1].
        content: ``(H, W, 3)``, likewise.
        weight: ``(H, W)``, where the garment is; None: the whole photo counts.
        how: which of the two.
    """
    own = colour_statistics(style)
    if how == "lab":
        return recoloured(style, own, _legible(colour_statistics(content, weight), own))
    usual = usual_colour(content, weight)
    lightness = lab_of(style)[..., 0]
    low, high = (float(value) for value in np.percentile(lightness, (2, 98)))
    least, most = DARKEST_L - low, LIGHTEST_L - high
    shift = min(max(float(usual[0] - own.mean[0]), least), most) if least <= most else (least + most) / 2
    lab = np.empty_like(style)
    lab[..., 0] = lightness + shift
    lab[..., 1:] = usual[1:]
    return picture_of(lab)


def chroma_kept(picture: Image, content: Image) -> Image:
    """Return a picture's lightness in another's hues, place by place.

    Args:
        picture: ``(H, W, 3)``, sRGB in [0, 1].
        content: ``(H, W, 3)``, likewise.

    Source:
        Gatys, Bethge, Hertzmann, Shechtman (2016), "Preserving Color in Neural Artistic Style
        Transfer", luminance-only transfer; in Lab instead of YIQ.
    """
    return picture_of(floats(np.concatenate([lab_of(picture)[..., :1], lab_of(content)[..., 1:]], axis=-1)))


def usual_colour(content: Image, weight: Image | None) -> NDArray[np.float32]:
    """Return the median Lab colour ``(3,)`` of a garment: of a print on plain cloth, the cloth's.

    Args:
        content: ``(H, W, 3)``, sRGB in [0, 1].
        weight: ``(H, W)``, where the garment is; None: the whole photo counts.
    """
    colours = lab_of(content).reshape(-1, 3)
    inside = None if weight is None else weight.reshape(-1) > 0.5
    return floats(np.median(colours if inside is None or not inside.any() else colours[inside], axis=0))


def _legible(kept: ColourStatistics, own: ColourStatistics) -> ColourStatistics:
    missing = LEAST_CONTRAST**2 * own.covariance[0, 0] - kept.covariance[0, 0]
    if missing <= 0:
        return kept
    return replace(kept, covariance=kept.covariance + np.diag([missing, 0, 0]))
