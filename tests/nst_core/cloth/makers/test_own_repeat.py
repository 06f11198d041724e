"""A textile's own repeat: found where it is drawn, and not where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.own_repeat import fitted, generators, laid_over, own_repeat
from nst_core.lattice import cover
from tests.nst_core.cloth.makers.drawn import dots
from tests.nst_core.cloth.makers.tiles import sheet
from tests.nst_core.cloth.textiles import floral


@pytest.mark.parametrize("period", [16, 19.2, 24])
def test_the_shifts_of_a_lattice_of_dots_are_its_period(period):
    own = own_repeat(dots(96, period)[0])
    assert own is not None
    assert own.is_exact
    # both of length P and square to each other: the cell has the area P²
    np.testing.assert_allclose(np.linalg.norm(own.shifts, axis=1), period, atol=0.15)
    assert abs(np.linalg.det(own.shifts)) == pytest.approx(period**2, rel=0.02)


def test_a_brick_of_dots_has_a_cell_of_one_dot():
    # rows of period 24 every 24 px, each second one moved by 12: one dot in 24 · 24
    own = own_repeat(dots(120, 24, brick=True)[0])
    assert own is not None
    assert abs(np.linalg.det(own.shifts)) == pytest.approx(24**2, rel=0.02)


def test_what_repeats_nowhere_has_no_repeat():
    assert own_repeat(floral(120, 120).astype(np.float32) / 255) is None
    assert own_repeat(np.full((96, 96, 3), 0.5, np.float32)) is None


def test_two_colours_of_one_shape_are_two_motifs():
    # dots in turn plum and red, by columns: the period across is 2 · 24, and down 24
    cloth, inside = dots(144, 24)
    red = inside & ((np.arange(144) // 24) % 2 == 1)[None]
    cloth[red] = (0.8, 0.1, 0.1)
    own = own_repeat(cloth)
    assert own is not None
    assert abs(np.linalg.det(own.shifts)) == pytest.approx(2 * 24**2, rel=0.02)


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
