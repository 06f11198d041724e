"""Palettes: named inks, and the files that they come in and go out as."""

from configs.inks import MOST_INKS
from nst_core.palettes.palette import Ink, Palette
from nst_core.palettes.reading import FileKind, read_palette, write_palette
from nst_core.palettes.season import read_season, write_season

__all__ = [
    "MOST_INKS",
    "FileKind",
    "Ink",
    "Palette",
    "read_palette",
    "read_season",
    "write_palette",
    "write_season",
]
