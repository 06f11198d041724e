"""Toss: a textile's own motifs, each whole, in a new layout on a clean ground."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.cloth.foreign import its_own
from nst_core.cloth.makers.cutting import beside, whole_figures
from nst_core.cloth.makers.direction import Directions
from nst_core.cloth.makers.endless import blurred_on, widened_on
from nst_core.cloth.makers.fillers import fillers
from nst_core.cloth.makers.ground import clean_ground, find_ground
from nst_core.cloth.makers.layout import Layout, Sheet, on_quarter
from nst_core.cloth.makers.matting import Motif, lift
from nst_core.cloth.makers.placing import Cloth, silhouette
from nst_core.cloth.makers.scattering import Placed, Turn, scattered, turned
from nst_core.cloth.makers.suitable import refuse_a_check, refuse_a_composition
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image
from nst_core.lattice import mirrored

Group = tuple[list[Motif], float]
"""Motifs that are laid together, and how many px shall be covered once they lie."""

# So many motifs, and so much of the printed area, must stand by themselves or be cut apart.
FEWEST_MOTIFS, LEAST_SHARE = 4, 0.15
# The share of the cover that the large motifs take.
LARGE_COVER = 0.62
# Hardly smaller than the smallest large motif is large too.
AS_LARGE = 0.8
SCALES = (0.9, 1.15)
# Directional cloth is turned so little; its motifs would lie on their side.
SWAY_DEG = 12.0
# The widest gap first, so that motifs spread evenly; px on tiles of up to GAPS_AT_PX.
GAPS_AT_PX = 384
GAPS_PX = (40.0, 32.0, 26.0, 21.0, 17.0, 13.0, 10.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.0, 0.0)
# No motif is larger than this share of the tile's short side: it would meet itself.
LARGEST_SIDE = 0.7
# Of the room, what motifs with half their gap round about can take.
PACKED = 0.62
# Filled to this share of its cover, a group is given no narrower gap.
NEARLY = 0.95
# After so many motifs that found no place, a gap is filled.
GIVE_UP_AFTER = 5
# Motifs are refined to so far beyond their outline, px on tiles of up to GAPS_AT_PX.
EDGE_PX, SOFT_PX = 3, 1.0
# So many times more often than in the textile a motif may be seen.
MOST_OFTEN = 1.5


def toss(style: Image, sheet: Sheet) -> Layout:
    """Lay a tile out of a textile's own motifs.

    Args:
        style: ``(h, w, 3)``, sRGB in [0, 1]: flat, evenly lit, at the tile's scale.
        sheet: the tile. That of a mirror repeat is the reflections of a quarter over whose edges no
            motif reaches, so that none is cut in half and doubled.

    Returns:
        The tile, to be refined towards the style.

    Raises:
        ClothUnsuitable: the style is one picture (``composition``) or a check (``repeats_itself``), shows
            no ground (``no_ground``), its motifs cannot be told from each other (``motifs_touch``) or do
            not fit (``motifs_large``).
    """
    refuse_a_composition(style)
    refuse_a_check(style)
    framed = sheet.repeat == "mirror"
    part = on_quarter(sheet) if framed else sheet
    ground = find_ground(style)
    if not ground.is_clear:
        raise ClothUnsuitable(
            "the textile has no clear ground of one colour that motifs could be tossed on; "
            "requilt makes new cloth of such textiles",
            code="no_ground",
        )
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
    largest = LARGEST_SIDE * min(part.height_px, part.width_px)
    motifs = [one for one in lift(style, ~ground.place, figures) if max(one.alpha.shape) <= largest]
    if len(motifs) < FEWEST_MOTIFS:
        raise ClothUnsuitable(
            f"only {len(motifs)} of the textile's {figures.count} motifs are smaller than {largest:.0f} px, "
            f"{LARGEST_SIDE:.0%} of the tile's side or, mirrored, of its half; make the tile larger or "
            "motif_scale smaller",
            code="motifs_large",
            motifs=len(motifs),
        )
    sway = 180.0 if Directions(style).any_way else SWAY_DEG
    tile_px = part.height_px * part.width_px
    uses = int(np.ceil(MOST_OFTEN * tile_px / style[..., 0].size / figures.share))
    cover_px = float((~ground.place).mean()) * tile_px
    sprays = fillers(~ground.place, figures, outside)
    small = lift(style, ~ground.place, sprays)
    groups = _groups(motifs, small, cover_px=cover_px, sprayed=sprays.share, uses=uses)
    placed = _tossed(groups, part, framed=framed, sway=sway, uses=uses)

    def at(sheet: Sheet, style: Image) -> Layout:
        drawn = on_quarter(sheet) if framed else sheet
        bare = clean_ground(style, ground.seen_at(style.shape[0], style.shape[1]), drawn, part)
        tile, printed = scattered(bare, placed, style, drawn, part)
        if framed:
            tile, printed = mirrored(tile), mirrored(printed)
        return Layout(tile, style, _with_edges(printed, sheet))

    return Layout.drawn(at, sheet, style)


def _with_edges(printed: Image, sheet: Sheet) -> Image:
    """Return where motifs and what is close about them may be refined; between them ground stays ground.

    Of a textile with stems, halves and fillers that the tile lacks, Gram matrices ask for more than motifs:
    left free they scribble it on the ground.
    """
    scale = max(1.0, max(sheet.height_px, sheet.width_px) / GAPS_AT_PX)
    wide = widened_on(printed, sheet, by_px=round(EDGE_PX * scale))
    return np.clip(blurred_on(wide, sheet, SOFT_PX * scale), 0, 1)


def _groups(
    motifs: list[Motif], sprays: list[Motif], *, cover_px: float, sprayed: float, uses: int
) -> list[Group]:
    """Return the large motifs, the small ones and the fillers, which take their share of the cover."""
    motifs = sorted(motifs, key=lambda motif: -motif.area_px)
    areas = np.cumsum([motif.area_px for motif in motifs])
    several = int(np.searchsorted(areas, LARGE_COVER * areas[-1]))
    several = sum(motif.area_px >= AS_LARGE * motifs[several].area_px for motif in motifs)
    motifs_px = (1 - sprayed) * cover_px
    # What few small motifs cannot cover is left to the large ones.
    large_px = max(LARGE_COVER * motifs_px, motifs_px - uses * float(areas[-1] - areas[several - 1]))
    return [(motifs[:several], large_px), (motifs[several:], motifs_px), (sprays, cover_px)]


def _tossed(groups: list[Group], sheet: Sheet, *, framed: bool, sway: float, uses: int) -> list[Placed]:
    """Return motifs with their places on the tile, one group after the other.

    Each is laid at the widest gap at which it covers what it shall. A gap is filled everywhere before a
    narrower one is tried: else there would be bald places.
    """
    random = np.random.default_rng([sheet.seed, 1])
    side_px = max(sheet.height_px, sheet.width_px)
    cloth = Cloth(sheet, framed=framed, widest_gap_px=_all_gaps(side_px)[0], random=random)
    placed: list[Placed] = []
    covered = 0.0
    for group, goal in groups:
        left = [which for _ in range(uses) for which in random.permutation(len(group))]
        room_px = sheet.height_px * sheet.width_px - covered
        for gap_px in _gaps(group, goal - covered, room_px, side_px):
            failed = 0
            while left and failed < GIVE_UP_AFTER:
                turn = _turn(sway, random)
                motif = turned(group[left[0]], turn)
                place = cloth.place_for(motif.alpha, gap_px)
                if place is None:
                    failed += 1
                    left = [*left[1:], left[0]]
                    continue
                cloth.take(motif.alpha, *place)
                top, across = (first + side / 2 for first, side in zip(place, motif.alpha.shape, strict=True))
                placed.append(Placed(group[left[0]], turn, (top, across)))
                covered += float(motif.alpha.sum())
                left = left[1:]
            if covered >= NEARLY * goal or not left:
                break
    return placed


def _all_gaps(side_px: int) -> list[float]:
    scale = max(1.0, side_px / GAPS_AT_PX)
    return [scale * gap_px for gap_px in GAPS_PX]


def _gaps(group: list[Motif], cover_px: float, room_px: float, side_px: int) -> list[float]:
    """Return the gaps to try, from the widest at which motifs that cover so much find room in so much."""
    times = cover_px / max(sum(motif.area_px for motif in group), 1.0)
    gaps = _all_gaps(side_px)
    wide = [gap_px for gap_px in gaps if times * _grown_area(group, gap_px / 2) <= PACKED * room_px]
    return wide or [gaps[-1]]


def _grown_area(group: list[Motif], radius_px: float) -> float:
    """Return the area of motifs with all that is so near to them."""
    margin = int(radius_px) + 1
    masks = [np.pad(silhouette(motif.alpha), margin) for motif in group]
    away = [cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) for mask in masks]
    return float(sum((plane <= radius_px).sum() for plane in away))


def _turn(sway: float, random: np.random.Generator) -> Turn:
    """Draw how a motif is turned, scaled and perhaps flipped."""
    angle, scale = random.uniform(-sway, sway), random.uniform(*SCALES)
    return Turn(angle, scale, bool(random.random() < 0.5))
