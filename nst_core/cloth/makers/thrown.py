"""Motifs thrown on a tile: each at a free place, at the widest gaps at which they cover what they shall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.cloth.makers.across import laid_across
from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.matting import Motif
from nst_core.cloth.makers.placing import Cloth, silhouette
from nst_core.cloth.makers.scattering import Placed, turned
from nst_core.cloth.makers.sway import Sway

# The share of the cover that the large motifs take.
LARGE_COVER = 0.62
# Hardly smaller than the smallest large motif is large too.
AS_LARGE = 0.8
# The widest gap first, so that motifs spread evenly; px on tiles of up to GAPS_AT_PX.
GAPS_AT_PX = 384
GAPS_PX = (40.0, 32.0, 26.0, 21.0, 17.0, 13.0, 10.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.0, 0.0)
# Of the room, what motifs with half their gap round about can take.
PACKED = 0.62
# Filled to this share of its cover, a group is given no narrower gap.
NEARLY = 0.95
# After so many motifs that found no place, a gap is filled.
GIVE_UP_AFTER = 5


@dataclass(frozen=True, eq=False)
class Group:
    """Motifs that are laid together.

    Attributes:
        motifs: of like size.
        cover_px: how many px shall be covered once they lie.
    """

    motifs: Sequence[Motif]
    cover_px: float


def groups_of(
    motifs: Sequence[Motif], sprays: Sequence[Motif], *, cover_px: float, sprayed: float, uses: int
) -> list[Group]:
    """Return the large motifs, the small ones and the fillers, which take their share of the cover.

    Args:
        motifs, sprays: of one textile.
        cover_px: how many px all of them shall cover.
        sprayed: the share of it that is the sprays'.
        uses: how often each may be seen.
    """
    motifs = sorted(motifs, key=lambda motif: -motif.area_px)
    areas = np.cumsum([motif.area_px for motif in motifs])
    several = int(np.searchsorted(areas, LARGE_COVER * areas[-1]))
    several = sum(motif.area_px >= AS_LARGE * motifs[several].area_px for motif in motifs)
    motifs_px = (1 - sprayed) * cover_px
    # What few small motifs cannot cover is left to the large ones.
    large_px = max(LARGE_COVER * motifs_px, motifs_px - uses * float(areas[-1] - areas[several - 1]))
    return [Group(motifs[:several], large_px), Group(motifs[several:], motifs_px), Group(sprays, cover_px)]


def thrown(groups: Sequence[Group], sheet: Sheet, *, framed: bool, sway: Sway, uses: int) -> list[Placed]:
    """Return motifs with their places on the tile, one group after the other.

    Each is laid at the widest gap at which it covers what it shall. A gap is filled everywhere before a
    narrower one is tried: else there would be bald places. Over a mirror's edges the large ones come first.

    Args:
        groups: the larger ones' first.
        sheet: the tile.
        framed: whether it is a quarter that is reflected at its edges.
        sway: how motifs may be laid.
        uses: how often each may be seen.
    """
    random = np.random.default_rng([sheet.seed, 1])
    side_px = max(sheet.height_px, sheet.width_px)
    cloth = Cloth(sheet, framed=framed, widest_gap_px=_all_gaps(side_px)[0], random=random)
    placed: list[Placed] = []
    covered = 0.0
    if framed:
        tile_px = sheet.height_px * sheet.width_px
        gaps = _gaps(groups[0].motifs, groups[0].cover_px, tile_px, side_px)
        cover = groups[-1].cover_px / tile_px
        placed, covered = laid_across(groups[0].motifs, cloth, sway, gaps, cover=cover, random=random)
    for group in groups:
        left = [which for _ in range(uses) for which in random.permutation(len(group.motifs))]
        room_px = sheet.height_px * sheet.width_px - covered
        for gap_px in _gaps(group.motifs, group.cover_px - covered, room_px, side_px):
            failed = 0
            while left and failed < GIVE_UP_AFTER:
                turn = sway.drawn(random)
                motif = turned(group.motifs[left[0]], turn)
                place = cloth.place_for(motif.alpha, gap_px)
                if place is None:
                    failed += 1
                    left = [*left[1:], left[0]]
                    continue
                cloth.take(motif.alpha, *place)
                top, across = (first + side / 2 for first, side in zip(place, motif.alpha.shape, strict=True))
                placed.append(Placed(group.motifs[left[0]], turn, (top, across)))
                covered += float(motif.alpha.sum())
                left = left[1:]
            if covered >= NEARLY * group.cover_px or not left:
                break
    return placed


def _all_gaps(side_px: int) -> list[float]:
    scale = max(1.0, side_px / GAPS_AT_PX)
    return [scale * gap_px for gap_px in GAPS_PX]


def _gaps(motifs: Sequence[Motif], cover_px: float, room_px: float, side_px: int) -> list[float]:
    """Return the gaps to try, from the widest at which motifs that cover so much find room in so much."""
    times = cover_px / max(sum(motif.area_px for motif in motifs), 1.0)
    gaps = _all_gaps(side_px)
    wide = [gap_px for gap_px in gaps if times * _grown_area(motifs, gap_px / 2) <= PACKED * room_px]
    return wide or [gaps[-1]]


def _grown_area(motifs: Sequence[Motif], radius_px: float) -> float:
    """Return the area of motifs with all that is so near to them."""
    margin = int(radius_px) + 1
    masks = [np.pad(silhouette(motif.alpha), margin) for motif in motifs]
    away = [cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) for mask in masks]
    return float(sum((plane <= radius_px).sum() for plane in away))
