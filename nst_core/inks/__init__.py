"""Inks: a picture in few colours that can be printed, and a plate for each of them."""

from nst_core.inks.choosing import choose_inks
from nst_core.inks.colorway import Contrast, colorway_of
from nst_core.inks.difference import Difference, delta_e, difference
from nst_core.inks.enlarging import MM_PER_INCH, at_resolution
from nst_core.inks.ground import Cloth, perhaps_ground, printed_on
from nst_core.inks.plates import Plate, plates_of, printed, total_coverage
from nst_core.inks.recolouring import (
    ColourMove,
    ink_for_ink,
    light_ranks,
    structure_kept,
    structure_of,
)
from nst_core.inks.separating import Separated, separate

__all__ = [
    "MM_PER_INCH",
    "Cloth",
    "ColourMove",
    "Contrast",
    "Difference",
    "Plate",
    "Separated",
    "at_resolution",
    "choose_inks",
    "colorway_of",
    "delta_e",
    "difference",
    "ink_for_ink",
    "perhaps_ground",
    "plates_of",
    "printed",
    "printed_on",
    "separate",
    "light_ranks",
    "structure_kept",
    "structure_of",
    "total_coverage",
]
