"""Re-quilted cloth: turned copies of the textile, sewn without a join."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.direction import Directions
from nst_core.cloth.makers.requilt import requilt, turned_views
from nst_core.errors import ClothUnsuitable
from tests.nst_core.cloth.makers.spots import landscape, plaid, rows_of_figures
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet, worst_join
from tests.nst_core.cloth.textiles import floral, stripe

FLORAL = floral(144, 144).astype(np.float32) / 255
STRIPE = stripe(144, 144, period_px=11.3).astype(np.float32) / 255


@pytest.mark.parametrize("repeat", REPEATS)
def test_the_join_steps_no_more_than_the_cloth_inside(repeat):
    layout = requilt(FLORAL, sheet(repeat=repeat))
    assert layout.tile.shape == (96, 96, 3)
    assert layout.style is FLORAL
    assert worst_join(layout.tile, repeat) <= 1.0


def test_one_seed_gives_one_tile_and_another_seed_another():
    one, same, other = (requilt(FLORAL, sheet(seed=seed)).tile for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.05


def test_cloth_without_direction_is_turned_by_eighths_and_stripes_by_halves():
    random = np.random.default_rng(0)
    # 8 turns x 2 flips; a stripe 2 x 2
    assert len(turned_views(FLORAL, random)) == 16
    assert len(turned_views(STRIPE, random)) == 4


def test_a_view_is_the_textile_at_its_home():
    view = turned_views(FLORAL, np.random.default_rng(0))[1]
    rows, columns = np.round(view.home[view.usable]).astype(int).clip(0, 143).T
    # turned by 45 degrees and bent, it still shows what is at home, to within half a px of a soft floral
    assert np.abs(view.image[view.usable] - FLORAL[rows, columns]).mean() < 0.05


@pytest.mark.parametrize(
    ("cloth", "code"),
    [
        (landscape(), "composition"),
        (STRIPE, "repeats_itself"),
        (plaid(), "repeats_itself"),
        (rows_of_figures(192), "runs_on"),
    ],
)
def test_pictures_what_repeats_itself_and_what_runs_on_are_refused_with_their_reason(cloth, code):
    with pytest.raises(ClothUnsuitable) as refused:
        requilt(cloth, sheet())
    assert refused.value.code == code


def test_what_lay_beside_the_textile_is_not_sewn_in():
    cloth = floral(192, 192).astype(np.float32) / 255
    cloth[:36, 156:] = (0.1, 0.9, 0.3)
    tile = requilt(cloth, sheet()).tile
    assert not (np.abs(tile - np.float32((0.1, 0.9, 0.3))).max(axis=-1) < 0.1).any()


def test_a_floral_runs_every_way_and_a_stripe_its_own():
    assert Directions(FLORAL).any_way
    ways = Directions(STRIPE)
    assert not ways.any_way
    assert ways.allows(turn_deg=180)
    assert ways.allows(turn_deg=0, flipped=True)
    assert not ways.allows(turn_deg=90)
