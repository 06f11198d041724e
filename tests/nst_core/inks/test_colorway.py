"""Colorways: the order of light and dark is kept, the best fit is found, and the motif stays."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nst_core.colour.oklab import oklab_of, rgb_of_oklab
from nst_core.errors import InksImpossible
from nst_core.inks.colorway import _climb, _heights, colorway_of
from nst_core.inks.recolouring import ColourMove, ink_for_ink, structure_kept
from nst_core.palettes import Palette
from tests.nst_core.inks.prints import FIVE, blobs, noisy, painted, palette

RGB = st.tuples(*[st.integers(0, 255)] * 3)
COLOURS = st.lists(RGB, min_size=2, max_size=12, unique=True)
DUNE = palette(((242, 230, 207), (217, 179, 130), (176, 112, 60), (107, 58, 30), (43, 27, 18)))


def lightness(one: Palette):
    return oklab_of([ink.rgb for ink in one.inks])[:, 0]


@settings(max_examples=60, deadline=None)
@given(colours=COLOURS, others=COLOURS, contrast=st.sampled_from(["kept", "inverted"]))
def test_the_order_of_light_and_dark_is_kept_or_turned(colours, others, contrast):
    inks, found = palette(colours), colorway_of(palette(colours), palette(others), contrast=contrast)
    assert len(found) == len(inks)
    order = np.argsort(lightness(inks), kind="stable")
    assume(np.diff(lightness(inks)[order]).min() > 1e-3)
    steps = np.diff(lightness(found)[order])
    assert (steps if contrast == "kept" else -steps).min() >= 0


@settings(max_examples=60, deadline=None)
@given(colours=COLOURS, others=COLOURS)
def test_colours_come_from_the_palette_and_few_are_all_used(colours, others):
    found = [ink.rgb for ink in colorway_of(palette(colours), palette(others)).inks]
    if len(others) >= len(colours):
        assert set(found) <= set(others)
        assert len(set(found)) == len(found)
    else:
        assert set(others) <= set(found)


def test_as_many_colours_as_inks_go_by_lightness_alone():
    # FIVE from light to dark: 0, 1, 3, 2, 4
    found = colorway_of(palette(), DUNE)
    assert [DUNE.inks.index(found.inks[index]) for index in (0, 1, 3, 2, 4)] == [0, 1, 2, 3, 4]
    assert found.name == DUNE.name


def test_of_equally_light_colours_the_nearest_in_hue_is_taken():
    # lightness 90, 60, 60, 20 in OKLab; a reddish and a bluish one of the same lightness
    light, red, blue, dark = (
        tuple(map(int, rgb_of_oklab(one))) for one in ([90, 0, 0], [60, 12, 0], [60, 0, -12], [20, 0, 0])
    )
    card = palette((light, red, blue, dark))
    for middle, expected in (((200, 90, 100), red), ((80, 120, 220), blue)):
        found = colorway_of(palette(((250, 250, 250), middle, (10, 10, 10))), card)
        assert [ink.rgb for ink in found.inks] == [light, expected, dark]


@given(st.integers(0, 999))
def test_the_climb_is_the_cheapest_of_all(seed):
    random = np.random.default_rng(seed)
    old, new = (random.uniform(0, 100, (count, 3)) for count in (4, 7))
    old, new = (one[np.argsort(one[:, 0])] for one in (old, new))
    heights = _heights(old[:, 0])

    def cost(steps):
        off = 40 * (heights - _heights(new[:, 0])[list(steps)])
        return (off**2).sum() + ((old[:, 1:] - new[list(steps), 1:]) ** 2).sum()

    best = min(map(cost, itertools.combinations(range(7), 4)))
    assert cost(_climb(heights, old, new)) == pytest.approx(best)


def test_a_free_colorway_changes_colours_least():
    shuffled = palette((FIVE[3], FIVE[0], FIVE[4], FIVE[2], FIVE[1]))
    assert [ink.rgb for ink in colorway_of(palette(), shuffled, contrast="free").inks] == list(FIVE)
    with pytest.raises(InksImpossible, match="5 inks need as many colours"):
        colorway_of(palette(), palette(FIVE[:3]), contrast="free")


def test_ink_for_ink_is_a_table():
    inks, colorway = blobs(24, 32, 5), colorway_of(palette(), DUNE)
    found = ink_for_ink(inks, colorway, height_px=24, width_px=32)
    for index, ink in enumerate(colorway.inks):
        assert (found[inks == index] == ink.rgb).all()
    assert ink_for_ink(inks, colorway, height_px=12, width_px=16).shape == (12, 16, 3)


def test_moved_colours_arrive_at_the_new_inks_and_stay_where_nothing_moves():
    inks = palette()
    # the table's steps are 255 / 24 wide, and what lies between them is read off a straight line
    arrived = ColourMove(inks, colorway_of(inks, DUNE))(painted(np.arange(5, dtype=np.uint8)[None]))
    meant = np.array([[ink.rgb for ink in colorway_of(inks, DUNE).inks]])
    assert np.abs(oklab_of(arrived) - oklab_of(meant)).max() < 4
    picture = noisy(blobs(24, 32, 5))
    assert np.abs(ColourMove(inks, inks)(picture).astype(int) - picture).max() <= 2


def test_the_grain_of_cloth_stays_in_its_new_colour():
    inks, picture = blobs(48, 64, 5), noisy(blobs(48, 64, 5), spread=6)
    moved = ColourMove(palette(), colorway_of(palette(), DUNE))(picture)
    for index in range(5):
        before, after = (oklab_of(one)[inks == index][:, 0] for one in (picture, moved))
        assert np.corrcoef(before, after)[0, 1] > 0.9


@given(colours=st.lists(RGB, min_size=5, max_size=9, unique=True))
@settings(max_examples=20, deadline=None)
def test_the_structure_of_a_motif_in_inks_is_kept_whole(colours):
    assume(np.diff(np.sort(lightness(palette(colours)))).min() > 1e-3)
    inks = blobs(24, 32, 5)
    for contrast in ("kept", "inverted"):
        colorway = colorway_of(palette(), palette(colours), contrast=contrast)
        after = ink_for_ink(inks, colorway, height_px=24, width_px=32)
        assert structure_kept(painted(inks), after, contrast=contrast) == pytest.approx(1)


def test_structure_falls_where_two_inks_become_one_or_places_are_shuffled():
    inks = blobs(48, 64, 5)
    before = painted(inks)
    merged = painted(np.where(inks == 1, 3, inks).astype(np.uint8))
    shuffled = np.random.default_rng(0).permutation(before.reshape(-1, 3)).reshape(before.shape)
    assert structure_kept(before, merged) < 0.999
    assert structure_kept(before, shuffled) < 0.1
    assert structure_kept(before[:8], before[:8]) is None


@pytest.mark.parametrize("contrast", ["kept", "inverted"])
def test_structure_is_that_of_the_cloth_whatever_floor_it_lies_on(contrast):
    # an inverted motif on a floor that stays: with the floor counted it would be neither
    inks = blobs(48, 64, 5)
    cloth = np.zeros((48, 64), np.float32)
    cloth[12:36, 16:48] = 1
    colorway = colorway_of(palette(), DUNE, contrast=contrast)
    worn = ink_for_ink(inks, colorway, height_px=48, width_px=64)
    floor = np.random.default_rng(3).integers(0, 256, worn.shape, dtype=np.uint8)
    before, after = (np.where(cloth[..., None] == 1, one, floor) for one in (painted(inks), worn))
    assert structure_kept(before, after, contrast=contrast, where=cloth) == pytest.approx(1)
    if contrast == "inverted":
        assert structure_kept(before, after, contrast=contrast) < 0.3
    # and on another floor the same number, of a motif that is not kept too
    worn = np.roll(worn, 9, axis=1)
    found = [
        structure_kept(before, np.where(cloth[..., None] == 1, worn, beside), contrast=contrast, where=cloth)
        for beside in (floor, floor[::-1])
    ]
    assert found[0] == found[1] < 0.5


def test_without_cloth_there_is_no_structure():
    before = painted(blobs(24, 32, 5))
    assert structure_kept(before, before, where=np.zeros((24, 32), np.float32)) is None
