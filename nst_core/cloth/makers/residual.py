"""Residual: a motif of any number of colours in a painting's palette, with the painting's brushwork on it."""

from __future__ import annotations

import numpy as np

from nst_core.cloth.makers.endless import blurred_on
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.palette import in_palette_of
from nst_core.cloth.makers.seamless import quilted, seamless
from nst_core.colour import lab_of, picture_of, within
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, floats

SHARE = 0.9
# Of the tile's short side: what is finer is brushwork, what is broader the painting's subject.
BRUSH = 1 / 24
LEAST_BRUSHWORK = 2.0


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
    paint = lab_of(quilted(style, sheet))
    brushwork = paint - blurred_on(paint, sheet, BRUSH * min(sheet.height_px, sheet.width_px))
    strength = float(np.sqrt((brushwork**2).sum(-1).mean()))
    if strength < LEAST_BRUSHWORK:
        raise ClothUnsuitable(
            f"residual needs a style with brushwork, and this one has {strength:.1f} ΔE of it "
            f"(at least {LEAST_BRUSHWORK:.0f}); palette takes its colours alone",
            code="no_brushwork",
        )
    laid = lab_of(in_palette_of(style, seamless(motif, sheet), maker="residual"))
    return Layout(within(picture_of(floats(laid + SHARE * brushwork)), style), style)
