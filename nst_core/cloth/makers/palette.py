"""Palette: a textile in another's colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nst_core.cloth.makers.classes import lab_classes
from nst_core.cloth.makers.endless import chroma_calmed_on
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.seamless import seamless
from nst_core.colour import colour_statistics, recoloured, within
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image

# Classes that a motif of many colours is read by.
MOTIF_COLOURS = 5
# Standard deviation of L below which a motif cannot be told.
LEAST_CONTRAST = 2.0


def palette(style: Image, motif: Image, sheet: Sheet) -> Layout:
    """Lay a tile of a motif in another textile's colours.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1]: whose colours.
        motif: likewise, at the tile's scale: whose figures.
        sheet: the tile wanted.

    Returns:
        The tile; ``style`` is the style.

    Raises:
        ClothUnsuitable: ``plain``: the motif is of one colour.
    """
    pattern = seamless(motif, sheet)
    recolour = palette_of(style, pattern.tile, maker="palette")

    def at(sheet: Sheet, style: Image, motif: Image) -> Layout:
        base = pattern.at(motif, sheet)
        tile = chroma_calmed_on(recolour(base), sheet)
        return Layout(tile, style, classes=lab_classes(base, MOTIF_COLOURS).labels)

    return Layout.drawn(at, sheet, style, motif)


def palette_of(style: Image, tile: Image, *, maker: str) -> Callable[[Image], Image]:
    """Return what brings a tile into a style's colours: linearly, moving least, then to those it has.

    What it returns holds for the same tile at any size, ``(H, W, 3)``.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1].
        tile: ``(H, W, 3)``, likewise.
        maker: who asks, for the refusal.

    Raises:
        ClothUnsuitable: ``plain``: the motif is of one colour.
    """
    own = colour_statistics(tile)
    contrast = float(np.sqrt(np.trace(own.covariance)))
    if contrast < LEAST_CONTRAST:
        raise ClothUnsuitable(
            f"{maker} needs a motif that can be told, and this textile is all but plain "
            f"({contrast:.1f} ΔE about its mean); take it as the style",
            code="plain",
        )
    wanted = colour_statistics(style)
    return lambda tile: within(recoloured(tile, own, wanted), style)
