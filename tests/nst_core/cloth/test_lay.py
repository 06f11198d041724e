"""Cloth bent along folds."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth import lay
from nst_core.garment import Piece, Shading
from tests.nst_core.cloth.textiles import floral, stripe

CLOTH = floral(128, 96).astype(np.float32) / 255
ROWS, COLUMNS = (axis.astype(np.float32) for axis in np.indices((128, 96)))


def _shading(log_light, kind="photo") -> Shading:
    return Shading(np.exp(np.asarray(log_light, np.float32)), kind)


@pytest.mark.parametrize(
    ("shading", "bend_px"),
    [
        (None, 3.0),
        (_shading(0.4 * np.sin(COLUMNS / 9)), 0.0),
        (_shading(0.4 * np.sin(COLUMNS / 9), "drawing"), 3.0),
    ],
)
def test_nothing_to_bend_by_leaves_the_cloth_as_it_is(shading, bend_px):
    np.testing.assert_array_equal(lay(CLOTH, shading=shading, bend_px=bend_px), CLOTH)


def test_even_light_does_not_bend():
    np.testing.assert_allclose(lay(CLOTH, shading=_shading(np.zeros((128, 96))), bend_px=3), CLOTH, atol=0.02)


def test_a_surface_that_darkens_to_the_right_shows_cloth_from_the_left():
    # a ramp of .1 a px over 128 px is 12.8 per long side, against the usual 10: tanh 1.28 = .86 of the bend
    columns = (COLUMNS / 96)[..., None] * np.ones(3, np.float32)
    bent = lay(columns, shading=_shading(-0.1 * (COLUMNS - 48)), bend_px=4)
    shift = 96 * (bent - columns)[40:90, 40:56, 0]
    np.testing.assert_allclose(shift, -4 * np.tanh(1.28), atol=0.15)


def test_no_place_moves_further_than_the_bend():
    rows = (ROWS / 128)[..., None] * np.ones(3, np.float32)
    bent = lay(rows, shading=_shading(1.2 * np.sin(ROWS / 4)), bend_px=2)
    assert np.abs(128 * (bent - rows))[8:-8].max() <= 2.2


def test_fine_stripes_stay_stripes():
    fine = stripe(128, 96, 4.0).astype(np.float32) / 255
    bent = lay(fine, shading=_shading(0.3 * np.sin(COLUMNS / 9)), bend_px=2)
    # sampled without care their contrast would fold over into moire
    assert bent[20:-20].std(axis=0).mean() == pytest.approx(fine[20:-20].std(axis=0).mean(), rel=0.05)


def test_between_two_pixels_a_texture_is_as_sharp_as_on_them():
    # a bend of .86 of 4 px, as above, is 3.43 px; waves of 3.2 px keep their height within an eighth
    def wave(columns):
        return np.repeat((0.5 + 0.4 * np.sin(2 * np.pi * columns / 3.2))[..., None], 3, -1).astype(np.float32)

    bent = lay(wave(COLUMNS), shading=_shading(-0.1 * (COLUMNS - 48)), bend_px=4)[40:90, 40:56]
    assert np.abs(bent - 0.5).max() == pytest.approx(0.4, abs=0.05)
    np.testing.assert_allclose(bent, wave(COLUMNS - 4 * np.tanh(1.28))[40:90, 40:56], atol=0.1)


def _piece(turn_deg: float) -> Piece:
    weight = np.zeros((128, 96), np.float32)
    weight[40:80, 10:40] = 1
    return Piece("sleeve", weight, turn_deg)


def test_the_body_about_a_piece_stays_where_it_was():
    laid = lay(CLOTH, shading=None, bend_px=0, pieces=[_piece(40)])
    body = _piece(40).weight == 0
    np.testing.assert_array_equal(laid[body], CLOTH[body])
    assert np.abs(laid - CLOTH)[~body].mean() > 0.05


def test_a_piece_carries_the_pattern_along_its_own_length():
    # the rows of the cloth grow downwards; on a piece turned by 40 degrees they grow along (sin 40, cos 40)
    rows = (ROWS / 128)[..., None] * np.ones(3, np.float32)
    laid = lay(rows, shading=None, bend_px=0, pieces=[_piece(40)])[44:76, 14:36, 0] * 128
    down, across = (slope.mean() for slope in np.gradient(laid))
    assert (across, down) == pytest.approx((np.sin(np.deg2rad(40)), np.cos(np.deg2rad(40))), abs=0.02)


def test_an_unturned_piece_is_cut_from_elsewhere_on_the_cloth_without_a_mirror():
    place = np.stack([COLUMNS / 96, ROWS / 128, 0 * ROWS], axis=-1)
    laid = lay(place, shading=None, bend_px=0, pieces=[_piece(0)], seed=3)[42:78, 12:38]
    shift = (laid - place[42:78, 12:38])[..., :2] * (96, 128)
    assert np.hypot(*shift.mean(axis=(0, 1))) > 5
    # one shift for the whole piece: nothing folded back at a border
    assert shift.std(axis=(0, 1)).max() < 0.1


def test_a_piece_as_large_as_the_cloth_is_not_turned_past_its_border():
    whole = Piece("leg", np.ones((128, 96), np.float32), 30)
    np.testing.assert_allclose(lay(CLOTH, shading=None, bend_px=0, pieces=[whole]), CLOTH, atol=0.25)


def test_the_seed_says_where_pieces_are_cut():
    one, again, other = (
        lay(CLOTH, shading=None, bend_px=0, pieces=[_piece(40)], seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.1


@pytest.mark.parametrize("shape", [(2, 2), (3, 41), (50, 5)])
def test_any_shape_is_laid(shape):
    random = np.random.default_rng(0)
    cloth = random.random((*shape, 3), dtype=np.float32)
    laid = lay(cloth, shading=_shading(random.normal(0, 0.3, shape)), bend_px=2)
    assert laid.shape == cloth.shape
    assert laid.dtype == np.float32
    assert laid.min() >= 0
    assert laid.max() <= 1
