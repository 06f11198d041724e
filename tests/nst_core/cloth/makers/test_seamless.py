"""A textile made seamless: a drawn one keeps its rhythm to the pixel, another is sewn."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.endless import average_on, blurred_on, wobbled_on
from nst_core.cloth.makers.seamless import seamless
from nst_core.lattice import cover
from tests.nst_core.cloth.makers.drawn import dots
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet, worst_join
from tests.nst_core.cloth.textiles import check, floral

FLORAL = floral(120, 120).astype(np.float32) / 255


@pytest.mark.parametrize("repeat", REPEATS)
def test_dots_lie_at_their_period_on_all_of_the_endless_cloth(repeat):
    # 4 periods of 22 px become 4 of 24; over the joins too, in a mirror repeat because dots are symmetric
    tile = seamless(dots(96, 22)[0], sheet(repeat=repeat)).tile
    cloth = cover(tile, repeat, height_px=192, width_px=192)
    for axis in (0, 1):
        moved = np.roll(cloth, 24, axis=axis)
        inside = np.moveaxis(np.abs(moved - cloth), axis, 0)[24:]
        assert inside.mean() < 0.02


def test_a_drawn_pattern_is_not_cut_along_its_edges():
    # a gingham drawn from an edge on: 12 px to an edge, so that an edge's row steps 12 times the usual
    tile = seamless(check(96, 24).astype(np.float32) / 255, sheet()).tile
    for axis in (0, 1):
        steps = np.abs(np.diff(tile, axis=axis, append=np.take(tile, [0], axis))).mean(axis=(1 - axis, 2))
        assert steps[-1] < 2 * steps.mean()
    np.testing.assert_allclose(tile[24:], tile[:-24], atol=0.1)


@pytest.mark.parametrize("repeat", REPEATS)
def test_a_floral_joins_itself(repeat):
    tile = seamless(FLORAL, sheet(repeat=repeat)).tile
    assert worst_join(tile, repeat) <= 1.2


@pytest.mark.parametrize("repeat", ["straight", "half-brick"])
def test_what_lay_beside_a_textile_is_not_sewn_in(repeat):
    cloth = FLORAL.copy()
    rows, columns = np.indices(cloth.shape[:2])
    cloth[rows + columns < 36] = (0.95, 0.9, 0.7)
    table = np.abs(seamless(cloth, sheet(repeat=repeat)).tile - np.float32((0.95, 0.9, 0.7))).max(-1) < 0.05
    assert table.mean() < 0.002


def test_a_motif_larger_or_smaller_than_the_sheet_is_laid_at_its_own_scale():
    for side in (64, 160):
        tile = seamless(dots(side, 16)[0], sheet(96)).tile
        # 96 / 16 = 6 whole periods: 36 dots
        cloth = tile[..., 1] < 0.5
        assert cloth.mean() == pytest.approx(np.pi / 16, rel=0.08)
        np.testing.assert_allclose(tile[16:], tile[:-16], atol=0.05)


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_filters_do_not_know_where_the_tile_begins(repeat):
    # a lattice vector: what is filtered and then covered is what is covered and then filtered
    tile = np.random.default_rng(0).random((32, 32, 3), dtype=np.float32)
    soft = blurred_on(tile, sheet(32, repeat=repeat), 2.0)
    wide = cover(tile, repeat, height_px=96, width_px=96)
    kernel = blurred_on(wide, sheet(96), 2.0)
    np.testing.assert_allclose(
        cover(soft, repeat, height_px=64, width_px=64)[20:44, 20:44], kernel[20:44, 20:44], atol=1e-4
    )


def test_the_wobble_moves_edges_by_what_it_says():
    # a straight edge every 24 px: the mean distance of a crossing from where it was is .8 of the deviation
    band = np.zeros((96, 96), np.float32)
    band[:, 24:72] = 1
    moved = wobbled_on(band, sheet(), sheet(), by_px=1.6, wave_px=6, seed=1)
    shifts = np.abs(moved - band).sum(axis=1) / 2
    assert 0.8 < shifts.mean() < 2.0
    assert worst_join(moved[..., None].repeat(3, -1), "straight") <= 1.1


def test_an_average_where_a_weight_is_ignores_the_rest():
    tile = np.zeros((32, 32, 3), np.float32)
    tile[:, 16:] = 1
    weight = np.zeros((32, 32), np.float32)
    weight[:, 16:] = 1
    np.testing.assert_allclose(average_on(tile, weight, sheet(32), 3.0), 1, atol=1e-3)
