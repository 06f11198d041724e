"""Shading: the folds and the light of a garment, without the room's light and without the old print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from configs.recipe import ShadingPart
from nst_core.garment.drawing import drawn_lines, is_drawing
from nst_core.garment.edges import guided_filter
from nst_core.garment.form import rounded
from nst_core.garment.pixels import (
    Bits,
    Image,
    Rgb,
    blurred,
    fitted_size,
    floats,
    resized,
    resized_rgb,
    to_luma,
)
from nst_core.garment.spread import broadly_blurred, spread
from nst_core.garment.surface import calm, unprinted

READING_SIDE_PX = 320
# Added to luma before the logarithm: on black cloth one grey level is noise, not a fold.
BLACK = 0.03
PRINT_SMOOTH = 1 / 40
# Broader than this share of the long side is light, not a fold.
COARSE = 0.05
# Cloth is dyed or washed, not lit, where over more than this share of the long side it is much lighter or
# darker than its median. Logarithms; of 68 plain garments only denim and a velvet are lighter by .2.
WASH = 0.02
LIGHTER, DARKER = 0.12, 0.2
# Shares of the broad lightness believed on washed and on evenly dyed cloth: eight of denim .52 to .69, twelve
# others .76 and more.
WASHED, EVEN = 0.55, 0.75
PRINT_GAIN = 1.2
# Neither the form of a drawing (.6 and more) nor a seam across it (.75) goes below this, its lines do.
INKED = 0.5
_ROW = np.zeros((7, 7), np.float32)
_ROW[3] = 1 / 7
_DIAGONAL = np.eye(7, dtype=np.float32) / 7
_LINES = (_ROW, _ROW.T, _DIAGONAL, np.fliplr(_DIAGONAL))


@dataclass(frozen=True)
class Shading:
    """How light falls on the garment.

    Attributes:
        values: ``(H, W)`` float32, multiplicative about 1 = evenly lit; 1 outside the garment's reach.
        kind: ``photo``, or ``drawing``: flat colours whose dark lines multiply.
    """

    values: Image
    kind: Literal["photo", "drawing"]

    @property
    def ink(self) -> Bits | None:
        """Where a drawing's dark lines lie, ``(H, W)``; None for a photo."""
        return self.values < INKED if self.kind == "drawing" else None


def read_shading(rgb: Rgb, alpha: Image, part: ShadingPart) -> Shading:
    """Read folds and light from a photo of a garment.

    Log luma is split by an edge-preserving base into folds and fine detail. The folds are taken
    relative to the garment's median, freed from the plane that the room's light lays across
    them, and brought to one range, so that a white tee and a creased shirt both show their form.
    Where an old print lies, folds are carried over from the cloth about it. What neither the photo
    nor the drawing shows of the garment's form, the recipe may round after its outline.

    All is read at 320 px or less and enlarged: above, JPEG blocks times the gain are grain.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        alpha: ``(H, W)`` in [0, 1], the garment's mask.
        part: the recipe's ``shading:`` block.

    Returns:
        Shading within ``part.clip_min`` .. ``part.clip_max`` (a drawing's lines go darker); ones
        where the mask holds too little to read.
    """
    height, width = rgb.shape[:2]
    size = fitted_size(rgb.shape, min(READING_SIDE_PX, max(height, width)))
    small, weight = resized_rgb(rgb, *size), resized(alpha, *size)
    inside = weight > 0.9
    if inside.sum() < 64:
        return Shading(np.ones((height, width), np.float32), "photo")
    if is_drawing(rgb, alpha):
        form = np.exp(part.strength * part.form * rounded(alpha))
        return Shading(floats(drawn_lines(rgb, alpha, strength=part.strength) * form), "drawing")
    luma = to_luma(small)
    log_luma = floats(np.log(luma + BLACK))
    read, surface = unprinted(small, inside)
    filled = spread(log_luma, floats(read))
    base = guided_filter(np.exp(filled), filled, max(1.0, part.base_radius * max(size)), part.base_eps)
    clear = np.ones_like(base)
    most = part.dark_gain_max if float(np.median(luma[inside])) < part.dark_median else part.gain_max
    if surface == "covered":
        base, clear = np.zeros_like(base), np.zeros_like(base)
    if surface == "printed":
        # Beside a print only broad folds can be told from ink; the less cloth is seen, the broader.
        reach = PRINT_SMOOTH * max(size) / float(np.sqrt(read.sum() / inside.sum()))
        broad = spread(log_luma, floats(read), smooth_px=reach)
        known = floats((read & calm(small, inside)) | ~inside)
        clear = floats(np.clip((blurred(known, reach) - 0.85) / 0.15, 0, 1))
        base = broad + clear * (base - broad)
        most = min(most, PRINT_GAIN)
    folds = _normalised_folds(base, inside, most, part) + clear * _detail(log_luma - base, read, part)
    folds += part.form * _lacking(folds, inside, part) * rounded(weight)
    folds = part.strength * folds + np.log(_rim(weight, part.rim))
    values = np.exp(floats(cv2.resize(folds, (width, height), interpolation=cv2.INTER_CUBIC)))
    return Shading(np.clip(values, part.clip_min, part.clip_max), "photo")


