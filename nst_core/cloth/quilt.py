"""Image quilting: more cloth than the style image holds, sewn from its patches along the cheapest cuts."""

from __future__ import annotations

import numpy as np

from nst_core.cloth.sewing import cut, misfits, nearby
from nst_core.garment.pixels import Image

# How far above the best match a patch may lie and still be drawn: 0 would repeat one patch for ever.
TOLERANCE = 0.1
REUSE_PENALTY = 0.5
BLOCK = 0.6


def quilt(style: Image, *, height_px: int, width_px: int, seed: int, block_px: int | None = None) -> Image:
    """Sew a larger cloth from patches of a style image.

    Patches are laid in rows; each is chosen among those whose edges match its left and upper
    neighbours best, and cut to them along the path of least difference.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1].
        height_px: height wanted.
        width_px: width wanted.
        seed: the same seed gives the same cloth.
        block_px: side of a patch; motifs larger than it are broken up. None: 0.6 of the style's
            short side, so that motifs stay whole.

    Returns:
        ``(height_px, width_px, 3)``, float32 in [0, 1].

    Source:
        Efros, Freeman (2001), "Image Quilting for Texture Synthesis and Transfer". Departure: a
        penalty on places used before.
    """
    random = np.random.default_rng(seed)
    shortest = min(style.shape[:2])
    block = min(block_px or max(4, round(BLOCK * shortest)), shortest)
    overlap = max(1, block // 3)
    step = max(1, block - overlap)
    rows, columns = -(-max(height_px - overlap, 1) // step), -(-max(width_px - overlap, 1) // step)
    cloth = np.zeros((rows * step + overlap, columns * step + overlap, 3), np.float32)
    used = np.zeros((style.shape[0] - block + 1, style.shape[1] - block + 1), np.float32)
    for row in range(rows):
        for column in range(columns):
            place = cloth[row * step : row * step + block, column * step : column * step + block]
            mask = np.zeros((block, block), np.float32)
            mask[:, : overlap if column else 0] = 1
            mask[: overlap if row else 0] = 1
            y, x = _choose(style, place, mask, used, random)
            used += nearby(used.shape, y, x, 0.25 * block)
            patch = style[y : y + block, x : x + block]
            weight = np.ones((block, block), np.float32)
            if column:
                weight[:, :overlap] *= cut(place[:, :overlap], patch[:, :overlap])
            if row:
                weight[:overlap] *= cut(
                    place[:overlap].transpose(1, 0, 2), patch[:overlap].transpose(1, 0, 2)
                ).T
            place[:] = weight[..., None] * patch + (1 - weight[..., None]) * place
    return cloth[:height_px, :width_px]


def extend(style: Image, *, height_px: int, width_px: int, seed: int) -> Image:
    """Lengthen a style image that is large enough in one direction, leaving its middle whole.

    Whole strips of the style, as deep as fit, are sewn on at both ends: a painting keeps its
    composition, and there are two joins instead of a dozen.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1]; at least as high or as wide as wanted.
        height_px: height wanted.
        width_px: width wanted.
        seed: the same seed gives the same cloth.

    Returns:
        ``(height_px, width_px, 3)``, float32 in [0, 1].
    """
    if style.shape[0] >= height_px:
        turned = extend(style.transpose(1, 0, 2), height_px=width_px, width_px=height_px, seed=seed)
        return turned.transpose(1, 0, 2)
    random = np.random.default_rng(seed)
    left = (style.shape[1] - width_px) // 2
    cloth = style[:, left : left + width_px]
    used = np.zeros(style.shape[:2], np.float32)
    missing = height_px - len(cloth)
    above, below = missing // 2, missing - missing // 2
    cloth = _grow(cloth, style, below, used, random)
    return _grow(cloth[::-1], style[::-1], above, used[::-1], random)[::-1]


def _grow(cloth: Image, style: Image, rows: int, used: Image, random: np.random.Generator) -> Image:
    """Sew strips of the style to the lower end of a cloth until it is so many rows longer."""
    width, goal = cloth.shape[1], len(cloth) + rows
    overlap = max(1, min(len(style) // 4, 64))
    while len(cloth) < goal:
        # A strip of half the style leaves places to choose from.
        depth = min(goal - len(cloth) + overlap, max(overlap + 1, len(style) * 2 // 3))
        mask = np.zeros((depth, width), np.float32)
        mask[:overlap] = 1
        place = np.zeros((depth, width, 3), np.float32)
        place[:overlap] = cloth[-overlap:]
        places = used[: len(style) - depth + 1, : style.shape[1] - width + 1]
        y, x = _choose(style, place, mask, places, random)
        places += nearby(places.shape, y, x, 0.25 * depth)
        strip = style[y : y + depth, x : x + width]
        weight = cut(cloth[-overlap:].transpose(1, 0, 2), strip[:overlap].transpose(1, 0, 2)).T[..., None]
        joined = weight * strip[:overlap] + (1 - weight) * cloth[-overlap:]
        cloth = np.concatenate([cloth[:-overlap], joined, strip[overlap:]])
    return cloth


def _choose(
    style: Image, place: Image, mask: Image, used: Image, random: np.random.Generator
) -> tuple[int, int]:
    """Return the upper left corner of a patch that fits what is already sewn."""
    if not mask.any():
        return int(random.integers(used.shape[0])), int(random.integers(used.shape[1]))
    # A share of the misfit, not a sum: on stripes the one phase that fits must win again and again.
    misfit = (misfits(style, place, mask) + 1e-5) * (1 + REUSE_PENALTY * used)
    candidates = np.argwhere(misfit <= misfit.min() * (1 + TOLERANCE))
    y, x = candidates[random.integers(len(candidates))]
    return int(y), int(x)
