"""Which maker a recipe's ``maker:`` is: a line for each, by how many textiles it takes."""

from __future__ import annotations

from collections.abc import Callable

from nst_core.cloth.makers.applique import applique
from nst_core.cloth.makers.fill import fill
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.palette import palette
from nst_core.cloth.makers.requilt import requilt
from nst_core.cloth.makers.residual import residual
from nst_core.cloth.makers.toss import toss
from nst_core.garment.pixels import Image

MAKERS_OF_ONE: dict[str, Callable[[Image, Sheet], Layout]] = {"toss": toss, "requilt": requilt}
"""From the style image, ``(h, w, 3)``, at the tile's scale."""

MAKERS_OF_TWO: dict[str, Callable[[Image, Image, Sheet], Layout]] = {
    "applique": applique,
    "residual": residual,
    "fill": fill,
    "palette": palette,
}
"""From the style image and the motif image, both at the tile's scale."""
