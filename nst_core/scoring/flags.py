"""Flags: what a person should know about a design before looking at it."""

from __future__ import annotations

# Of the garment photo: smaller than the design, or nothing on it was found to be garment.
UPSCALED = "content_upscaled"
UNMASKED = "unmasked"
NONFINITE = "nonfinite"
NOOP = "noop"
FLAT = "flat"
SPECKLED = "speckled"
SCRAMBLED = "scrambled"
SEAM = "seam"
FLAGS = (UPSCALED, UNMASKED, NONFINITE, NOOP, FLAT, SPECKLED, SCRAMBLED, SEAM)

NOOP_SSIM = 0.97
FLAT_CONTRAST = 0.25
SPECKLED_FROM = 1.1
# Stripes that look right go down to .24 at 256 px (24 drawn designs, looked at).
SCRAMBLED_BELOW = 0.2


def find_flags(
    *,
    similarity: float | None,
    contrast: float | None,
    cloth_contrast: float,
    speckle: float | None,
    motif: float | None,
) -> tuple[str, ...]:
    """Return what is wrong with a design, by its scores.

    ``noop``: the garment looks as it did (SSIM over .97). ``flat``: under a quarter of the cloth's contrast
    is left. ``speckled``: over 1.1 times the cloth's grain. ``scrambled``: the motif is gone (under .2). A
    score that could not be computed flags nothing. (``nonfinite`` is given by ``score`` itself: such a
    picture has no other scores; ``unmasked`` is given by who looked for the mask, ``seam`` by a
    tile's scores.)

    Args:
        similarity: SSIM over the garment, or over the picture where there is no garment.
        contrast: standard deviation of the colours in the garment.
        cloth_contrast: the same of the cloth.
        speckle, motif: the scores.
    """
    found = (
        (NOOP, similarity is not None and similarity > NOOP_SSIM),
        (FLAT, contrast is not None and contrast < FLAT_CONTRAST * cloth_contrast),
        (SPECKLED, speckle is not None and speckle > SPECKLED_FROM),
        (SCRAMBLED, motif is not None and motif < SCRAMBLED_BELOW),
    )
    return tuple(flag for flag, is_so in found if is_so)
