"""A design's tile at a printer's size, in the way that its recipe and its textiles allow.

Where the textile has more pixels than the tile shows, the maker draws its layout again of those, and steps
are taken there; where it has none, the tile's optimisation is resumed from scale to scale.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from configs.cloth import Repeat
from configs.inks import MOST_INKS
from configs.recipe import ClothPart, OptimisePart, Recipe
from nst_core.backbones import Backbone
from nst_core.cloth.makers import Layout
from nst_core.design import DesignJob, RgbFloat, RgbImage
from nst_core.errors import EngineError
from nst_core.garment.pixels import unit
from nst_core.inks.choosing import choose_inks
from nst_core.inks.enlarging import softened
from nst_core.inks.laying import nearest_inks
from nst_core.inks.separating import colours_of
from nst_core.lattice import size_multiple
from nst_core.optimise import StyleTargets, style_targets
from nst_core.planes import to_planes
from nst_core.resampling import resampled
from nst_core.textiles import STYLE_AREA_IN_PICTURES
from nst_core.tiles import LaidOut, Tiles
from nst_core.uprez import Enlarged, OnScale, Resumed, uprez

# A tile is its maker's where the two differ by less than this share of its contrast: steps do less.
SAME_LAYOUT = 0.35
# So much wider the textile's own pixels must make a tile before it is drawn again, and no wider than this.
LEAST_GROWTH, MOST_LAID_OUT_PX = 1.15, 4096


def enlarged(
    tile: RgbImage,
    job: DesignJob,
    recipe: Recipe,
    tiles: Tiles,
    backbone: Backbone,
    *,
    height_px: int,
    width_px: int,
    most_px: Callable[[int, int], int | None],
    should_stop: Callable[[], bool],
    on_scale: OnScale | None,
) -> Enlarged:
    """Return a design's tile at another size.

    One in inks grows by its outlines and stays in them. Any other is laid out again by its maker and refined
    where the textiles have pixels for that, else its steps are resumed; where its recipe has none it is laid
    out again or interpolated.
    """
    part = recipe.cloth
    if part is None or not part.is_new:
        raise EngineError(
            f"recipe {recipe.name} makes no tile of its own; export yardage, as of toss", code="no_tile"
        )
    if part.inks is not None:
        return _outlined(tile, part.repeat, height_px=height_px, width_px=width_px)
    laid = tiles.laid_out(job, recipe, part)
    again = _drawn_again(unit(tile), job, recipe, part, tiles, laid, width_px)
    own_px, layout = tiles.own_width_px(job, recipe), laid.layout if again is None else again
    resumed = None
    if part.refine is not None:
        targets = _targets(part.refine, job, recipe, tiles, backbone, most_px)
        resumed = Resumed(part.refine, targets, own_px, layout.figure)
    found = uprez(
        unit(tile) if again is None else again.tile,
        part.repeat,
        resumed,
        backbone,
        height_px=height_px,
        width_px=width_px,
        most_px=most_px,
        should_stop=should_stop,
        on_scale=on_scale,
        anew=again is not None,
    )
    if again is None:
        return found
    return replace(
        found, way="laid out again", detail_width_px=min(float(width_px), again.tile.shape[1], own_px)
    )


def _targets(
    refine: OptimisePart,
    job: DesignJob,
    recipe: Recipe,
    tiles: Tiles,
    backbone: Backbone,
    most_px: Callable[[int, int], int | None],
) -> Callable[[int], StyleTargets]:
    """Return what gives the textile's style targets as it is seen on a tile of so many px across."""

    def targets(width: int) -> StyleTargets:
        seen = _middle(tiles.textile(job, recipe, width), STYLE_AREA_IN_PICTURES * width**2)
        return style_targets(
            to_planes(seen)[None].to(backbone.device),
            refine,
            backbone,
            most_px=most_px(*seen.shape[:2]),
            as_cloth=True,
        )

    return targets


def _drawn_again(
    tile: RgbFloat,
    job: DesignJob,
    recipe: Recipe,
    part: ClothPart,
    tiles: Tiles,
    laid: LaidOut,
    width_px: int,
) -> Layout | None:
    """Return the tile as its maker draws it with all the pixels that its textiles have, up to a width.

    What its steps have changed is carried over, so that it stays the tile that was chosen. None where the
    textiles have no more pixels, or the tile is not what the maker lays out.
    """
    own_px, multiple = tile.shape[1], size_multiple(part.repeat)
    detail = math.ceil(tiles.own_width_px(job, recipe) / multiple) * multiple
    width = min(width_px, MOST_LAID_OUT_PX, detail)
    height = round(width * tile.shape[0] / own_px / multiple) * multiple
    before = laid.layout.tile
    if width < LEAST_GROWTH * own_px or before.shape != tile.shape:
        return None
    if float((tile - before).std()) > SAME_LAYOUT * float(tile.std()):
        return None
    again = tiles.drawn(laid, job, recipe, part, height, width)
    for sign, small in ((1, tile), (-1, before)):
        again.tile[:] += sign * resampled(small, part.repeat, height_px=height, width_px=width)
    np.clip(again.tile, 0, 1, out=again.tile)
    return again


def _outlined(tile: RgbImage, repeat: Repeat, *, height_px: int, width_px: int) -> Enlarged:
    """Return a tile in inks at another size: each place in the ink that has the largest share around it."""
    inks = colours_of(choose_inks(tile, MOST_INKS))
    laid = nearest_inks(tile, inks)
    found = np.zeros((height_px, width_px, 3), np.uint16)
    most = np.zeros((height_px, width_px), np.float32)
    for index, ink in enumerate(inks):
        share = resampled(softened(laid == index, repeat), repeat, height_px=height_px, width_px=width_px)
        here = share > most
        found[here] = 257 * ink.astype(np.uint16)
        np.maximum(most, share, out=most)
    return Enlarged(found, "interpolated", float(min(tile.shape[1], width_px)))


def _middle(textile: RgbFloat, most_px: float) -> RgbFloat:
    """Return the middle of a textile, at most so many px of it."""
    height, width = textile.shape[:2]
    share = (most_px / (height * width)) ** 0.5
    if share >= 1:
        return textile
    rows, columns = round(height * share), round(width * share)
    top, left = (height - rows) // 2, (width - columns) // 2
    return textile[top : top + rows, left : left + columns]
