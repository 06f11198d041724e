"""Motifs across a mirror: cut along their own axis, they and their reflection are the motif again."""

from __future__ import annotations

from itertools import cycle

import cv2
import numpy as np
import pytest

from nst_core.cloth.makers.across import best_cut
from nst_core.cloth.makers.cutting import Figures
from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.matting import Motif, lift
from nst_core.cloth.makers.placing import Cloth, Edge
from nst_core.cloth.makers.scattering import Turn
from nst_core.cloth.makers.toss import toss
from tests.nst_core.cloth.makers.spots import GROUND, RED, dots
from tests.nst_core.cloth.makers.tiles import sheet

EDGES: tuple[Edge, ...] = ("top", "left", "bottom", "right")


def motif(figure: np.ndarray) -> Motif:
    """A red motif lifted off a plain ground."""
    cloth = np.where(figure[..., None], np.float32(RED), np.float32(GROUND))
    return lift(cv2.GaussianBlur(cloth, (0, 0), 0.6), figure, Figures(figure.astype(np.int32), 1, 1.0))[0]


def disc() -> Motif:
    return motif(np.hypot(*(np.indices((60, 60)) - 29.5)) < 20)


def arrow() -> Motif:
    """A tall triangle that points up: its own axis stands upright."""
    points = np.array([(30, 4), (46, 56), (14, 56)], np.int32)
    return motif(cv2.fillConvexPoly(np.zeros((60, 60), np.uint8), points, 1) > 0)


@pytest.mark.parametrize("edge", EDGES)
def test_a_disc_is_cut_through_its_middle(edge):
    found = best_cut(disc(), edge, lambda: Turn(0.0, 1.0, False))
    assert found is not None
    # half of 20² pi, to the row in which the middle lies, and 40 px of the edge
    assert found.kept.sum() == pytest.approx(200 * np.pi, rel=0.05)
    assert found.chord_px == pytest.approx(40, abs=2)


@pytest.mark.parametrize(
    ("edge", "upright"), [("left", True), ("right", True), ("top", False), ("bottom", False)]
)
def test_a_motif_is_turned_until_its_axis_lies_on_the_mirror(edge, upright):
    angles = cycle((0.0, 25.0, 50.0, 90.0))
    found = best_cut(arrow(), edge, lambda: Turn(next(angles), 1.0, False))
    assert found is not None
    assert found.turn.angle_deg == (0.0 if edge in ("left", "right") else 90.0)


@pytest.mark.parametrize("edge", EDGES)
def test_what_is_kept_ends_at_its_edge_and_stays_off_the_corners(edge):
    cloth = Cloth(
        Sheet(96, 96, "straight", 0), framed=True, widest_gap_px=12, random=np.random.default_rng(0)
    )
    kept = np.ones((8, 8), np.float32)
    found = []
    while (place := cloth.place_at(edge, kept, 12)) is not None:
        cloth.take(kept, *place)
        found.append(place)
    tops, lefts = np.array(found).T
    across, along = (tops, lefts) if edge in ("top", "bottom") else (lefts, tops)
    assert set(across) == {0 if edge in ("top", "left") else 88}
    # half of 12 px from the corners, to a cell of 2 px, and 12 px from each other
    assert along.min() >= 6
    assert along.max() <= 82
    assert np.diff(np.sort(along)).min() >= 8 + 12 - 2
    assert len(found) >= 3


def test_motifs_lie_across_the_mirrors_as_they_do_inside():
    tile = toss(dots(), sheet(384, repeat="mirror")).tile
    printed = np.abs(tile - np.float32(GROUND)).max(axis=-1) > 0.2
    mirrors = np.concatenate([printed[0], printed[192], printed[:, 0], printed[:, 192]])
    assert mirrors.mean() == pytest.approx(printed.mean(), abs=0.08)
    # those are whole discs of 9.5 px of radius at .9 to 1.15 of their size, no two halves grown together
    _, _, boxes, _ = cv2.connectedComponentsWithStats(printed[100:284, 100:284].astype(np.uint8))
    inside = boxes[1:][(boxes[1:, :2].min(axis=1) > 0) & ((boxes[1:, :2] + boxes[1:, 2:4]).max(axis=1) < 184)]
    assert inside[:, 2:4].min() >= 0.9 * 17
    assert inside[:, 2:4].max() <= 1.15 * 20 + 3
