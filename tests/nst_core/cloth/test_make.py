"""Enough cloth, at its scale, and no joins where none are needed."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth import make_cloth
from tests.nst_core.cloth.textiles import check, floral, stripe


def _make(style, *, maker="quilt", height_px=90, width_px=70, long_side_px=120, rotation_deg=0.0, seed=0):
    return make_cloth(
        style,
        maker=maker,
        height_px=height_px,
        width_px=width_px,
        long_side_px=long_side_px,
        rotation_deg=rotation_deg,
        seed=seed,
    )


@pytest.mark.parametrize("maker", ["tile", "mirror", "quilt"])
@pytest.mark.parametrize("long_side_px", [20, 60, 200])
@pytest.mark.parametrize("rotation_deg", [0, 30, -90])
def test_every_maker_covers_the_picture_at_every_scale_and_angle(maker, long_side_px, rotation_deg):
    cloth = _make(floral(80, 60), maker=maker, long_side_px=long_side_px, rotation_deg=rotation_deg)
    assert cloth.shape == (90, 70, 3)
    assert cloth.dtype == np.float32
    assert cloth.min() >= 0
    assert cloth.max() <= 1
    # no corner is left black by the turning
    assert all(cloth[y, x].sum() > 0.05 for y in (0, -1) for x in (0, -1))


@pytest.mark.parametrize("maker", ["tile", "mirror", "quilt"])
def test_a_style_image_that_is_large_enough_is_used_as_it_is(maker):
    style = check()
    cloth = _make(style, maker=maker, height_px=60, width_px=50, long_side_px=96)
    top, left = (96 - 60) // 2, (96 - 50) // 2
    np.testing.assert_allclose(cloth, style[top : top + 60, left : left + 50] / 255, atol=1e-6)


def test_the_scale_is_the_style_images_long_side_on_the_picture():
    # 4 periods of the check in 96 px; at 48 px a period is 12 px
    cloth = _make(check(96, 24), height_px=48, width_px=48, long_side_px=48)
    row = cloth[3, :, 1] - cloth[3, :, 1].mean()
    spectrum = np.abs(np.fft.rfft(row))
    assert int(spectrum.argmax()) == 48 // 12


def test_a_seamless_style_is_repeated_exactly_also_by_the_quilter():
    cloth = _make(check(48, 24), height_px=144, width_px=144, long_side_px=48)
    np.testing.assert_allclose(cloth[48:], cloth[:-48], atol=1e-6)
    np.testing.assert_allclose(cloth[:, 48:], cloth[:, :-48], atol=1e-6)


def test_a_quarter_turn_turns_the_cloth():
    flat = _make(stripe(), height_px=60, width_px=60, long_side_px=100)
    turned = _make(stripe(), height_px=60, width_px=60, long_side_px=100, rotation_deg=90)
    assert flat.std(axis=1).max() < 1e-6 < turned.std(axis=1).max()
    assert turned.std(axis=0).max() < 1e-3


def test_the_same_seed_gives_the_same_cloth_and_another_seed_another():
    for long_side_px in (60, 200):
        first, again, other = (_make(floral(), long_side_px=long_side_px, seed=seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(first, again)
        assert np.abs(first - other).max() > 0.05


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (300, 2), (13, 7)])
def test_a_style_image_of_any_shape_gives_cloth(shape):
    style = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for maker in ("tile", "mirror", "quilt"):
        cloth = _make(style, maker=maker, height_px=33, width_px=47, long_side_px=40)
        assert cloth.shape == (33, 47, 3)
        assert np.isfinite(cloth).all()


@pytest.mark.parametrize("value", [0, 255])
def test_plain_black_and_white_stay_plain(value):
    cloth = _make(np.full((40, 40, 3), value, np.uint8), long_side_px=40)
    np.testing.assert_allclose(cloth, value / 255, atol=1e-4)
