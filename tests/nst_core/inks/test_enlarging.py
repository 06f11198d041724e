"""Ink maps at a press's resolution: smooth outlines, the same inks, the same lattice."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.errors import InksImpossible
from nst_core.inks import Difference, Separated, at_resolution
from nst_core.inks.regions import regions_of
from nst_core.lattice import rolled
from tests.nst_core.inks.prints import FIVE, blobs, painted, palette


def in_inks(inks, repeat="straight", px_per_mm=1.0) -> Separated:
    return Separated(palette(), inks, painted(inks), repeat, px_per_mm, Difference(0, 0))


def test_the_resolution_is_the_next_whole_multiple():
    large = at_resolution(in_inks(blobs(24, 32, 5)), 3.5 * 25.4, min_region_mm=0)
    assert (large.inks.shape, large.px_per_mm) == ((96, 128), 4.0)
    assert large.picture.shape == (96, 128, 3)
    again = at_resolution(large, 4 * 25.4, min_region_mm=0)
    assert again is large


def test_areas_stay_and_no_ink_appears():
    inks = blobs(24, 32, 5)
    large = at_resolution(in_inks(inks), 8 * 25.4, min_region_mm=0).inks
    for ink in range(5):
        assert (large == ink).mean() == pytest.approx((inks == ink).mean(), abs=0.02)
    assert set(np.unique(large)) <= set(np.unique(inks))


def test_a_slanted_edge_loses_its_steps():
    # a 45° edge in steps of 1 px; at eight times the size its steps would be 8 px
    inks = (np.add.outer(np.arange(32), np.arange(32)) % 32 < 16).astype(np.uint8)
    large = at_resolution(in_inks(inks), 8 * 25.4, min_region_mm=0).inks
    edge = np.abs(np.diff(large.astype(int), axis=1)).argmax(axis=1)[20:100]
    # where the edge lies moves by about one px from row to row
    assert np.abs(np.diff(edge)).max() <= 3


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_a_rolled_map_is_enlarged_to_the_rolled_one(repeat):
    inks = blobs(24, 32, 5)
    moved = rolled(inks, repeat, down_px=5, right_px=-7)
    one, other = (at_resolution(in_inks(one, repeat), 4 * 25.4, min_region_mm=0.8) for one in (inks, moved))
    assert np.array_equal(other.inks, rolled(one.inks, repeat, down_px=20, right_px=-28))


def test_no_region_is_smaller_than_the_minimum_there_either():
    # 1.5 mm at 4 px/mm is a square of 6 px
    large = at_resolution(in_inks(blobs(24, 32, 5)), 4 * 25.4, min_region_mm=1.5)
    assert regions_of(large.inks, "straight").area_px.min() >= 36


def test_more_pixels_than_can_be_worked_on_are_refused_before_any_is_made():
    with pytest.raises(InksImpossible, match="25600 × 19200 px, more than 120 million"):
        at_resolution(in_inks(blobs(24, 32, len(FIVE))), 800 * 25.4, min_region_mm=0)
