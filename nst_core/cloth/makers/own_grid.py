"""A drawn textile's own grid: its places, and which motifs fit between the neighbours at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from nst_core.cloth.makers.matting import Motif
from nst_core.cloth.makers.own_repeat import Vectors, own_repeat
from nst_core.cloth.makers.placing import silhouette
from nst_core.cloth.makers.scattering import Turn, Turned, turned
from nst_core.garment.pixels import Bits, Image, floats

# Middles so near to each other, modulo the repeat, are one place; px at a long side of 384 px.
ONE_PX, AT_PX = 3.0, 384
# So much less than is printed in a cell its motifs may be, else there is more on the grid; and so much more,
# else the repeat is a part of the true one.
MOST_AMISS = 0.15
# Motifs that cover more of the cloth than this lie closer than thrown ones can.
CROWDED = 0.45
# A motif at another's place keeps so much of the gap to its neighbours, to so many px; a few px may not.
KEPT_GAP, ROUNDED_PX, MOST_OUT = 0.5, 1.5, 0.02
# Two looks of a place differ by so much of its own.
ANOTHER = 0.2
SOFT_PX = 2.0
TURNS = tuple(Turn(angle, 1.0, flipped) for flipped in (False, True) for angle in (0.0, 90.0, 180.0, 270.0))


@dataclass(frozen=True)
class Look:
    """What a place of the grid may show: a motif by its number, and how it is turned."""

    motif: int
    turn: Turn


@dataclass(frozen=True, eq=False)
class Grid:
    """Where a textile's motifs lie on its own repeat, and what may lie at each place.

    Attributes:
        motifs: the one at each place of a cell.
        middles: ``(n, 2)``, the places, rows and columns of the textile.
        shifts: ``(2, 2)``, the textile's own.
        looks: what each place may show, no two of them alike.
    """

    motifs: Sequence[Motif]
    middles: Vectors
    shifts: Vectors
    looks: Sequence[Sequence[Look]]

    @property
    def can_change(self) -> bool:
        """Whether at most places something else may lie than what does."""
        return sum(len(looks) > 1 for looks in self.looks) > len(self.looks) / 2


def own_grid(textile: Image, motifs: Sequence[Motif], printed: float) -> Grid | None:
    """Return the grid that a drawn textile's motifs lie on, if they lie too close to be thrown anyhow.

    Discs that are thrown at random one after the other jam where they cover .547; crosses on their grid cover
    as much, and thrown they would be another texture.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].
        motifs: lifted off it.
        printed: how much of a textile's area all of its motifs cover, those that were not lifted too.

    Returns:
        None where the textile does not repeat exactly, has more on its grid than these motifs, or room.

    Source:
        Feder (1980), "Random Sequential Adsorption".
    """
    own = own_repeat(textile)
    if own is None or not own.is_exact:
        return None
    size = np.array(textile.shape[:2])
    middles = np.array([motif.middle for motif in motifs]) * size
    # The copies nearest to the middle are surely whole.
    inside = np.argsort(np.linalg.norm(middles - size / 2, axis=1), kind="stable")
    near_px = ONE_PX * max(textile.shape[:2]) / AT_PX
    places: list[int] = []
    for index in inside:
        if all(_apart_px(middles[index] - middles[place], own.shifts) > near_px for place in places):
            places.append(int(index))
    of_cell = [motifs[place] for place in places]
    cell_px = abs(float(np.linalg.det(own.shifts)))
    found = sum(motif.area_px for motif in of_cell) / (printed * cell_px)
    covered_px = sum(int(silhouette(motif.alpha).sum()) for motif in of_cell)
    if abs(found - 1) > MOST_AMISS or covered_px <= CROWDED * cell_px:
        return None
    looks = _Views.of(of_cell, middles[places], own.shifts).looks()
    return Grid(of_cell, middles[places], own.shifts, looks)


def _apart_px(way: Vectors, shifts: Vectors) -> float:
    """Return how far a way leads on the torus that the shifts span."""
    shares = way @ np.linalg.inv(shifts)
    steps = np.array(list(product((-1, 0, 1), repeat=2)))
    return float(np.linalg.norm((shares - np.round(shares) + steps) @ shifts, axis=1).min())


@dataclass(frozen=True, eq=False)
class _Views:
    """The motifs of a cell in all turns, each in the middle of a square of ``2 * reach`` px."""

    turned: Sequence[Sequence[Turned]]
    middles: Vectors
    shifts: Vectors
    reach: int

    @classmethod
    def of(cls, motifs: Sequence[Motif], middles: Vectors, shifts: Vectors) -> _Views:
        views = [[turned(motif, turn) for turn in TURNS] for motif in motifs]
        widest = max(max(view.alpha.shape) for ways in views for view in ways)
        return cls(views, middles, shifts, widest // 2 + 2)

    def looks(self) -> list[list[Look]]:
        return [self._looks_at(place) for place in range(len(self.turned))]

    def _looks_at(self, place: int) -> list[Look]:
        """Return what fits between a place's neighbours, its own motif as it is the first."""
        mine = silhouette(self._in_middle(self.turned[place][0].alpha))
        # How much nearer the place's own motif is than any other: 0 halfway between them.
        nearer = _away_px(self._others(place)) - _away_px(mine)
        least_px = KEPT_GAP * float(nearer[mine].min()) - ROUNDED_PX
        own = self._shown(self.turned[place][0])
        looks: list[Look] = []
        seen: list[Image] = []
        for motif in (place, *(other for other in range(len(self.turned)) if other != place)):
            for turn, view in zip(TURNS, self.turned[motif], strict=True):
                if (nearer[silhouette(self._in_middle(view.alpha))] < least_px).mean() > MOST_OUT:
                    continue
                shown = self._shown(view)
                if all(np.abs(shown - one).mean() > ANOTHER * np.abs(own).mean() for one in seen):
                    looks.append(Look(motif, turn))
                    seen.append(shown)
        return looks

    def _others(self, place: int) -> Bits:
        """Return ``(2 reach, 2 reach)``, where about a place all other motifs lie."""
        side = 2 * self.reach
        shapes = [silhouette(self._in_middle(ways[0].alpha)) for ways in self.turned]
        # Wide enough for a whole square to lie at any corner of the one in the middle.
        around = np.zeros((3 * side, 3 * side), bool)
        cells = int(np.ceil(2 * side / np.linalg.svd(self.shifts, compute_uv=False)[-1])) + 1
        for step in product(range(-cells, cells + 1), repeat=2):
            for other, shape in enumerate(shapes):
                way = self.middles[other] + np.array(step) @ self.shifts - self.middles[place]
                top, left = (int(at) for at in np.rint(way).astype(int) + side)
                if (other != place or any(step)) and min(top, left) >= 0 and max(top, left) <= 2 * side:
                    around[top : top + side, left : left + side] |= shape
        return np.asarray(around[side : 2 * side, side : 2 * side])

    def _in_middle(self, plane: Image) -> Image:
        height, width = plane.shape
        square = np.zeros((2 * self.reach, 2 * self.reach), np.float32)
        top, left = self.reach - height // 2, self.reach - width // 2
        square[top : top + height, left : left + width] = plane
        return square

    def _shown(self, view: Turned) -> Image:
        """Return ``(2 reach, 2 reach, 4)``: the colours where they are seen, and how much they are."""
        planes = (*np.moveaxis(view.colour * view.alpha[..., None], -1, 0), view.alpha)
        stacked = np.stack([self._in_middle(plane) for plane in planes], axis=-1)
        return floats(cv2.GaussianBlur(stacked, (0, 0), SOFT_PX))


def _away_px(bits: Bits) -> Image:
    return floats(cv2.distanceTransform((~bits).astype(np.uint8), cv2.DIST_L2, 5))
