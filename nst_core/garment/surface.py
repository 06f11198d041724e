"""Where a garment's own cloth shows beside an old print, lettering and labels."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from nst_core.garment.guesses import NO_LABELS
from nst_core.garment.pixels import (
    Bits,
    Image,
    Rgb,
    dilated,
    eroded,
    fitted_size,
    floats,
    opened,
    resized,
    resized_rgb,
    to_lab,
)

Surface = Literal["plain", "printed", "covered"]

JUDGING_SIDE_PX = 256
# Share of the garment where lightness steps by 4 a pixel; spread of its colours (ab, 90th percentile).
# Of 92 garments the plain ones have up to .26 (creased satin and leather: .5), prints .32 and more.
STEP, PRINT_EDGES = 4.0, 0.30
PRINT_COLOURS, PRINT_COLOUR_EDGES = 12.0, 0.12
# Times the median distance in ab from the cloth's colour, beyond which it is another: three times its 90th
# percentile, were it noise alone.
STRANGE = 5.5
# The most of a printed garment that its ground is taken to be.
GROUND = 0.92
# Logarithm of lightness against the cloth's own, beyond which it is ink or a label.
BRIGHTER, DARKER = 0.6, -1.0
# Share of a printed garment in stretches of its own cloth this wide (of the long side), above which the print
# is a patch on plain cloth: checks and allover prints up to .32, tees with a print on the chest from .36.
STRETCH, PATCH = 1 / 20, 0.35
# Printed cloth is calm where colours step by 3 a pixel in less than a tenth of the places about, within so
# much of the long side.
CALM_STEP, CALM_EDGES, CALM_REACH = 3.0, 0.1, 0.04
# Colour (ab) and logarithm of lightness against the stretches', beyond which it is the print's pale edge.
PATCH_COLOUR, PATCH_DEPTH = 10.0, 0.35


def unprinted(rgb: Rgb, inside: Bits) -> tuple[Bits, Surface]:
    """Find where the garment's own cloth shows, and how it is printed.

    Plain cloth is one colour at many lightnesses; a print is other colours, or so many sharp
    steps of lightness that folds cannot make them. On printed cloth only the commonest colour
    is read, away from the print's edges. A patch of print on plain cloth is left out, and the
    cloth about it read as plain.

    Args:
        rgb: ``(H, W, 3)``, sRGB, 320 px long side or less.
        inside: ``(H, W)``, the garment without its edge; some pixels set.

    Returns:
        Where to read light, ``(H, W)`` (never empty), and the kind of surface: ``covered`` where the
        print leaves no cloth of one colour to read.
    """
    lab = _smooth_lab(rgb)
    if not is_printed(rgb, inside):
        colour = np.median(lab[inside], axis=0)
        offset = np.linalg.norm(lab[..., 1:] - colour[1:], axis=-1)
        reflectance = np.log(np.maximum(lab[..., 0], 1) / max(float(colour[0]), 1))
        # Labels, bands and lettering are no folds; no fold is twice as light as its cloth.
        # (Against the median: a print of a tenth of the garment would have the 90th percentile to itself.)
        strange = offset > max(12.0, STRANGE * float(np.median(offset[inside])))
        strange |= (reflectance > BRIGHTER) | (reflectance < DARKER)
        plain = inside & ~dilated(strange, 3)
        return (plain if plain.sum() > 0.5 * inside.sum() else inside), "plain"
    core = eroded(inside, 5)
    ground = _commonest_colour(lab, core if core.sum() >= 64 else inside)
    read = eroded(ground & inside, 5)
    wide = _wide_stretches(lab, ground, inside)
    if wide.sum() > PATCH * inside.sum():
        return wide, "plain"
    if read.sum() < 0.05 * inside.sum():
        return inside, "covered"
    return read, "printed"


def calm(rgb: Rgb, inside: Bits) -> Bits:
    """Return where a printed garment shows hardly any edges, so that what is seen there is light, not print.

    Inks near each other, as white dots on grey, pass for one cloth by their colour. What is printed by its
    colours only, with no more edges than folds and quilting make, is calm everywhere.

    Args:
        rgb: ``(H, W, 3)``, sRGB, 320 px long side or less.
        inside: ``(H, W)``, the garment without its edge; some pixels set.
    """
    lab = _smooth_lab(rgb)
    if (_steps(lab[..., :1])[inside] > STEP).mean() < PRINT_EDGES:
        return inside
    window = 2 * round(CALM_REACH * max(rgb.shape[:2])) + 1
    weight, edges = floats(inside), floats(inside & (_steps(lab) > CALM_STEP))
    share = cv2.blur(edges, (window, window)) / np.maximum(cv2.blur(weight, (window, window)), 1e-3)
    return inside & (share < CALM_EDGES)


def _wide_stretches(lab: Image, ground: Bits, inside: Bits) -> Bits:
    """Return the wide stretches of cloth beside a patch of print.

    A print's paler inks and soft edges pass for cloth in the shade; but they are darker or of another
    colour than most of it, and lie in narrow places.
    """
    colour = np.median(lab[ground & inside], axis=0)
    inked = np.linalg.norm(lab[..., 1:] - colour[1:], axis=-1) > PATCH_COLOUR
    inked |= np.abs(np.log(np.maximum(lab[..., 0], 1) / max(float(colour[0]), 1))) > PATCH_DEPTH
    clean = (ground & ~dilated(inked & inside, 5)) | ~inside
    return inside & eroded(opened(clean, max(3, round(STRETCH * max(lab.shape)))), 9)


def is_printed(rgb: Rgb, inside: Bits) -> bool:
    """Say whether sharp steps and colours are too many to be folds; judged at one size.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        inside: ``(H, W)``, the garment.
    """
    size = fitted_size(rgb.shape, JUDGING_SIDE_PX)
    lab = _smooth_lab(resized_rgb(rgb, *size))
    core = eroded(resized(floats(inside), *size) > 0.5, 5)
    if core.sum() < 64:
        return False
    edges = float((_steps(lab[..., :1])[core] > STEP).mean())
    offset = np.linalg.norm(lab[..., 1:] - np.median(lab[core][:, 1:], axis=0), axis=-1)
    colours = float(np.percentile(offset[core], 90))
    return edges > PRINT_EDGES or (colours > PRINT_COLOURS and edges > PRINT_COLOUR_EDGES)


def _steps(lab: Image) -> Image:
    """Return how much colours ``(H, W, C)`` change from a pixel to the next."""
    planes = [np.ascontiguousarray(lab[..., channel]) for channel in range(lab.shape[-1])]
    slopes = [cv2.Sobel(plane, -1, x, 1 - x, scale=1 / 8) for plane in planes for x in (1, 0)]
    return floats(np.sqrt(np.sum(np.square(slopes), axis=0)))


def _smooth_lab(rgb: Rgb) -> Image:
    return to_lab(np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.8), dtype=np.uint8))


def _commonest_colour(lab: Image, core: Bits) -> Bits:
    """Return where the commonest colour of the garment lies, with its own shadows and lights."""
    pixels = lab * np.array([0.6, 1.0, 1.0], np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(3)
    samples = np.ascontiguousarray(pixels[core])
    _, labels, centres = cv2.kmeans(samples, 4, NO_LABELS, criteria, 2, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(labels.ravel(), minlength=4) / len(samples)
    distances = np.linalg.norm(centres - centres[shares.argmax()], axis=1)
    order = np.argsort(distances)
    # A shade that would leave next to nothing for the print is the print.
    alike = order[(distances[order] < 12) & (np.cumsum(shares[order]) < GROUND)]
    alike = alike if alike.size else order[:1]
    nearest = np.stack([((pixels - centre) ** 2).sum(-1) for centre in centres]).argmin(0)
    return np.isin(nearest, alike)
