"""Whole repeats on a sheet: a textile is resized until they fill the tile, and its threads lie straight."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.own_repeat import own_repeat
from nst_core.cloth.makers.whole_repeats import fitted, generators, laid_over
from nst_core.lattice import cover
from tests.nst_core.cloth.makers.drawn import dots
from tests.nst_core.cloth.makers.tiles import sheet


def test_threads_that_are_a_little_askew_are_laid_straight():
    # turned by 4 degrees, and of period 12: 8 by 8 repeats, each along its edge
    turn = np.deg2rad(4)
    shifts = 12 * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    linear = fitted(shifts, sheet(96))
    assert linear is not None
    np.testing.assert_allclose(shifts @ np.linalg.inv(linear), 12 * np.eye(2), atol=1e-6)


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_a_pattern_that_does_not_divide_the_tile_is_resized_until_it_does(repeat):
    # 96 / 22 = 4.4 periods; 4 of 24 px are laid, in a shifted repeat too, whose half holds 2
    cloth, _ = dots(96, 22)
    own = own_repeat(cloth)
    assert own is not None
    wanted = sheet(96, repeat=repeat)
    linear = fitted(own.shifts, wanted)
    assert linear is not None
    np.testing.assert_allclose(linear, np.eye(2) * 22 / 24, atol=0.01)
    tile = laid_over(cloth, own, linear, wanted)
    whole = cover(tile, repeat, height_px=120, width_px=120)
    np.testing.assert_allclose(whole[24:], whole[:-24], atol=0.2)
    assert np.abs(whole[24:] - whole[:-24]).mean() < 0.01


def test_a_cell_larger_than_the_tile_allows_is_not_forced_in():
    # 96 / 70: one period would be enlarged by 1.37
    assert fitted(np.array([[70.0, 0], [0, 70]]), sheet(96)) is None


def test_generators_lay_the_cloth_onto_itself():
    random = np.random.default_rng(0).random((8, 12, 3), dtype=np.float32)
    for repeat in ("straight", "half-drop", "half-brick"):
        for down, right in generators(Sheet(8, 12, repeat, 0)).astype(int):
            here = cover(random, repeat, height_px=20, width_px=20)
            there = cover(random, repeat, height_px=20, width_px=20, top=int(down), left=int(right))
            np.testing.assert_array_equal(here, there)