def _normalised_folds(base: Image, inside: Bits, most: float, part: ShadingPart) -> Image:
    """Return log shading: without the room's plane, brought to the wanted range, 0 at the median."""
    relative = base - np.median(base[inside])
    plane = _plane(relative, inside)
    folds, even = _without_wash(relative - plane, inside)
    # Broad light of the garment's own must not take its folds' share of the range; where cloth is washed
    # broadly, up to half of what is narrow is wash, too.
    trusted = 0.5 + 0.5 * float(np.clip((even - WASHED) / (EVEN - WASHED), 0, 1))
    gain = part.gain_target * trusted / max(_range(_narrow(folds, inside), inside), 1e-6)
    gain = float(np.clip(gain, min(part.gain_min, most), most))
    room = part.light_keep * (plane - np.median(plane[inside]))
    return floats(gain * folds + room)


def _without_wash(folds: Image, inside: Bits) -> tuple[Image, float]:
    """Return the folds, 0 at the median, with no more broad lightness than light can make.

    Cloth that lies flat faces the camera nearly everywhere, so that little of it can be lighter than its
    median; the thighs of washed denim are. The second value is the share of what is broadly lighter that was
    believed: 1 on evenly dyed cloth.
    """
    broad = _broad(folds, inside, WASH)
    broad -= np.median(broad[inside])
    limit = np.where(broad > 0, LIGHTER, DARKER)
    believed = limit * np.tanh(broad / limit)
    folds = folds - broad + believed
    light = inside & (broad > 0)
    even = float(believed[light].sum() + 1e-6) / float(broad[light].sum() + 1e-6)
    return floats(folds - np.median(folds[inside])), even


def _narrow(folds: Image, inside: Bits) -> Image:
    """Return the folds without what is as broad as light."""
    return floats(folds - _broad(folds, inside, COARSE))


def _broad(folds: Image, inside: Bits, share: float) -> Image:
    """Return the mean about each place, of the garment only."""
    weight, sigma = floats(inside), share * max(folds.shape)
    return floats(broadly_blurred(folds * weight, sigma) / np.maximum(broadly_blurred(weight, sigma), 1e-3))


def _range(values: Image, inside: Bits) -> float:
    low, high = np.percentile(values[inside], [5, 95])
    return float(high - low)


def _lacking(folds: Image, inside: Bits, part: ShadingPart) -> float:
    """Return how much of the wanted form a photo does not give: 1 nothing, 0 half of it and more."""
    return float(np.clip(1 - 2 * _range(_narrow(folds, inside), inside) / part.gain_target, 0, 1))


def _plane(values: Image, inside: Bits) -> Image:
    """Fit a plane by least squares, then once more without the fifth that fits worst (deep folds)."""
    rows, columns = (axis.astype(np.float32) / max(values.shape) for axis in np.indices(values.shape))
    design = np.stack([np.ones_like(rows), rows, columns], axis=-1)
    use = inside
    fitted = np.zeros_like(values)
    for _ in range(2):
        coefficients, *_rest = np.linalg.lstsq(design[use], values[use], rcond=None)
        fitted = design @ coefficients
        misfit = np.abs(values - fitted)
        use = inside & (misfit <= np.percentile(misfit[inside], 80))
    return floats(fitted)


def _detail(detail: Image, read: Bits, part: ShadingPart) -> Image:
    """Return seams and pleats finer than the base: what runs along a line, above the noise.

    Averaged along the best of four directions, a seam stays and the specks of an acid wash go.
    """
    values = floats(np.where(read, detail, 0.0))
    along = np.stack([floats(cv2.filter2D(values, -1, line)) for line in _LINES])
    strongest = np.take_along_axis(along, np.abs(along).argmax(0)[None], axis=0)[0]
    noise = 1.4826 * float(np.median(np.abs(strongest[read]))) if read.any() else 0.0
    quiet = np.sign(strongest) * np.maximum(np.abs(strongest) - part.detail_sigma * noise, 0)
    return floats(np.clip(np.where(read, quiet, 0.0), -0.5, 0.3))


def _rim(weight: Image, depth: float) -> Image:
    """Darken a little along the edge, where cloth turns away from the light."""
    distance = floats(cv2.distanceTransform((weight > 0.5).astype(np.uint8), cv2.DIST_L2, 3))
    # A mask without an outside is infinitely far from any edge.
    depths = np.minimum(distance, max(weight.shape)) / (0.008 * max(weight.shape))
    return floats(1 - depth * np.exp(-depths))
