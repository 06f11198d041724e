"""The ``cloth:`` block: how a pattern comes to be, how it repeats, and how it lies on a garment."""

from typing import Literal

from pydantic import Field

from configs.fields import Number, Part, Whole
from configs.inks import InksPart
from configs.makers import AsIs, NewCloth
from configs.network import NetworkPart
from configs.optimise import OptimisePart

Repeat = Literal["straight", "half-drop", "half-brick", "mirror"]

# What both sides of a tile are multiples of, px, so that the deepest layers, a position every 16 px, join as
# the tile does: half a tile too, where the repeat shifts or mirrors it.
REPEAT_MULTIPLE_PX: dict[Repeat, int] = {"straight": 16, "half-drop": 32, "half-brick": 32, "mirror": 32}
MOST_CANDIDATES = 32
# Of two textiles: the figures of the one in the manner, cloth or colours of the other.
OF_TWO_TEXTILES = ("applique", "residual", "fill", "palette")


class ClothPart(Part):
    """The ``cloth:`` block: how the pattern comes to be and how it lies on the garment."""

    maker: Literal[AsIs, NewCloth] = Field(
        "quilt",
        description="As it is: tile (repeated), mirror (mirrored), quilt (patches sewn along cuts that "
        "nobody sees). New cloth, a seamless repeat: toss (the textile's motifs in a new layout), requilt "
        "(turned and bent copies); of two textiles applique and residual (a motif in the style's manner), "
        "fill (a motif filled with the style), palette (a motif in the style's colours).",
    )
    motif_scale: Number = Field(
        1.0,
        ge=0.05,
        le=8,
        description="The style image's long side over the picture's, where catalogs give no widths in mm.",
    )
    rotation_deg: Number = Field(0.0, ge=-180, le=180, description="Turns the cloth; 45 is cut on the bias.")
    bend_px: Number = Field(
        2.0, ge=0, le=32, description="How far folds displace the cloth, px at a long side of 256 px."
    )
    match: bool = Field(
        False,
        description="Whether cloth gets back, by a few gains, the contrast and the detail that laying it and "
        "the garment's shade take from it.",
    )
    repeat: Repeat = Field("straight", description="How the tile of new cloth meets its neighbours.")
    repeat_width_mm: Number | None = Field(
        None,
        gt=0,
        le=10_000,
        description="Width of new cloth's tile on the roll; motifs then come at their true size where the "
        "style catalog knows motif_width_mm.",
    )
    repeat_aspect: Number = Field(
        1.0,
        ge=0.25,
        le=4,
        description="Height of new cloth's tile over its width: 2 stands, .5 lies; motifs keep their size.",
    )
    candidates: Whole = Field(
        1,
        ge=1,
        le=MOST_CANDIDATES,
        description="Layouts of new cloth that are made; the one that passes most of its maker's gates is "
        "refined.",
    )
    refine: OptimisePart | None = Field(
        None,
        description="What brings a new tile close to the textile's Gram matrices; null: as it was laid out.",
    )
    network: NetworkPart | None = Field(
        None, description="A trained network in the place of refine:, one pass instead of its steps."
    )
    inks: InksPart | None = Field(
        None, description="The tile of new cloth in so many inks; null: in continuous tone."
    )

    def worn_as(self, other: "ClothPart | None" = None) -> "ClothPart":
        """Return this cloth laid on garments as another is; None: by the defaults, as a tile has it.

        A tile is made without any garment, so what garments do to their cloth is no matter of it.
        """
        how = ClothPart() if other is None else other
        return self.model_copy(update={"bend_px": how.bend_px, "match": how.match})

    @property
    def new(self) -> NewCloth | None:
        """The maker of new cloth; None where the textile is used as it is."""
        if self.maker in ("toss", "requilt", "applique", "residual", "fill", "palette"):
            return self.maker
        return None

    @property
    def is_new(self) -> bool:
        """Whether it makes a tile of its own."""
        return self.new is not None

    @property
    def as_is(self) -> AsIs | None:
        """How a textile is used as it is; None for new cloth."""
        return self.maker if self.maker in ("tile", "mirror", "quilt") else None

    @property
    def of_two(self) -> bool:
        """Whether it joins two textiles."""
        return self.maker in OF_TWO_TEXTILES
