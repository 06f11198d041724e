"""Colour: CIE Lab, where the colours of a picture lie, and how one picture takes those of another."""

from nst_core.colour.keep import chroma_kept, colours_kept, usual_colour
from nst_core.colour.lab import lab_of, picture_of
from nst_core.colour.statistics import ColourStatistics, colour_statistics
from nst_core.colour.transfer import recoloured
from nst_core.colour.within import within

__all__ = [
    "ColourStatistics",
    "chroma_kept",
    "colour_statistics",
    "colours_kept",
    "lab_of",
    "picture_of",
    "recoloured",
    "usual_colour",
    "within",
]
