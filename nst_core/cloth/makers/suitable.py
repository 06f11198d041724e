"""What no maker of new cloth out of one textile can use: a single picture, and cloth that repeats itself."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.cloth.foreign import its_own
from nst_core.cloth.makers.clearest_part import clearest_part
from nst_core.cloth.makers.own_repeat import own_repeat
from nst_core.cloth.makers.running_on import running_on
from nst_core.colour import lab_of
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, fitted_size, floats, resized

READ_AT_PX = 256
# Of the long side: what is broader than this is no pattern but a picture's composition.
BROAD, MOST_BROAD = 0.12, 0.16
# In Lab; less is nothing that the eye sees.
LEAST_BROAD = 1.0
# Florals and zebras come to .14, rows of elephants and a madras in folds to .23.
MOST_RUNNING_ON = 0.18


def refuse_a_composition(textile: Image) -> None:
    """Raise where a textile ``(h, w, 3)``, sRGB in [0, 1], is one picture, or shows too few motifs.

    Raises:
        ClothUnsuitable: ``composition``: broad areas of it differ in colour.
    """
    broad, whole = _contrasts(textile)
    if broad > max(MOST_BROAD * whole, LEAST_BROAD):
        raise ClothUnsuitable(
            f"the textile is one picture, or shows too few motifs to be a pattern: {broad / whole:.0%} of "
            f"its contrast is broader than an eighth of it, a pattern's at most {MOST_BROAD:.0%}; applique "
            "and residual make new cloth of paintings",
            code="composition",
            broad=broad / whole,
        )


def refuse_a_check(textile: Image) -> None:
    """Raise where a photographed textile ``(h, w, 3)``, sRGB in [0, 1], is a check or a stripe.

    Raises:
        ClothUnsuitable: ``repeats_itself``: its figures are lines and squares, nothing to be tossed.
    """
    own = own_repeat(textile)
    if own is not None and not own.is_exact and clearest_part(textile, own) is not None:
        raise ClothUnsuitable(
            "the textile is a check or a stripe, which has no motifs to be tossed; tile lays it as it is, "
            "fill and palette make new cloth of it",
            code="repeats_itself",
        )


def _contrasts(textile: Image) -> tuple[float, float]:
    """Return the contrast in Lab of what is broad in a textile, and of all of it, without what lay beside."""
    small = resized(textile, *fitted_size(textile.shape, min(READ_AT_PX, max(textile.shape[:2]))))
    own = its_own(small)
    lab = lab_of(small)
    weight = floats(own)[..., None]
    sigma = BROAD * max(own.shape)
    seen = np.maximum(_blurred(weight, sigma)[..., None], 1e-2)
    broad = floats(_blurred(floats((lab - lab[own].mean(axis=0)) * weight), sigma) / seen)
    return _spread(broad[own]), _spread(lab[own])


def _spread(colours: Image) -> float:
    return float(np.sqrt(colours.var(axis=0).sum()))


def _blurred(planes: Image, sigma: float) -> Image:
    return floats(cv2.GaussianBlur(planes, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


def refuse_what_repeats_itself(textile: Image) -> None:
    """Raise where patches of a textile ``(h, w, 3)``, sRGB in [0, 1], can only give the same cloth again.

    Raises:
        ClothUnsuitable: ``repeats_itself``: it has a repeat of its own, drawn or photographed.
    """
    if own_repeat(textile) is not None:
        raise ClothUnsuitable(
            "the textile repeats itself: whatever is quilted of it is the same cloth again; tile lays it as "
            "it is, fill and palette make new cloth of it",
            code="repeats_itself",
        )


def refuse_what_runs_on(textile: Image) -> None:
    """Raise where bands, stripes or a check run across a textile ``(h, w, 3)``, sRGB in [0, 1].

    Raises:
        ClothUnsuitable: ``runs_on``: every patch would break them off.
    """
    share = running_on(textile)
    if share > MOST_RUNNING_ON:
        raise ClothUnsuitable(
            f"bands, stripes or a check run across the textile ({share:.0%} of its contrast goes on in one "
            f"direction, at most {MOST_RUNNING_ON:.0%} can be quilted), and every patch would break them "
            "off; tile lays it as it is, palette makes new cloth of it",
            code="runs_on",
            share=round(share, 3),
        )
