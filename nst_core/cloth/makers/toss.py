"""Toss: a textile's own motifs, each whole, in a new layout on a clean ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.cloth.foreign import its_own
from nst_core.cloth.makers.cutting import LARGEST, Figures, beside, whole_figures
from nst_core.cloth.makers.endless import blurred_on, chroma_calmed_on, widened_on
from nst_core.cloth.makers.fillers import fillers
from nst_core.cloth.makers.ground import Ground, clean_ground, find_ground
from nst_core.cloth.makers.layout import Layout, Sheet, on_quarter
from nst_core.cloth.makers.matting import Motif, lift
from nst_core.cloth.makers.own_grid import own_grid
from nst_core.cloth.makers.placing import silhouette
from nst_core.cloth.makers.scattering import Placed, scattered
from nst_core.cloth.makers.set_anew import set_anew
from nst_core.cloth.makers.suitable import refuse_a_check, refuse_a_composition
from nst_core.cloth.makers.sway import Sway
from nst_core.cloth.makers.thrown import groups_of, thrown
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Bits, Image
from nst_core.lattice import mirrored
from nst_core.scoring.tile.chroma_speckle import chroma_speckle

# So many motifs, and so much of the printed area, must stand by themselves or be cut apart.
FEWEST_MOTIFS, LEAST_SHARE = 4, 0.14
# No motif is larger than this share of the tile's short side: it would meet itself.
LARGEST_SIDE = 0.7
# Motifs are refined to so far beyond their outline, px on tiles of up to so many px.
EDGE_PX, SOFT_PX, EDGES_AT_PX = 3, 1.0, 384
# So many times more often than in the textile a motif may be seen.
MOST_OFTEN = 1.5
# Cut out and turned, the hues of a photo change faster than JPEG let them; more than this is calmed.
MOST_SPECKLE = 1.1


def toss(style: Image, sheet: Sheet) -> Layout:
    """Lay a tile out of a textile's own motifs.

    Motifs that a drawn textile has close together on a grid stay on it and change their places; all others
    are thrown.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1]: flat, evenly lit, at the tile's scale.
        sheet: the tile. That of a mirror repeat is the reflections of a quarter over whose edges only such
            motifs reach as are still themselves when one half is doubled.

    Returns:
        The tile, to be refined towards the style.

    Raises:
        ClothUnsuitable: the style is one picture (``composition``), a check or a grid of motifs none of which
            can take another's place (``repeats_itself``), shows no ground (``no_ground``), its motifs cannot
            be told from each other (``motifs_touch``) or do not fit (``motifs_large``).
    """
    refuse_a_composition(style)
    refuse_a_check(style)
    ground = find_ground(style)
    if not ground.is_clear:
        raise ClothUnsuitable(
            "the textile has no clear ground of one colour that motifs could be tossed on; "
            "requilt makes new cloth of such textiles",
            code="no_ground",
        )
    print_ = _Print.of(style, ground)
    part = on_quarter(sheet) if sheet.repeat == "mirror" else sheet
    on_grid = _on_its_grid(style, print_, part)
    # A grid goes on behind the quarter's edges, and its reflection with it.
    framed = sheet.repeat == "mirror" and on_grid is None
    laid_out = _thrown(style, print_, part, framed=framed) if on_grid is None else on_grid
    whole = min(LARGEST, laid_out.whole_px / (sheet.height_px * sheet.width_px))

    def laid(sheet: Sheet, style: Image) -> tuple[Image, Image]:
        drawn = on_quarter(sheet) if sheet.repeat == "mirror" else sheet
        bare = clean_ground(style, ground.seen_at(style.shape[0], style.shape[1]), drawn, part)
        tile, printed = scattered(bare, laid_out.placed, style, drawn, part, framed=framed)
        if sheet.repeat == "mirror":
            tile, printed = mirrored(tile), mirrored(printed)
        return tile, _with_edges(printed, sheet)

    speckle = chroma_speckle(laid(sheet, style)[0], [style], sheet.repeat)
    is_grainy = speckle is not None and speckle > MOST_SPECKLE

    def at(sheet: Sheet, style: Image) -> Layout:
        tile, edges = laid(sheet, style)
        if is_grainy:
            tile += edges[..., None] * (chroma_calmed_on(tile, sheet) - tile)
        return Layout(tile, style, edges, whole=whole)

    return Layout.drawn(at, sheet, style)


@dataclass(frozen=True, eq=False)
class _Print:
    """What is printed on a textile.

    Attributes:
        place: ``(h, w)``.
        outside: ``(h, w)``, what is no part of the textile.
        figures: which motif lies where.
        motifs: lifted off the ground, in their order.
    """

    place: Bits
    outside: Bits
    figures: Figures
    motifs: Sequence[Motif]

    @classmethod
    def of(cls, style: Image, ground: Ground) -> _Print:
        outside = beside(its_own(style))
        figures = whole_figures(style, ~ground.place, outside)
        if figures.count < FEWEST_MOTIFS or figures.share < LEAST_SHARE:
            raise ClothUnsuitable(
                f"the textile's motifs touch: only {figures.count}, {figures.share:.0%} of what is printed, "
                f"stand by themselves, and toss wants {FEWEST_MOTIFS} that are {LEAST_SHARE:.0%}; "
                "requilt makes new cloth of such textiles",
                code="motifs_touch",
                motifs=figures.count,
                share=figures.share,
            )
        return cls(~ground.place, outside, figures, lift(style, ~ground.place, figures))

    @property
    def cover(self) -> float:
        """The share of the cloth that all its motifs and fillers would cover if they were lifted.

        In the measure of what is laid: soft edges count by halves, small openings fully.
        """
        lifted_px = sum(motif.area_px for motif in self.motifs)
        return lifted_px / self.figures.share / self.place.size


@dataclass(frozen=True, eq=False)
class _LaidOut:
    """Motifs with their places, and the area of the largest thing that lies as it lay in the textile."""

    placed: Sequence[Placed]
    whole_px: float


def _on_its_grid(style: Image, print_: _Print, sheet: Sheet) -> _LaidOut | None:
    """Return motifs set on the textile's own grid, or None where they may be thrown."""
    grid = own_grid(style, print_.motifs, print_.cover)
    if grid is None:
        return None
    placed = set_anew(grid, sheet) if grid.can_change else None
    if placed is None:
        raise ClothUnsuitable(
            "the textile's motifs lie close together on a grid, and laid anew on it they are the same cloth "
            "again; tile lays it as it is, fill and palette make new cloth of it",
            code="repeats_itself",
        )
    cells = len(placed) / len(grid.motifs)
    return _LaidOut(placed, sheet.height_px * sheet.width_px / cells)


