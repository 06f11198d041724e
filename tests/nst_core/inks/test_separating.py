"""Inks chosen and laid: known prints come back, specks go, and the lattice may be entered anywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.measure import label, regionprops

from nst_core.errors import InksImpossible
from nst_core.inks import delta_e, separate
from nst_core.inks.choosing import best_of, choose_inks
from nst_core.inks.edges import crisp, enlarged
from nst_core.inks.laying import lay_inks
from nst_core.inks.regions import regions_of, without_small
from nst_core.inks.separating import LEAST_REGION_PX, colours_of
from nst_core.lattice import rolled
from nst_core.palettes import Ink, Palette
from tests.nst_core.inks.prints import FIVE, blobs, cloth_of, endless_labels, noisy, painted, palette

REPEATS = ("straight", "half-drop", "half-brick", "mirror")
ON_CLOTH = {"repeat": "straight", "width_mm": 64.0, "min_region_mm": 0.3}


def by_colour(separated):
    return {ink.rgb: index for index, ink in enumerate(separated.palette.inks)}


def test_a_picture_painted_with_five_inks_gives_back_these_inks_and_where_they_lie():
    inks = blobs(48, 64, 5)
    found = separate(painted(inks), count=5, **ON_CLOTH)
    assert set(by_colour(found)) == set(FIVE)
    assert np.array_equal(found.composite, painted(inks))
    assert (found.at_its_size.mean, found.at_its_size.p95) == (0, 0)


def test_inks_that_are_asked_for_but_not_there_are_not_made_up():
    assert len(separate(painted(blobs(48, 64, 5)), count=12, **ON_CLOTH).palette) == 5


def test_a_print_with_soft_edges_gives_back_its_inks_and_nearly_all_places():
    # drawn four times as large, then averaged: every edge has mixes of two or three inks
    large = np.kron(painted(blobs(96, 128, 5)), np.ones((2, 2, 1), np.uint8))
    soft = large.reshape(48, 4, 64, 4, 3).mean(axis=(1, 3)).round().astype(np.uint8)
    found = separate(soft, count=5, **ON_CLOTH)
    assert set(by_colour(found)) == set(FIVE)
    assert (found.composite == painted(blobs(96, 128, 5))).all(axis=-1).mean() > 0.95


def test_grain_does_not_move_the_inks_nor_leave_specks():
    inks = blobs(48, 64, 5)
    found = separate(noisy(inks), count=5, **ON_CLOTH)
    # grain of 6 in 255 on each channel, and inks that lie 30 ΔE apart
    apart = delta_e(np.array([sorted(by_colour(found))], np.uint8), np.array([sorted(FIVE)], np.uint8))
    assert apart.max() < 2
    wrong = (delta_e(found.composite, np.kron(painted(inks), np.ones((2, 2, 1), np.uint8))) > 4).mean()
    assert wrong < 0.02


def test_an_edge_between_dark_and_light_has_no_rim_of_the_ink_between():
    # black and white, softened over 2 px, and a grey that is in the picture by right, far away
    picture = np.full((32, 64, 3), 255, np.uint8)
    picture[:, 16:32] = 0
    picture[:, [15, 32]] = 128
    picture[8:24, 44:56] = 128
    found = separate(picture, palette=palette(((255, 255, 255), (128, 128, 128), (0, 0, 0))), **ON_CLOTH)
    grey = found.inks == 1
    expected = np.zeros((64, 128), np.bool_)
    expected[16:48, 88:112] = True
    assert np.array_equal(grey, expected)


def test_a_dark_outline_between_two_figures_is_no_mix_of_them():
    picture = np.full((32, 32, 3), (0, 0, 255), np.uint8)
    picture[:, 16:] = (0, 200, 0)
    picture[:, 15:17] = (0, 30, 40)
    assert np.array_equal(crisp(picture, "straight", 2)[:, 15:17], picture[:, 15:17])


def test_a_crisp_picture_has_no_colour_that_was_not_there():
    large = enlarged(noisy(blobs(48, 64, 5)), "straight", 2)
    before, after = (
        {tuple(colour) for colour in one.reshape(-1, 3).tolist()} for one in (large, crisp(large, None, 2))
    )
    assert after <= before


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 1), (17, 29), (-5, 40)])
def test_a_rolled_tile_gives_the_rolled_separation(repeat, down, right):
    tile = cloth_of(repeat)
    one = separate(tile, count=5, repeat=repeat, width_mm=64, min_region_mm=1.5)
    other = separate(
        rolled(tile, repeat, down_px=down, right_px=right),
        count=5,
        repeat=repeat,
        width_mm=64,
        min_region_mm=1.5,
    )
    assert other.palette == one.palette
    assert np.array_equal(other.inks, rolled(one.inks, repeat, down_px=2 * down, right_px=2 * right))


def test_a_mirrors_separation_is_a_mirror():
    found = separate(cloth_of("mirror"), count=5, repeat="mirror", width_mm=96, min_region_mm=1.5).inks
    unlike = (found != found[::-1]) | (found != found[:, ::-1])
    # ties between two neighbours that are equally near may fall either way
    assert unlike.mean() < 0.01


def test_a_band_of_rows_by_itself_is_laid_as_in_the_whole(monkeypatch):
    tile, inks = noisy(blobs(48, 64, 5)), np.array(FIVE, np.uint8)
    whole = lay_inks(tile, inks, "half-drop")
    monkeypatch.setattr("nst_core.inks.laying._VALUES_AT_ONCE", 5 * 84 * 27)
    assert np.array_equal(lay_inks(tile, inks, "half-drop"), whole)


@pytest.mark.parametrize("repeat", [*REPEATS, None])
def test_no_region_is_smaller_than_the_minimum(repeat):
    # 1.5 mm at 2 px/mm: a square of 3 px, 9 places; another library finds the regions on the endless cloth
    found = separate(cloth_of("straight"), count=5, repeat=repeat, width_mm=64, min_region_mm=1.5)
    least = max(LEAST_REGION_PX, 9)
    assert regions_of(found.inks, repeat).area_px.min() >= least
    labels = label(
        found.inks.astype(int) + 1 if repeat is None else endless_labels(found.inks, repeat).astype(int) + 1,
        connectivity=2,
    )
    height, width = labels.shape
    for region in regionprops(labels):
        top, left, bottom, right = region.bbox
        cut = repeat is not None and (top == 0 or left == 0 or bottom == height or right == width)
        assert cut or region.area >= least


def test_regions_that_touch_across_a_join_are_one():
    inks = np.zeros((6, 8), np.uint8)
    inks[2, 0] = inks[2, 7] = 1
    assert sorted(regions_of(inks, "straight").area_px) == [2, 46]
    assert sorted(regions_of(inks, None).area_px) == [1, 1, 46]
    # the next column of a half-drop lies 3 px lower: 2 meets 5, and corners touch
    assert sorted(regions_of(inks, "half-drop").area_px) == [1, 1, 46]
    inks[2, 0], inks[5, 0] = 0, 1
    assert sorted(regions_of(inks, "half-drop").area_px) == [2, 46]


def test_a_tile_of_one_small_region_stays():
    inks = np.zeros((3, 3), np.uint8)
    picture = np.zeros((3, 3, 3), np.uint8)
    assert np.array_equal(without_small(inks, picture, np.array(FIVE, np.uint8), "straight", 50), inks)


def test_the_best_inks_of_a_palette_are_those_of_the_picture():
    others = ((200, 200, 0), (0, 200, 200), (200, 0, 200), (120, 120, 120))
    card = palette((others[0], FIVE[0], others[1], FIVE[1], FIVE[2], others[2], FIVE[3], others[3], FIVE[4]))
    found = best_of(painted(blobs(48, 64, 5)), card, 5)
    assert [ink.rgb for ink in found.inks] == list(FIVE)


def test_a_choice_from_a_palette_is_as_good_as_the_best_of_all():
    # 6 of 8 colours by trying all 28 sets, with the same cost
    random = np.random.default_rng(3)
    card = palette(tuple(map(tuple, random.integers(0, 256, (8, 3)).tolist())))
    picture = noisy(blobs(48, 64, 5), spread=20)

    def cost(inks):
        from nst_core.inks.choosing import _counted, _squared_distances, _thinned
        from nst_core.inks.look import look_of

        points, weights = _thinned(*_counted(picture))
        return weights @ _squared_distances(points, look_of([ink.rgb for ink in inks]).astype(float)).min(
            axis=1
        )

    best = min(map(cost, itertools.combinations(card.inks, 6)))
    assert cost(best_of(picture, card, 6).inks) <= best * 1.0001


def test_pixels_in_any_order_give_the_same_inks():
    picture = noisy(blobs(48, 64, 5), spread=12)
    shuffled = np.random.default_rng(1).permutation(picture.reshape(-1, 3)).reshape(picture.shape)
    assert choose_inks(picture, 6) == choose_inks(shuffled, 6)


def test_an_accent_of_a_hundredth_gets_an_ink_before_a_third_shade_of_the_ground():
    random = np.random.default_rng(0)
    picture = np.repeat(random.normal(120, 8, (64, 64, 1)), 3, axis=2).round().astype(np.uint8)
    picture[:6, :6] = (200, 30, 40)
    assert (200, 30, 40) in {ink.rgb for ink in choose_inks(picture, 3).inks}


def test_differences_are_those_of_scikit_image():
    one, other = noisy(blobs(48, 64, 5)), painted(blobs(48, 64, 5))
    assert np.allclose(delta_e(one, other), deltaE_ciede2000(rgb2lab(one), rgb2lab(other)), atol=1e-4)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"count": 1}, "ink_count", "2 to 24 inks, got 1"),
        ({"count": 25}, "ink_count", "got 25"),
        ({"count": None}, "ink_count", "got 0"),
        ({"width_mm": 0.0}, "size_on_cloth", "width 0 mm"),
        ({"min_region_mm": float("nan")}, "size_on_cloth", "nan"),
        ({"repeat": "half-drop"}, "size_and_repeat", "even height, got 47 px: crop it to 46 px"),
        ({"repeat": "half-brick"}, "size_and_repeat", "even width, got 63 px"),
    ],
)
def test_what_cannot_be_separated_is_said(change, code, said):
    picture = painted(blobs(47, 63, 5))
    with pytest.raises(InksImpossible, match=said) as caught:
        separate(picture, **({"count": 5, **ON_CLOTH} | change))
    assert caught.value.code == code


def test_a_picture_of_one_colour_cannot_be_separated():
    with pytest.raises(InksImpossible, match="one colour"):
        separate(np.full((32, 32, 3), 9, np.uint8), count=4, **ON_CLOTH)


def test_colours_of_a_palette_are_its_inks():
    assert colours_of(Palette((Ink((1, 2, 3)), Ink((4, 5, 6))))).tolist() == [[1, 2, 3], [4, 5, 6]]
