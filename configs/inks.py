"""The ``inks:`` block of new cloth: a tile that consists of its inks and nothing else."""

from typing import Final

from pydantic import Field

from configs.colorways import Colours
from configs.fields import Number, Part, Whole

FEWEST_INKS: Final = 2
MOST_INKS: Final = 24
# Where nobody says how wide a tile is on the roll.
USUAL_WIDTH_MM: Final = 640.0


class InksPart(Part):
    """The ``inks:`` block: the finished tile is made for its inks and consists of nothing else."""

    count: Whole | None = Field(
        None,
        ge=FEWEST_INKS,
        le=MOST_INKS,
        description="How many; with a palette the best so many of it. null: all of the palette.",
    )
    palette: Colours | None = Field(
        None, description="Inks to print with, '#8a3b12'; null: chosen for each tile, count of them."
    )
    min_region_mm: Number = Field(
        0.3,
        ge=0,
        le=50,
        description="No region of an ink is smaller than a square of this side, nor than 6 px; without "
        "cloth.repeat_width_mm a tile counts as 640 mm wide.",
    )
    steps: Whole = Field(
        12,
        ge=0,
        le=1000,
        description="Last steps, in which every place looks for the ink that brings the print nearest to the "
        "textile, and none strays farther from the picture than a cut would. 0: cut only.",
    )
