"""Appliqué: a two-coloured motif cut out of one part of a painting and sewn on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nst_core.cloth.makers.endless import wobbled_on
from nst_core.cloth.makers.figure import figure_of
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.palette import palette_of
from nst_core.cloth.makers.seamless import quilted, seamless, symmetric
from nst_core.cloth.makers.windows import two_windows
from nst_core.colour import lab_of, picture_of
from nst_core.garment.pixels import Image, floats

# Of the tile's short side: 1.6 px, and 6 px along an edge, on a tile of 384 px.
WOBBLE, WAVE = 1.6 / 384, 6 / 384
# Of a window's side: it is even, and few large patches leave few cuts.
BLOCK = 0.7
# Share of the tile's Lab variance that figure and ground must explain: the steps take a tenth to a third off.
LEAST_TOLD = 0.4


def applique(style: Image, motif: Image, sheet: Sheet) -> Layout:
    """Lay a tile in which a motif's figures are of one window of a painting, its ground of another.

    What was darker in the motif is of the darker window. Edges waver as scissors do. The colours are those
    of the whole painting, linearly: the two windows that can be told apart best may have its rarest.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1], at the tile's scale: the painting.
        motif: likewise, a textile of two colours.
        sheet: the tile wanted.

    Returns:
        The tile; ``style`` is the whole painting.

    Raises:
        ClothUnsuitable: ``no_two_classes``, ``no_two_windows``.
    """
    pattern = seamless(motif, sheet)
    figure = figure_of(pattern.tile, sheet, maker="applique")
    places = two_windows(style, seed=sheet.seed)
    windows = places.of(style)
    darker = quilted(windows.darker, sheet, block=BLOCK)
    lighter = quilted(windows.lighter, replace(sheet, seed=sheet.seed + 1), block=BLOCK)
    decided = sheet

    def pieced(sheet: Sheet, style: Image, motif: Image) -> tuple[Image, Image]:
        """Return the two windows as figure and ground, and where figure is."""
        windows = places.of(style)
        share = figure.on(pattern.at(motif, sheet), sheet, decided)
        by_px, wave_px = WOBBLE * sheet.short_px, WAVE * sheet.short_px
        share = wobbled_on(share, sheet, decided, by_px=by_px, wave_px=wave_px, seed=sheet.seed)
        share = symmetric(share, sheet)
        dark = (share if figure.is_darker else 1 - share)[..., None]
        tile = dark * darker.at(windows.darker, sheet) + (1 - dark) * lighter.at(windows.lighter, sheet)
        return floats(tile), share

    decided_tile, decided_share = pieced(sheet, style, motif)
    recolour = palette_of(style, decided_tile, maker="applique")
    calm = _calm(recolour(decided_tile), decided_share)

    def at(sheet: Sheet, style: Image, motif: Image) -> Layout:
        tile, share = pieced(sheet, style, motif)
        return Layout(calm(recolour(tile), share), style, classes=(share > 0.5).astype(np.uint8))

    return Layout.drawn(at, sheet, style, motif)


def _calm(tile: Image, share: Image) -> Callable[[Image, Image], Image]:
    """Return what draws paint back to the mean colours of figure and ground, as far as they need to be told.

    What it returns holds for the same tile and share of figure, ``(H, W, 3)`` and ``(H, W)``, at any size.
    """
    lab = lab_of(tile)
    figure = share[..., None]
    ground_mean, figure_mean = (
        (lab * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1.0) for weight in (1 - figure, figure)
    )

    def flat(share: Image) -> Image:
        return floats(ground_mean + share[..., None] * (figure_mean - ground_mean))

    between, within = (float(part.var(axis=(0, 1)).sum()) for part in (flat(share), lab - flat(share)))
    kept = min(1.0, float(np.sqrt(between * (1 - LEAST_TOLD) / LEAST_TOLD / max(within, 1e-6))))
    return lambda tile, share: picture_of(flat(share) + kept * (lab_of(tile) - flat(share)))
