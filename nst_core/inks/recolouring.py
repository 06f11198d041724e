"""Pictures in another colorway: ink for ink where a design is in inks, else colours moved as their inks.

Both are tables that are looked up: no optimisation, a few ms a picture.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from nst_core.colour.oklab import lightness_of, oklab_of, rgb_of_oklab
from nst_core.garment.pixels import Bits, Rgb, floats, resized_rgb
from nst_core.garment.pixels import Image as Plane
from nst_core.inks.colorway import Contrast
from nst_core.inks.laying import InkMap
from nst_core.inks.look import look_of, squared
from nst_core.inks.separating import colours_of
from nst_core.palettes import Palette
from nst_core.scoring.ssim import Compared, mean_similarity

# Of a table for continuous tone: so many colours a side, and how softly one ink's move goes over into
# another's, as a share of the distance to the nearest other ink.
_SIDE, _SOFTNESS = 25, 0.5
# A place that is less than half cloth is beside it, and as light as cloth is in the middle.
HALF, MIDDLE = 0.5, 0.5


def ink_for_ink(inks: InkMap, colorway: Palette, *, height_px: int, width_px: int) -> Rgb:
    """Return a design in other inks at a size; where that is smaller than its map, edges are smooth.

    Args:
        inks: ``(H, W)`` uint8, a separation's map.
        colorway: an ink for each of its inks.
        height_px, width_px: of the picture.

    Returns:
        ``(height_px, width_px, 3)`` uint8.
    """
    picture = colours_of(colorway)[inks]
    same = picture.shape[:2] == (height_px, width_px)
    return picture if same else resized_rgb(picture, height_px, width_px)


class ColourMove:
    """Moves the colours of a picture of continuous tone as its inks move; one table for all its pixels.

    A colour moves by the mean of its inks' moves in OKLab, near ones counting most: an ink's own colour
    becomes the new ink, what lies between two inks comes between the two new ones, and the cloth's own
    shading within an ink stays.

    Args:
        inks: the picture's, as ``choose_inks`` finds them.
        colorway: what each becomes.

    Source:
        Chang, Fried, Liu, DiVerdi, Finkelstein (2015), "Palette-based photo recoloring", section 3.5.
        Departure: Gaussian weights that sum to 1 instead of radial basis functions solved for, lightness
        too.
    """

    def __init__(self, inks: Palette, colorway: Palette) -> None:
        moves = oklab_of(colours_of(colorway)) - oklab_of(colours_of(inks))
        moved = oklab_of(_grid()) + _weights(inks) @ moves
        table = rgb_of_oklab(moved).astype(np.float32) / np.float32(255)
        self._filter = ImageFilter.Color3DLUT(_SIDE, table.reshape(-1))

    def __call__(self, rgb: Rgb) -> Rgb:
        """Return ``(H, W, 3)`` uint8 in the colorway."""
        return np.asarray(Image.fromarray(rgb).filter(self._filter))


def structure_kept(
    before: Rgb, after: Rgb, *, contrast: Contrast = "kept", where: Plane | None = None
) -> float | None:
    """Return how much of a motif is there in another colorway: SSIM of how light each place is among all.

    Ranks, because a colorway may be lighter or flatter as a whole: 1 where of any two places the lighter one
    stayed the lighter one.

    Args:
        before, after: ``(H, W, 3)`` uint8.
        contrast: ``inverted``: the lighter one should have become the darker one.
        where: ``(H, W)`` in [0, 1], the cloth: what it is less than half of is not looked at; None: all.

    Returns:
        -1..1; None under 11 px, and without cloth.
    """
    return structure_of(Compared.of(light_ranks(before, where)), after, contrast=contrast, where=where)


def structure_of(
    before: Compared | None, after: Rgb, *, contrast: Contrast = "kept", where: Plane | None = None
) -> float | None:
    """Return what :func:`structure_kept` does, of the ``light_ranks`` of what many colorways are made of."""
    if before is None:
        return None
    ranks = light_ranks(after, where)
    mask = None if where is None else torch.from_numpy(_cloth(where))
    return mean_similarity(before.ssim_map(1 - ranks if contrast == "inverted" else ranks), mask)


def light_ranks(rgb: Rgb, where: Plane | None = None) -> Tensor:
    """Return for each place ``(H, W)`` the share of places that are darker, those equally light by half.

    Beside the cloth all places are as light as its middle, whichever way its contrast goes.
    """
    ranks = np.full(rgb.shape[:2], MIDDLE, np.float32)
    cloth = np.ones(rgb.shape[:2], np.bool_) if where is None else _cloth(where)
    if cloth.any():
        ranks[cloth] = _ranks(lightness_of(rgb)[cloth])
    return torch.from_numpy(ranks)


def _cloth(where: Plane) -> Bits:
    return np.asarray(where >= HALF)


def _ranks(lightness: Plane) -> Plane:
    order = np.argsort(lightness)
    ladder = lightness[order]
    begins = np.flatnonzero(np.concatenate([[True], ladder[1:] != ladder[:-1]]))
    counts = np.diff(begins, append=len(ladder))
    ranks = np.empty(len(ladder), np.float32)
    ranks[order] = np.repeat(floats((begins + counts / 2) / len(ladder)), counts)
    return ranks


@lru_cache(maxsize=1)
def _grid() -> Rgb:
    """Return the colours ``(K, 3)`` of a table; red changes fastest, as Pillow has it."""
    levels = np.round(np.linspace(0, 255, _SIDE)).astype(np.uint8)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")
    return np.stack([red, green, blue], axis=-1).reshape(-1, 3)


# Of the designs whose colorways are being made: they follow each other.
@lru_cache(maxsize=8)
def _weights(palette: Palette) -> Plane:
    """Return ``(K, n)``: how much each colour of a table moves with each ink, rows sum to 1."""
    colours, inks = look_of(_grid()), look_of(colours_of(palette))
    apart = np.stack([squared(inks - ink) for ink in inks])
    nearest = np.where(np.eye(len(inks), dtype=np.bool_), np.inf, apart).min(axis=1)
    reach = _SOFTNESS**2 * nearest
    powers = np.stack(
        [-squared(colours - ink) / (2 * own) for ink, own in zip(inks, reach, strict=True)], axis=1
    )
    shares = np.exp(powers - powers.max(axis=1, keepdims=True))
    return floats(shares / shares.sum(axis=1, keepdims=True))
