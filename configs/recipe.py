"""A recipe: how a cloth comes to be, how the garment is read, and what steps or a network make of both."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from configs.backbones import MASK_BACKBONE
from configs.cloth import ClothPart, Repeat
from configs.controls import ControlsPart
from configs.fields import Broken, Figures, Line, Name, Number, Part
from configs.inks import InksPart
from configs.network import NetworkPart, TrainPart
from configs.optimise import (
    AdadeltaSpec,
    AdamSpec,
    BalancePart,
    BarzilaiBorweinSpec,
    CombinedTerm,
    ContentTerm,
    GradientDescentSpec,
    LbfgsSpec,
    LossTerm,
    MotifTerm,
    OptimisePart,
    OptimiserSpec,
    StyleTerm,
    TvTerm,
)
from configs.recipe_rules import broken_rules

__all__ = [
    "AdadeltaSpec",
    "AdamSpec",
    "BalancePart",
    "BarzilaiBorweinSpec",
    "ClothPart",
    "CombinedTerm",
    "ContentTerm",
    "ControlsPart",
    "GarmentPart",
    "GradientDescentSpec",
    "InksPart",
    "LbfgsSpec",
    "LossTerm",
    "MotifTerm",
    "NetworkPart",
    "OptimisePart",
    "OptimiserSpec",
    "PaperFigures",
    "Recipe",
    "ShadingPart",
    "StyleTerm",
    "TrainPart",
    "TvTerm",
]


class ShadingPart(Part):
    """The ``shading:`` block: how folds and light are read from the photo, without the old print.

    Log luma inside the garment is taken relative to its median; what is left is light and folds.
    """

    strength: Number = Field(
        1.0, ge=0, le=3, description="0: flat cloth, 1: as read, above: deeper folds (and a paler motif)."
    )
    gain_target: Number = Field(
        0.75,
        gt=0,
        le=3,
        description="Log range (p95 − p5) that folds are brought to, so each garment shows its form.",
    )
    gain_min: Number = Field(
        0.5, gt=0, le=10, description="The least gain: deep shadows are softened no further."
    )
    gain_max: Number = Field(
        4.0, gt=0, le=10, description="The most gain: plain cloth's noise is raised no further."
    )
    dark_gain_max: Number = Field(
        2.0, gt=0, le=10, description="The most gain on dark cloth, which is mostly noise."
    )
    dark_median: Number = Field(
        0.42, ge=0, le=1, description="Median luma below which a garment counts as dark."
    )
    light_keep: Number = Field(
        0.6,
        ge=0,
        le=1,
        description="Share kept of the room's light, the plane across the garment; never amplified.",
    )
    base_radius: Number = Field(
        1 / 90, gt=0, le=0.5, description="Radius of the edge-preserving base, as a share of the long side."
    )
    base_eps: Number = Field(
        1e-3, gt=0, le=1, description="Variance (of luma 0..1) that the base counts as an edge."
    )
    detail_sigma: Number = Field(
        1.5,
        ge=0,
        le=10,
        description="Soft threshold on detail finer than the base, in its own standard deviations.",
    )
    rim: Number = Field(
        0.05, ge=0, le=1, description="Darkening along the garment's edge, where it turns away."
    )
    form: Number = Field(
        0.0,
        ge=0,
        le=2,
        description="Rounding (log range) of a garment whose photo shows no folds, as a print or a flat "
        "drawing; 0: it stays flat.",
    )
    clip_min: Number = Field(0.25, gt=0, le=1, description="The darkest shading.")
    clip_max: Number = Field(1.6, ge=1, le=4, description="The brightest shading; above 1 lies a sheen.")


class GarmentPart(Part):
    """The ``garment:`` block: where the garment is and how its form shows through the cloth."""

    mask: Literal["auto", "catalog"] = Field(
        "auto", description="auto: the catalog's mask, else alpha, else found; catalog: only the first two."
    )
    min_confidence: Number = Field(
        0.35,
        ge=0,
        le=1,
        description="A found mask below it is not used: the whole picture is painted and flagged.",
    )
    edge_px: Number = Field(
        1.2, ge=0, le=16, description="Softness of the mask's edge, px at a long side of 256 px."
    )
    pieces: bool = Field(
        False,
        description="Sleeves, legs, hood and collar are cut from the cloth by themselves, along their own "
        "length, where the outline shows them; else one cloth runs straight through.",
    )
    seam_depth: Number = Field(
        0.25, ge=0, le=1, description="What the seams of pieces lose of their light; 0: they show by the cut."
    )
    fittings: bool = Field(
        False,
        description="Buttons, labels and pullers on plain cloth stay as they are in the photo; else they are "
        "painted over.",
    )
    shading: ShadingPart | None = Field(
        ShadingPart(), description="null: the cloth lies flat, without light."
    )


class PaperFigures(Part):
    """The ``paper:`` block: what a paper reports, and what this recipe reaches here."""

    title: Line
    source: Line = Field("", description="Authors, year, table or equation.")
    figures: Figures = Field(default={}, description="What the paper reports.", validate_default=True)
    ours: Figures = Field(default={}, description="The same lines, here.", validate_default=True)


class Recipe(Part):
    """A named way to paint; its blocks ``cloth``, ``garment``, ``optimise`` and ``network`` may be left out.

    Of a yardage recipe the tile is the design: it has no garment, and new cloth.
    """

    name: Name = Field(
        description="Letters, digits, dots and dashes; the file's own name where it is left out."
    )
    title: Line = ""
    description: str = Field("", max_length=4000)
    kind: Literal["garment", "yardage"] = Field(
        "garment", description="garment: a photo is dressed; yardage: the tile of new cloth is the design."
    )
    backbone: Literal["vgg16", "vgg19", "resnet50"] = Field(
        "vgg16", description="The network whose features losses compare; vgg16 comes with the installation."
    )
    cloth: ClothPart | None = None
    garment: GarmentPart | None = None
    optimise: OptimisePart | None = None
    network: NetworkPart | None = Field(
        None, description="A trained network in the place of optimise:, one pass instead of its steps."
    )
    controls: ControlsPart = ControlsPart()
    paper: PaperFigures | None = None

    @property
    def networks(self) -> tuple[str, ...]:
        """The backbones whose weights decide pixels: its own first, then the one that finds garments."""
        finds_garments = self.garment is not None and self.garment.mask == "auto"
        return tuple(dict.fromkeys((self.backbone, *((MASK_BACKBONE,) if finds_garments else ()))))

    @property
    def steps(self) -> OptimisePart | None:
        """What is optimised in its designs: the tile of yardage, else the picture; None: nothing."""
        if self.kind == "garment":
            return self.optimise
        return None if self.cloth is None else self.cloth.refine

    @property
    def through(self) -> NetworkPart | None:
        """The trained network that paints its designs, the tile of yardage, else the picture; None: none."""
        if self.kind == "garment":
            return self.network
        return None if self.cloth is None else self.cloth.network

    @property
    def trained(self) -> tuple[NetworkPart, ...]:
        """The trained networks that decide pixels of its designs: its own, and that of its new cloth."""
        of_cloth = None if self.cloth is None else self.cloth.network
        return tuple(one for one in (self.network, of_cloth) if one is not None)

    def repeating(self, repeat: Repeat) -> "Recipe":
        """Return the recipe of new cloth in a repeat, named after it where that is not its own.

        Raises:
            ValueError: the recipe makes no new cloth, which alone has a repeat.
        """
        if self.cloth is None or not self.cloth.is_new:
            raise ValueError(f"{self.name} makes no new cloth: it cannot repeat {repeat}")
        if self.cloth.repeat == repeat:
            return self
        cloth = self.cloth.model_copy(update={"repeat": repeat})
        return self.model_copy(update={"name": f"{self.name}.{repeat}", "cloth": cloth})

    @property
    def inks(self) -> InksPart | None:
        """The inks that its designs consist of: those of yardage; None: continuous tone."""
        return self.cloth.inks if self.kind == "yardage" and self.cloth is not None else None

    def of_its_tile(self) -> "Recipe":
        """Return the recipe of yardage in this recipe's cloth: what makes the tile that a garment wears."""
        # A photo's controls have no say in a tile that all garments share.
        controls = self.controls.model_copy(update={"strength": 1.0, "keep_colours": "none"})
        changes = {
            "kind": "yardage",
            "garment": None,
            "optimise": None,
            "network": None,
            "controls": controls,
        }
        return self.model_copy(update=changes)

    @classmethod
    def broken_rules(cls, raw: object) -> Iterator[Broken]:
        """Yield what is wrong between blocks; ``raw`` may be a recipe or the mapping it is made from."""
        return broken_rules(raw)
