"""The garment a cloth is laid on: its mask, its shading, and the way back into the photo."""

from nst_core.garment.composite import composite, ground_beneath
from nst_core.garment.fittings import find_fittings
from nst_core.garment.head import Look, look
from nst_core.garment.mask import GarmentMask, find_mask
from nst_core.garment.pieces import Piece, find_pieces, seams
from nst_core.garment.protect import protection
from nst_core.garment.regions import region_masks
from nst_core.garment.relight import relight
from nst_core.garment.shading import Shading, read_shading

__all__ = [
    "GarmentMask",
    "Look",
    "Piece",
    "Shading",
    "composite",
    "find_fittings",
    "find_mask",
    "find_pieces",
    "ground_beneath",
    "look",
    "protection",
    "read_shading",
    "region_masks",
    "relight",
    "seams",
]
