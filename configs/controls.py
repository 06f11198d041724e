"""The ``controls:`` block: what a team turns on any recipe, whatever it is made of."""

from typing import Literal

from pydantic import Field

from configs.fields import Number, Part


class ControlsPart(Part):
    """The ``controls:`` block of a recipe, or of a batch for all its recipes.

    The defaults leave a recipe as it is written; only what differs from them enters its hash.
    """

    strength: Number = Field(
        1.0,
        ge=0,
        le=1,
        description="0: the photo, 1: the recipe as written; equal steps between look equally large.",
    )
    keep_colours: Literal["none", "luma", "lab"] = Field(
        "none",
        description="luma: the pattern in light and dark only, in the garment's colour; lab: the pattern's "
        "colours moved to where the garment's lie.",
    )
    motif_scale: Number = Field(
        1.0,
        ge=0.05,
        le=8,
        description="Factor on the motif's size, however the recipe and the catalogs' widths come to it.",
    )
    rotation_deg: Number = Field(
        0.0, ge=-180, le=180, description="Turns the style counter-clockwise, beside any turn of the cloth."
    )
