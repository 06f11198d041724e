"""A photographed textile made fit for cutting."""

from __future__ import annotations

import numpy as np

from nst_core.cloth.textile import evenly_lit, without_foreign_edges
from tests.nst_core.cloth.textiles import check, floral

FLORAL = floral(160, 160)


def test_a_strip_of_table_is_cut_off_and_the_cloth_is_not():
    photo = FLORAL.copy()
    photo[-16:] = (30, 200, 40)
    trimmed = without_foreign_edges(photo)
    assert trimmed.shape[1] == 160
    assert 138 <= trimmed.shape[0] <= 146
    np.testing.assert_array_equal(trimmed, photo[: trimmed.shape[0]])


def test_cloth_without_a_foreign_edge_stays_as_it_is():
    for style in (FLORAL, check(), np.full((64, 64, 3), 128, np.uint8), FLORAL[:20, :20]):
        assert without_foreign_edges(style).shape == style.shape


def test_no_more_than_a_sixth_of_a_side_is_ever_cut():
    photo = FLORAL.copy()
    photo[-60:] = (30, 200, 40)
    assert without_foreign_edges(photo).shape[0] >= 160 * (1 - 0.16)


def test_a_lamps_falloff_goes():
    grain = np.random.default_rng(0).normal(0, 0.02, FLORAL.shape)
    even = np.clip(FLORAL / 255 + grain, 0, 1).astype(np.float32)
    falloff = np.exp(np.linspace(-0.15, 0.15, 160, dtype=np.float32))[None, :, None]
    lit = np.clip(even * falloff, 0, 1)
    left, right = evenly_lit(lit)[:, :50].mean(), evenly_lit(lit)[:, -50:].mean()
    before = lit[:, :50].mean() / lit[:, -50:].mean()
    true = even[:, :50].mean() / even[:, -50:].mean()
    assert abs(np.log(left / right / true)) < 0.4 * abs(np.log(before / true))


def test_a_drawn_pattern_is_lit_by_no_lamp():
    drawn = check().astype(np.float32) / 255
    np.testing.assert_array_equal(evenly_lit(drawn), drawn)


def test_the_broad_lights_of_a_painting_stay():
    sky_and_sea = np.concatenate([np.full((80, 160, 3), 0.8), np.full((80, 160, 3), 0.2)])
    sky_and_sea = np.clip(sky_and_sea + np.random.default_rng(0).normal(0, 0.02, (160, 160, 3)), 0, 1)
    sky_and_sea = sky_and_sea.astype(np.float32)
    np.testing.assert_array_equal(evenly_lit(sky_and_sea), sky_and_sea)
