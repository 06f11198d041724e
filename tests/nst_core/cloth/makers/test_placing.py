"""Where motifs find room."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.placing import Cloth

SIDE_PX, MOTIF_PX, GAP_PX = 96, 8, 12


def corners(*, framed: bool) -> np.ndarray:
    """Return the upper left corners ``(n, 2)`` of squares tossed on a sheet until it is full."""
    sheet = Sheet(SIDE_PX, SIDE_PX, "straight", 0)
    cloth = Cloth(sheet, framed=framed, widest_gap_px=GAP_PX, random=np.random.default_rng(0))
    square, found = np.ones((MOTIF_PX, MOTIF_PX), np.float32), []
    while (place := cloth.place_for(square, GAP_PX)) is not None:
        cloth.take(square, *place)
        found.append(place)
    return np.array(found)


@pytest.mark.parametrize("framed", [True, False])
def test_squares_keep_their_gap(framed):
    found = corners(framed=framed)
    apart = np.abs(found[:, None] - found[None])
    if not framed:
        apart = np.minimum(apart, SIDE_PX - apart)
    free = np.linalg.norm(np.maximum(apart - MOTIF_PX, 0), axis=-1)
    # one cell of the grid of 2 px is the rounding
    assert free[~np.eye(len(found), dtype=bool)].min() >= GAP_PX - 2
    assert len(found) > 9


def test_at_the_edge_of_a_mirror_half_the_gap_is_left():
    found = corners(framed=True)
    beside = np.concatenate([found, SIDE_PX - MOTIF_PX - found])
    # a square and its reflection are then as far apart as two squares are
    assert beside.min() in (GAP_PX / 2 - 2, GAP_PX / 2, GAP_PX / 2 + 2)
    assert (beside < GAP_PX).sum() >= 4