def _thrown(style: Image, print_: _Print, sheet: Sheet, *, framed: bool) -> _LaidOut:
    """Return motifs thrown on a tile until they cover it as they do the textile."""
    largest = LARGEST_SIDE * min(sheet.height_px, sheet.width_px)
    motifs = [motif for motif in print_.motifs if max(motif.alpha.shape) <= largest]
    if len(motifs) < FEWEST_MOTIFS:
        raise ClothUnsuitable(
            f"only {len(motifs)} of the textile's {len(print_.motifs)} motifs are smaller than "
            f"{largest:.0f} px, {LARGEST_SIDE:.0%} of the tile's side or, mirrored, of its half; make the "
            "tile larger or motif_scale smaller",
            code="motifs_large",
            motifs=len(motifs),
        )
    tile_px = sheet.height_px * sheet.width_px
    uses = int(np.ceil(MOST_OFTEN * tile_px / print_.place.size / print_.figures.share))
    sprays = fillers(print_.place, print_.figures, print_.outside)
    groups = groups_of(
        motifs,
        lift(style, print_.place, sprays),
        cover_px=print_.cover * tile_px,
        sprayed=sprays.share,
        uses=uses,
    )
    placed = thrown(groups, sheet, framed=framed, sway=Sway.of(style), uses=uses)
    return _LaidOut(placed, max((_hull_px(one.motif) * one.turn.scale**2 for one in placed), default=0.0))


def _hull_px(motif: Motif) -> float:
    """Return the area of a motif's convex hull."""
    rows, columns = np.nonzero(silhouette(motif.alpha))
    return float(cv2.contourArea(cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))))


def _with_edges(printed: Image, sheet: Sheet) -> Image:
    """Return where motifs and what is close about them may be refined; between them ground stays ground.

    Of a textile with stems, halves and fillers that the tile lacks, Gram matrices ask for more than motifs:
    left free they scribble it on the ground.
    """
    scale = max(1.0, max(sheet.height_px, sheet.width_px) / EDGES_AT_PX)
    wide = widened_on(printed, sheet, by_px=round(EDGE_PX * scale))
    return np.clip(blurred_on(wide, sheet, SOFT_PX * scale), 0, 1)
