"""The cloth of a design: how a pattern comes to cover a picture, and how it lies on the garment."""

from nst_core.cloth.lay import lay
from nst_core.cloth.make import make_cloth
from nst_core.cloth.match import match
from nst_core.cloth.patchwork import patchwork
from nst_core.cloth.textile import evenly_lit, without_foreign_edges
from nst_core.cloth.turn import turned
from nst_core.cloth.wear import tile_on_picture

__all__ = [
    "evenly_lit",
    "lay",
    "make_cloth",
    "match",
    "patchwork",
    "tile_on_picture",
    "turned",
    "without_foreign_edges",
]
