"""Inks: a picture in few colours that can be printed, and a plate for each of them."""

from nst_core.inks.difference import Difference, delta_e, difference
from nst_core.inks.enlarging import MM_PER_INCH, at_resolution
from nst_core.inks.plates import Plate, plates_of, printed, total_coverage
from nst_core.inks.separating import Separated, separate

__all__ = [
    "MM_PER_INCH",
    "Difference",
    "Plate",
    "Separated",
    "at_resolution",
    "delta_e",
    "difference",
    "plates_of",
    "printed",
    "separate",
    "total_coverage",
]
