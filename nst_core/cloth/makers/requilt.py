"""Re-quilt: the textile sewn anew out of turned, flipped and slightly bent copies of itself."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.cloth.foreign import its_own
from nst_core.cloth.makers.direction import Directions
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.patches import Source
from nst_core.cloth.makers.suitable import (
    refuse_a_composition,
    refuse_what_repeats_itself,
    refuse_what_runs_on,
)
from nst_core.cloth.makers.torus_quilt import quilt_on
from nst_core.garment.pixels import Image, floats

# Of the textile's long side, and the share of a patch that lies on its neighbour: seven patches a side of the
# tile. Six of .27 left pieces that motifs and their surroundings could be recognised by.
BLOCK, OVERLAP = 0.22, 0.28
TURNS = 8
# Bends of a cloth of 384 px: so many px, over so many.
BEND_PX, BEND_SIGMA_PX, BEND_AT_PX = 2.0, 11.0, 384


def requilt(style: Image, sheet: Sheet) -> Layout:
    """Lay a tile out of patches of a textile, turned as far as its direction allows.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1]: flat, evenly lit, at the tile's scale.
        sheet: the tile.

    Returns:
        The tile, to be refined towards the style.

    Raises:
        ClothUnsuitable: the style is one picture (``composition``), ``repeats_itself``, or has bands or a
            check that patches would break off (``runs_on``).
    """
    refuse_a_composition(style)
    refuse_what_repeats_itself(style)
    refuse_what_runs_on(style)
    random = np.random.default_rng([sheet.seed, 2])
    views = turned_views(style, random)
    block = round(BLOCK * max(style.shape[:2]))
    quilt = quilt_on(views, sheet, block_px=block, overlap=OVERLAP, fresh=True)

    def at(sheet: Sheet, style: Image) -> Layout:
        return Layout(quilt.at(style, sheet), style)

    return Layout(quilt.tile, style, at=at)


def turned_views(style: Image, random: np.random.Generator) -> list[Source]:
    """Return the textile turned by eighths and flipped, as far as it stays the same cloth.

    Cloth with a direction is turned by halves only: elephants do not walk up the cloth. Cloth without is
    bent besides, each view its own way.
    """
    directions = Directions(style)
    bend_px = BEND_PX * max(style.shape[:2]) / BEND_AT_PX if directions.any_way else 0.0
    turns_deg = 360 / TURNS * np.arange(TURNS) if directions.any_way else (0.0, 180.0)
    usable = floats(its_own(style))
    return [
        _view(style, usable, turn_deg, flipped, bend_px, random)
        for flipped in (False, True)
        for turn_deg in turns_deg
        if directions.allows(turn_deg=turn_deg, flipped=flipped)
    ]


def _view(
    style: Image, usable: Image, turn_deg: float, flipped: bool, bend_px: float, random: np.random.Generator
) -> Source:
    """Return a turned, flipped and bent view, unusable where it would look past the textile."""
    height, width = style.shape[:2]
    turn = np.deg2rad(turn_deg)
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    view_width = int(np.ceil(abs(width * cosine) + abs(height * sine) - 1e-6))
    view_height = int(np.ceil(abs(width * sine) + abs(height * cosine) - 1e-6))
    rows, columns = np.indices((view_height, view_width), np.float32)
    down, right = rows - (view_height - 1) / 2, columns - (view_width - 1) / 2
    bends = _bends(
        (view_height, view_width), bend_px, BEND_SIGMA_PX / BEND_AT_PX * max(height, width), random
    )
    home_column = floats((right * cosine - down * sine) * (-1 if flipped else 1) + (width - 1) / 2 + bends[0])
    home_row = floats(right * sine + down * cosine + (height - 1) / 2 + bends[1])
    image = cv2.remap(style, home_column, home_row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    within = cv2.remap(usable, home_column, home_row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    # So little past the edge, the reflection does not show.
    over = np.maximum(
        np.maximum(-home_column, home_column - (width - 1)), np.maximum(-home_row, home_row - (height - 1))
    )
    fits = (over <= BEND_PX) & (within > 0)
    return Source(
        np.clip(floats(image), 0, 1), fits, np.stack([home_row, home_column], axis=-1), (height, width)
    )


def _bends(
    shape: tuple[int, int], bend_px: float, sigma_px: float, random: np.random.Generator
) -> tuple[Image, Image]:
    """Return smooth displacements right and down, px."""
    if not bend_px:
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    noise = [floats(random.standard_normal(shape)) for _ in range(2)]
    smooth = [floats(cv2.GaussianBlur(plane, (0, 0), sigma_px)) for plane in noise]
    right, down = (floats(bend_px * plane / np.abs(plane).max()) for plane in smooth)
    return right, down
