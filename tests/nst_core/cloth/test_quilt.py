"""Cloth sewn from patches: joins that do not show."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.quilt import extend, quilt
from nst_core.cloth.repeat import repeat
from tests.nst_core.cloth.textiles import floral, stripe

FLORAL = floral(120, 120).astype(np.float32) / 255


def _step(cloth: np.ndarray, row: int) -> float:
    return float(np.abs(cloth[row] - cloth[row - 1]).mean())


def test_a_quilted_join_steps_no_more_than_the_cloth_inside():
    block, overlap = 72, 24
    cloth = quilt(FLORAL, height_px=260, width_px=260, seed=0)
    inside = np.mean([_step(FLORAL, row) for row in range(1, 120)])
    joins = [
        _step(cloth, row)
        for k in range(1, 5)
        for row in range(k * (block - overlap), k * (block - overlap) + overlap)
    ]
    assert np.mean(joins) < 1.15 * inside
    plain = repeat(FLORAL, height_px=260, width_px=260)
    steps = [_step(plain, row) for row in range(1, 260)]
    assert max(joins) < 0.75 * max(steps)


def test_a_strip_is_sewn_on_without_a_join_and_the_middle_stays_whole():
    cloth = extend(FLORAL, height_px=200, width_px=100, seed=0)
    assert cloth.shape == (200, 100, 3)
    # 40 rows are missing at each end; what the two seams leave alone is the style, bit for bit
    np.testing.assert_array_equal(cloth[72:128], FLORAL[32:88, 10:110])
    inside = np.percentile([_step(FLORAL, row) for row in range(1, 120)], 99)
    assert max(_step(cloth, row) for row in range(1, 200)) < 1.2 * inside


def test_extending_sideways_is_extending_downwards_turned():
    wide = extend(FLORAL, height_px=100, width_px=200, seed=5)
    high = extend(FLORAL.transpose(1, 0, 2), height_px=200, width_px=100, seed=5)
    np.testing.assert_array_equal(wide, high.transpose(1, 0, 2))


def test_stripes_keep_their_rhythm_across_the_joins():
    style = stripe().astype(np.float32) / 255
    cloth = quilt(style, height_px=200, width_px=150, seed=1)
    # across a stripe nothing changes along the row, whatever patch it comes from
    assert cloth.std(axis=1).max() < 0.12
    tone = cloth[:, 40, 0] - cloth[:, 40, 0].mean()
    peak = np.abs(np.fft.rfft(tone * np.hanning(200))).argmax()
    assert abs(200 / peak - 11.3) < 1


def test_the_same_seed_sews_the_same_cloth():
    first, again, other = (quilt(FLORAL, height_px=150, width_px=150, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_every_colour_of_the_cloth_comes_from_the_style():
    flat = np.zeros((40, 40, 3), np.float32)
    flat[:, 20:] = (1, 0.5, 0.25)
    cloth = quilt(flat, height_px=120, width_px=120, seed=0)
    # on the line between the two colours: seams are blended, nothing is invented
    np.testing.assert_allclose(cloth[..., 1], 0.5 * cloth[..., 0], atol=1e-5)
    np.testing.assert_allclose(cloth[..., 2], 0.25 * cloth[..., 0], atol=1e-5)


@pytest.mark.parametrize(
    ("height_px", "width_px"), [(120, 110), (120, 40), (40, 110)], ids=["both", "down", "across"]
)
def test_no_row_of_patches_is_a_mirror_of_its_neighbour(height_px: int, width_px: int):
    # red grows to the right and green downwards by one step of 1/48 a px; in a mirror they would fall by it
    rows, columns = (axis.astype(np.float32) / 48 for axis in np.indices((48, 48)))
    place = np.stack([columns, rows, np.random.default_rng(0).random((48, 48), np.float32)], axis=-1)
    enough = height_px <= 48 or width_px <= 48
    cloth = (extend if enough else quilt)(place, height_px=height_px, width_px=width_px, seed=0)
    for slope in (np.diff(cloth[..., 0], axis=1), np.diff(cloth[..., 1], axis=0)):
        assert (np.abs(slope - 1 / 48) < 1e-4).mean() > 0.5
        # a soft cut may by chance fall so; in a mirrored row every place does
        assert (np.abs(slope + 1 / 48) < 1e-4).mean() < 0.03
