"""Residual: a motif of any number of colours in a painting's palette, with the painting's brushwork on it."""

from __future__ import annotations

import numpy as np

from nst_core.cloth.makers.classes import lab_classes
from nst_core.cloth.makers.endless import blurred_on
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.palette import MOTIF_COLOURS, palette_of
from nst_core.cloth.makers.seamless import seamless, sewn_of
from nst_core.colour import lab_of, picture_of, within
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Bits, Image, blurred, floats

SHARE = 0.9
# Of the tile's short side: what is finer is brushwork, what is broader the painting's subject.
BRUSH = 1 / 24
LEAST_BRUSHWORK = 2.0
# Of the motif's contrast: louder brushwork, as of a grid of black lines, drowns it.
LOUDEST = 0.45
# Paint is taken from where brushwork has this share of its usual strength: a sky or a margin has none.
LIVELY, LIVELY_SIGMA = 0.6, 1 / 10


def residual(style: Image, motif: Image, sheet: Sheet) -> Layout:
    """Lay a tile of a motif in a painting's colours, the painting's brushwork on top.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1], at the tile's scale: the painting.
        motif: likewise.
        sheet: the tile wanted.

    Returns:
        The tile; ``style`` is the whole painting.

    Raises:
        ClothUnsuitable: ``no_brushwork``: the style has nothing fine; ``plain``: nor the motif a contrast.
    """
    painted = sewn_of(style, _lively(style), sheet)
    _, strength = _brushwork(painted.tile, sheet)
    if strength < LEAST_BRUSHWORK:
        raise ClothUnsuitable(
            f"residual needs a style with brushwork, and this one has {strength:.1f} ΔE of it "
            f"(at least {LEAST_BRUSHWORK:.0f}); palette takes its colours alone",
            code="no_brushwork",
        )
    pattern = seamless(motif, sheet)
    recolour = palette_of(style, pattern.tile, maker="residual")
    laid = lab_of(recolour(pattern.tile))
    contrast = float(np.sqrt(((laid - laid.mean(axis=(0, 1))) ** 2).sum(-1).mean()))
    share = min(SHARE, LOUDEST * contrast / strength)
    colours = style

    def at(sheet: Sheet, style: Image, motif: Image) -> Layout:
        brushwork, _ = _brushwork(painted.at(style, sheet), sheet)
        base = pattern.at(motif, sheet)
        tile = within(picture_of(floats(lab_of(recolour(base)) + share * brushwork)), colours)
        return Layout(tile, style, classes=lab_classes(base, MOTIF_COLOURS).labels)

    return Layout.drawn(at, sheet, style, motif)


def _brushwork(tile: Image, sheet: Sheet) -> tuple[Image, float]:
    """Return what is fine in a tile of paint, in Lab, and how strong it is, ΔE."""
    paint = lab_of(tile)
    brushwork = floats(paint - blurred_on(paint, sheet, BRUSH * sheet.short_px))
    return brushwork, float(np.sqrt((brushwork**2).sum(-1).mean()))


def _lively(style: Image) -> Bits:
    """Return where a painting has brushwork."""
    short = min(style.shape[:2])
    lab = lab_of(style)
    strength = blurred(((lab - blurred(lab, BRUSH * short)) ** 2).sum(-1), LIVELY_SIGMA * short)
    return np.asarray(strength >= LIVELY**2 * strength.mean())
