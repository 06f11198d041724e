"""The box: the part of a picture that the steps work on where the losses look at the garment alone.

A garment fills about half of its photo, and what lies beside it stays as it is: the network need not look at
it at every step. The box holds the mask and little more; what was made of it is put back into the whole
picture before that is relit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.recipe import Recipe
from nst_core.backbones import Area
from nst_core.garment.pixels import Image
from nst_core.planes import SIZE_MULTIPLE, padded

# What is seen of the photo around the mask, at least: with 1 px the mask ends in the box, and losses count
# the same positions as in the whole picture. Margins of 0, 4, 16, 32 px gave gmd .2163, .2164, .2158, .2152,
# the whole picture .2147 (6 pairs, 256 px); motif was .574, .574, .573, .572 against .572, speckle and relief
# within .003, and no eye tells the pictures apart.
MARGIN_PX = 1
# A side is no shorter than this share of the picture's long side, so that small garments are seen by deep
# layers and at coarse sizes too.
LEAST_SHARE = 1 / 4


def painted_box(alpha: Image | None, shape_px: tuple[int, int], recipe: Recipe) -> Area:
    """Return the part of a padded picture that the steps of a recipe work on.

    Args:
        alpha: ``(H, W)``, where the picture is painted; None: everywhere.
        shape_px: the picture's height and width.
        recipe: whose losses that have a region look at the garment alone, or at the whole picture.

    Returns:
        An area on the grid of 16 px: a picture is optimised for where pooling cuts it, and looks 40 % worse
        to the same network half a cut further. It is the whole padded picture where the recipe looks at
        that, or the mask fills it.
    """
    whole = Area(0, 0, padded(shape_px[0]), padded(shape_px[1]))
    if alpha is None or not _sees_garment_only(recipe):
        return whole
    rows, columns = (np.flatnonzero((alpha > 0).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return whole
    least = padded(round(LEAST_SHARE * max(whole.bottom, whole.right)))
    top, bottom = _span(rows, whole.bottom, least)
    left, right = _span(columns, whole.right, least)
    return Area(top, left, bottom, right)


def _sees_garment_only(recipe: Recipe) -> bool:
    part = recipe.optimise
    if recipe.network is not None:
        return recipe.network.sees == "cloth"
    regions = () if part is None else [getattr(term, "region", None) for term in part.terms().values()]
    told = [region for region in regions if region is not None]
    return bool(told) and all(region == "garment" for region in told)


def _span(places: NDArray[np.intp], side: int, least: int) -> tuple[int, int]:
    """Return where the box begins and ends along a side, both at multiples of 16."""
    begin = max(0, int(places[0]) - MARGIN_PX) // SIZE_MULTIPLE * SIZE_MULTIPLE
    end = min(side, padded(int(places[-1]) + 1 + MARGIN_PX))
    least = min(least, side)
    missing = max(0, least - (end - begin))
    begin = max(0, min(begin - missing // 2 // SIZE_MULTIPLE * SIZE_MULTIPLE, side - least))
    return begin, max(end, begin + least)
