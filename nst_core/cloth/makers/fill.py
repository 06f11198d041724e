"""Fill: one textile's figures filled with another cloth, on their own ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nst_core.cloth.makers.endless import average_on, blurred_on, chroma_calmed_on, widened_on
from nst_core.cloth.makers.figure import Figure, figure_of
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.seamless import quilted, seamless, symmetric
from nst_core.colour import lab_of, picture_of
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, floats

# ΔE about its mean: more is a ground of several colours, on which no figure stands out.
MOST_SPREAD = 20.0
# Of the tile's short side: inside the figure what is finer than this is its relief.
RELIEF = 1 / 40
STRONGEST_RELIEF = (0.6, 1.5)
# At the figure's edge the motif's two colours are mixed: ground is taken from farther off, and continued
# under it, and relief from farther inside.
EDGE_PX, GROUND_PX = 2, 3.0
# ΔE from the ground's mean: of the cloth's mean, and of the tenth of it that is most like the ground. Where
# the two lie closer than ALIKE they differ in no direction to speak of: the motif's own lightness decides.
MEAN_APART, ALL_APART, ALIKE, LEAST_KEPT = 26.0, 14.0, 10.0, 0.35


def fill(style: Image, motif: Image, sheet: Sheet) -> Layout:
    """Lay a tile of a textile's ground with its figures cut out of another cloth.

    The figures' own light and dark stays on the new cloth. Colours of the cloth that would be lost on the
    ground are moved away from it.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1], at the tile's scale: the cloth in the figures.
        motif: likewise: the textile of two colours whose figures and ground are taken.
        sheet: the tile wanted.

    Returns:
        The tile; ``style`` is the cloth in the figures, ``figure`` where they are.

    Raises:
        ClothUnsuitable: ``no_two_classes``, ``ground_of_many_colours``.
    """
    pattern = seamless(motif, sheet)
    figure = figure_of(pattern.tile, sheet, maker="fill")
    if figure.ground_spread > MOST_SPREAD:
        raise ClothUnsuitable(
            "fill keeps the motif's ground, which must be of one colour; this one's colours lie "
            f"{figure.ground_spread:.0f} ΔE about their mean (at most {MOST_SPREAD:.0f}); "
            "residual and palette take motifs of many colours",
            code="ground_of_many_colours",
            spread=round(figure.ground_spread, 1),
        )
    filling = quilted(style, replace(sheet, seed=sheet.seed + 1))
    decided = sheet

    def at(sheet: Sheet, style: Image, motif: Image) -> Layout:
        base = pattern.at(motif, sheet)
        where = symmetric(figure.on(base, sheet, decided), sheet)
        cloth = filling.at(style, sheet)
        tile = chroma_calmed_on(_filled(base, where, cloth, figure, sheet, decided), sheet)
        return Layout(tile, style, where, motif=motif, classes=(where > 0.5).astype(np.uint8))

    return Layout.drawn(at, sheet, style, motif)


def _filled(base: Image, where: Image, filling: Image, figure: Figure, sheet: Sheet, decided: Sheet) -> Image:
    """Return a motif with cloth where its figure is, both ``(H, W, 3)``; edges are as wide as decided."""
    times = max(sheet.over(decided))
    edge_px = round(EDGE_PX * times)
    bare = floats(widened_on(where, sheet, by_px=edge_px) == 0)
    core = floats(widened_on(1 - where, sheet, by_px=edge_px) == 0)
    ground = np.where(bare[..., None] > 0, base, average_on(base, bare, sheet, GROUND_PX * times))
    lab, cloth = lab_of(base), lab_of(filling)
    cloth = _off_the_ground(
        cloth, (lab * bare[..., None]).sum(axis=(0, 1)) / max(float(bare.sum()), 1), figure
    )
    usual = average_on(lab[..., :1], core, sheet, RELIEF * sheet.short_px)
    relief = np.clip((lab[..., :1] + 10) / (usual + 10), *STRONGEST_RELIEF)
    cloth[..., :1] *= 1 + (relief - 1) * blurred_on(core, sheet, times * EDGE_PX / 2)[..., None]
    return floats(where[..., None] * picture_of(cloth) + (1 - where[..., None]) * ground)


def _off_the_ground(cloth: Image, ground: Image, figure: Figure) -> Image:
    """Return a cloth's Lab moved and, if need be, drawn together along its way from the ground."""
    mean = cloth.mean(axis=(0, 1))
    towards = mean - ground
    if float(np.linalg.norm(towards)) < ALIKE:
        towards = floats([-1 if figure.is_darker else 1, 0, 0])
    axis = floats(towards / np.linalg.norm(towards))
    along = (cloth - ground) @ axis
    middle = float(along.mean())
    wanted = max(middle, MEAN_APART)
    nearest = middle - float(np.percentile(along, 10))
    kept = float(np.clip((wanted - ALL_APART) / max(nearest, 1e-6), LEAST_KEPT, 1))
    return floats(cloth + (wanted - middle - (1 - kept) * (along - middle))[..., None] * axis)
