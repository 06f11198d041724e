"""Figure and ground of a two-coloured textile: where its motifs lie, and where they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nst_core.cloth.makers.classes import lab_classes
from nst_core.cloth.makers.endless import blurred_on, widened_on
from nst_core.cloth.makers.layout import Sheet
from nst_core.colour import lab_of
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, floats
from nst_core.resampling import resampled

# Yarn and print grain make no figure of their own.
CALM_PX = 0.7
# Share of the tile's Lab variance that two classes must explain.
LEAST_EXPLAINED = 0.58
LEAST_SHARE = 0.04
# How much steeper than the picture's own edges the figure's are.
STEEP = 2.5
# Drawn larger, a figure's edge lies where the larger textile has it, at most so far from where it was.
MOST_MOVED_PX = 1


@dataclass(frozen=True, eq=False)
class Figure:
    """The smaller of a textile's two colour classes.

    Attributes:
        share: ``(H, W)``, in [0, 1]: 1 on the motifs, 0 on the ground, between the two at their edges.
        is_darker: whether the motifs are darker than the ground.
        ground_spread: of the ground's colours about their mean, ΔE: 8 to 15 in photographed cloth, more where
            it is of several colours.
        centres: ``(2, 3)``, CIE Lab of ground and motifs.
    """

    share: Image
    is_darker: bool
    ground_spread: float
    centres: Image

    def on(self, tile: Image, sheet: Sheet, decided: Sheet) -> Image:
        """Return the ``share`` of the same tile ``(H, W, 3)`` on another sheet than it was decided on."""
        if sheet == decided:
            return self.share
        found = _share(lab_of(blurred_on(tile, sheet, CALM_PX)), self.centres)
        size = {"height_px": sheet.height_px, "width_px": sheet.width_px}
        most = widened_on(self.share, decided, by_px=MOST_MOVED_PX)
        least = 1 - widened_on(1 - self.share, decided, by_px=MOST_MOVED_PX)
        least, most = (resampled(bound, sheet.repeat, **size) for bound in (least, most))
        return floats(np.clip(found, least, most))


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
    ground, motifs = classes.centres
    place = _place(lab, classes.centres)
    left = lab - np.where((place > 0.5)[..., None], motifs, ground)
    explained = 1 - float((left**2).sum(-1).mean()) / spread
    if explained < LEAST_EXPLAINED:
        raise ClothUnsuitable(
            f"{maker} needs a motif of two colours, and two explain {explained:.0%} of this textile "
            f"(at least {LEAST_EXPLAINED:.0%} are needed); residual and palette take motifs of many colours",
            code="no_two_classes",
            explained=round(explained, 3),
        )
    ground_spread = float(np.sqrt((left[place <= 0.5] ** 2).sum(-1).mean()))
    return Figure(_share(lab, classes.centres), bool(motifs[0] < ground[0]), ground_spread, classes.centres)


def _place(lab: Image, centres: Image) -> Image:
    """Return where colours lie on the way from the first centre to the second, 0 to 1."""
    ground, motifs = centres
    towards = motifs - ground
    return floats((lab - ground) @ towards / float(towards @ towards))


def _share(lab: Image, centres: Image) -> Image:
    return floats(np.clip(STEEP * (_place(lab, centres) - 0.5) + 0.5, 0, 1))
