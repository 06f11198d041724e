"""Figure and ground of a two-coloured textile: where its motifs lie, and where they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nst_core.cloth.makers.classes import lab_classes
from nst_core.cloth.makers.endless import blurred_on
from nst_core.cloth.makers.layout import Sheet
from nst_core.colour import lab_of
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, floats

# Yarn and print grain make no figure of their own.
CALM_PX = 0.7
# Share of the tile's Lab variance that two classes must explain.
LEAST_EXPLAINED = 0.58
LEAST_SHARE = 0.04
# How much steeper than the picture's own edges the figure's are.
STEEP = 2.5


@dataclass(frozen=True, eq=False)
class Figure:
    """The smaller of a textile's two colour classes.

    Attributes:
        share: ``(H, W)``, in [0, 1]: 1 on the motifs, 0 on the ground, between the two at their edges.
        is_darker: whether the motifs are darker than the ground.
        ground_spread: of the ground's colours about their mean, ΔE: 8 to 15 in photographed cloth, more where
            it is of several colours.
    """

    share: Image
    is_darker: bool
    ground_spread: float


def figure_of(tile: Image, sheet: Sheet, *, maker: str) -> Figure:
    """Return where a seamless textile's motifs lie.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        sheet: how it repeats.
        maker: who asks, for the refusal.

    Raises:
        ClothUnsuitable: ``no_two_classes``: the textile has three colours and more, or one.
    """
    lab = lab_of(blurred_on(tile, sheet, CALM_PX))
    classes = lab_classes(tile, 2, calm_px=CALM_PX)
    spread = float(((lab - lab.mean(axis=(0, 1))) ** 2).sum(-1).mean())
    if len(classes.shares) < 2 or spread < 4 or classes.shares[1] < LEAST_SHARE:
        raise ClothUnsuitable(
            f"{maker} needs a motif of two colours, and this textile is all but plain; "
            "take it as the style, or toss its few motifs",
            code="no_two_classes",
        )
    ground, motifs = floats(classes.centres)
    towards = motifs - ground
    place = floats((lab - ground) @ towards / float(towards @ towards))
    left = lab - np.where((place > 0.5)[..., None], motifs, ground)
    explained = 1 - float((left**2).sum(-1).mean()) / spread
    if explained < LEAST_EXPLAINED:
        raise ClothUnsuitable(
            f"{maker} needs a motif of two colours, and two explain {explained:.0%} of this textile "
            f"(at least {LEAST_EXPLAINED:.0%} are needed); residual and palette take motifs of many colours",
            code="no_two_classes",
            explained=round(explained, 3),
        )
    share = np.clip(STEEP * (place - 0.5) + 0.5, 0, 1)
    ground_spread = float(np.sqrt((left[place <= 0.5] ** 2).sum(-1).mean()))
    return Figure(share, bool(motifs[0] < ground[0]), ground_spread)
