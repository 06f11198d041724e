"""Tossed cloth: the textile's motifs, whole, of their own size and colour, on a clean ground."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest

from nst_core.cloth.makers.ground import find_ground
from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.sway import Sway
from nst_core.cloth.makers.toss import toss
from nst_core.errors import ClothUnsuitable
from nst_core.lattice import cover
from nst_core.scoring.tile.chroma_speckle import chroma_speckle
from tests.nst_core.cloth.makers.spots import BLUE, GROUND, RADIUS_PX, RED, chains, dots, landscape
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet, worst_join
from tests.nst_core.cloth.textiles import stripe


def _blobs(tile, repeat):
    """Four tiles, and what is not ground: labels, their numbers without what the window cuts, and areas."""
    height, width = tile.shape[:2]
    cloth = cover(tile, repeat, height_px=2 * height, width_px=2 * width)
    figure = np.abs(cloth - np.float32(GROUND)).max(axis=-1) > 0.2
    count, labels, stats, _ = cv2.connectedComponentsWithStats(figure.astype(np.uint8))
    border = set(np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])))
    names = [name for name in range(1, count) if name not in border]
    return cloth, labels, names, stats[names, cv2.CC_STAT_AREA]


def _areas(tile, repeat):
    return _blobs(tile, repeat)[-1]


def _colours(tile, repeat):
    """The mean colours of what lies well inside the blobs."""
    cloth, labels, names, _ = _blobs(tile, repeat)
    core = cv2.erode((labels > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return np.array([cloth[(labels == name) & core].mean(axis=0) for name in names])


@pytest.mark.parametrize("repeat", REPEATS)
def test_dots_come_back_whole_in_their_size_and_colours(repeat):
    tile = toss(dots(), sheet(192, repeat=repeat)).tile
    areas, colours = _areas(tile, repeat), _colours(tile, repeat)
    assert len(areas) >= 30
    # a disc of radius 9, grown by up to a px by its soft edge, at scales of .9 to 1.15
    assert areas.min() > 0.9**2 * np.pi * RADIUS_PX**2
    assert areas.max() < 1.15**2 * np.pi * (RADIUS_PX + 1) ** 2
    nearest = np.stack([np.abs(colours - np.float32(ink)).max(axis=-1) for ink in (RED, BLUE)])
    assert nearest.min(axis=0).max() < 0.06
    assert set(nearest.argmin(axis=0)) == {0, 1}


@pytest.mark.parametrize("repeat", REPEATS)
def test_the_join_steps_no_more_than_the_cloth_inside(repeat):
    assert worst_join(toss(dots(noise=0.02), sheet(192, repeat=repeat)).tile, repeat) <= 1.2


def _bare(tile):
    """The colours of the ground, 4 px away from all dots."""
    near = np.abs(tile - np.float32(GROUND)).max(axis=-1) < 0.2
    return tile[cv2.erode(near.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0]


def test_the_ground_between_is_clean_and_keeps_its_grain():
    # no halo: away from the dots nothing is left of them
    assert np.abs(_bare(toss(dots(), sheet(192)).tile) - np.float32(GROUND)).max() < 0.02
    # grain of .02 in the textile, of .02 in the tile
    assert _bare(toss(dots(noise=0.02), sheet(192)).tile).std(axis=0).mean() == pytest.approx(0.02, rel=0.25)


@pytest.mark.parametrize("repeat", ["straight", "mirror"])
def test_the_ground_between_motifs_is_not_refined(repeat):
    layout = toss(dots(), sheet(192, repeat=repeat))
    printed = np.abs(layout.tile - np.float32(GROUND)).max(axis=-1) > 0.2
    assert layout.figure[printed].min() > 0.95
    # a motif's own soft edge of 3 px, 3 px beyond that (in corners 4), and a softness of 4 sigma
    wide = cover(np.float32(printed), repeat, height_px=216, width_px=216, top=-12, left=-12)
    far = cv2.dilate(wide, np.ones((25, 25)))[12:-12, 12:-12] == 0
    assert far.mean() > 0.01
    assert layout.figure[far].max() < 1e-3


def test_motifs_cover_as_much_as_they_do_in_the_textile():
    def covered(cloth):
        return float((np.abs(cloth - np.float32(GROUND)).max(axis=-1) > 0.2).mean())

    assert covered(toss(dots(), sheet(192)).tile) == pytest.approx(covered(dots()), rel=0.4)


def test_as_many_rings_come_back_as_the_textile_has():
    rings = dots()
    for y in range(18, 144, 36):
        for x in range(18, 144, 36):
            cv2.circle(rings, (x, y), 3, GROUND, -1)
    areas = _areas(toss(rings, sheet(144)).tile, "straight")
    # 4 x 4 in 144 x 144 px; four tiles' worth less what the window cuts, and those that touch
    assert 4 * 16 * 0.6 <= len(areas) <= 4 * 16 * 1.1


def slanted(side_px: int = 192, *, both_ways: bool = False):
    """Bars of 24 by 8 px that slant to the right, or every other one to the left."""
    cloth = np.full((side_px, side_px, 3), GROUND, np.float32)
    for row in range(side_px // 32):
        for column in range(side_px // 32):
            lean = -1 if both_ways and (row + column) % 2 else 1
            bar = ((32 * column + 16, 32 * row + 16), (24, 8), -45 * lean)
            cv2.fillConvexPoly(cloth, np.rint(cv2.boxPoints(bar)).astype(np.int32), RED)
    return cv2.GaussianBlur(cloth, (0, 0), 0.8)


def test_motifs_that_slant_one_way_are_not_flipped():
    assert not Sway.of(slanted()).flips
    assert Sway.of(slanted(both_ways=True)).flips
    tile = toss(slanted(), sheet(192)).tile
    down, across = (cv2.Sobel(tile[..., 1], cv2.CV_32F, *way) for way in ((0, 1), (1, 0)))
    # at a slope that rises to the right both have the same sign: of bars of 24 by 8 px 3/4 of the outline, of
    # those and their reflections 1/2
    assert (down * across).sum() > 0.25 * np.abs(down * across).sum()


def test_no_motif_lies_as_in_the_textile_nor_turned_by_eighths():
    random = np.random.default_rng(0)
    for sway, least in ((Sway(180.0, True), 12.5), (Sway(12.0, True), 7.2)):
        angles = np.array([sway.drawn(random).angle_deg for _ in range(100)])
        # 22.5 - 10 degrees from an eighth, .6 of 12 degrees from upright
        assert np.abs(angles - 45 * np.round(angles / 45)).min() >= least
        assert len(np.unique(np.sign(angles % 45 - 22.5))) == 2


def test_a_photo_s_hues_are_no_grainier_on_the_tile():
    noise = np.random.default_rng(2).normal(0, 0.05, (72, 72, 3)).astype(np.float32)
    photo = dots() + cv2.resize(noise, (144, 144), interpolation=cv2.INTER_CUBIC)
    tile = toss(np.clip(photo, 0, 1), sheet(192)).tile
    assert chroma_speckle(tile, [np.clip(photo, 0, 1)], "straight") <= 1.2


def test_one_seed_gives_one_tile_and_another_seed_another():
    one, same, other = (toss(dots(noise=0.01), sheet(96, seed=seed)).tile for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.05


def test_a_tile_need_not_be_square_nor_of_the_textile_s_size():
    layout = toss(dots(180), Sheet(128, 256, "half-drop", 0))
    assert layout.tile.shape == (128, 256, 3)
    assert layout.style.shape == (180, 180, 3)
    assert layout.figure.shape == (128, 256)


def test_motifs_that_touch_are_cut_at_their_stalks():
    areas = _areas(toss(chains(), sheet(192)).tile, "straight")
    # nine discs in three chains of two stalks: each 299 px with its soft edge, and 4/3 halves of a stalk
    # of 15 x 4 px
    assert np.median(areas) == pytest.approx(379, rel=0.2)


def test_the_ground_is_found_at_any_size():
    small = cv2.resize(dots(), None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    large = cv2.resize(dots(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    for cloth in (small, dots(), large):
        # 16 discs of 9.5 px of radius on 144 x 144 px
        assert find_ground(np.clip(cloth, 0, 1)).place.mean() == pytest.approx(0.78, abs=0.03)


def test_a_pale_ink_is_not_taken_for_the_ground():
    # three classes hold five colours: white and cyan are one of them
    cloth = np.full((192, 192, 3), 1.0, np.float32)
    inks = ((1, 0, 1), (0, 1, 0), (1, 1, 0), (0, 1, 1))
    for place in range(64):
        row, column = divmod(place, 8)
        cv2.circle(cloth, (24 * column + 12, 24 * row + 12), 8, inks[(row + 2 * column) % 4], -1)
    ground = find_ground(cv2.GaussianBlur(cloth, (0, 0), 0.6))
    # 64 discs of 8 px of radius, and up to a px of soft edge, on 192 x 192 px
    assert ground.place.mean() == pytest.approx(0.61, abs=0.05)


@pytest.mark.parametrize(
    ("cloth", "code"),
    [
        (landscape(), "composition"),
        (np.full((64, 64, 3), 0.5, np.float32), "no_ground"),
        (np.random.default_rng(0).random((96, 96, 3), np.float32), "no_ground"),
        (stripe(96, 96, period_px=16).astype(np.float32) / 255 > 0.5, "motifs_touch"),
    ],
)
def test_cloth_without_separate_motifs_is_refused_with_its_reason(cloth, code):
    with pytest.raises(ClothUnsuitable) as refused:
        toss(np.float32(cloth), sheet())
    assert refused.value.code == code
    assert pickle.loads(pickle.dumps(refused.value)).code == code


def test_motifs_larger_than_the_tile_are_refused():
    # discs of 18 px and their margin; seven tenths of 16 px are 11
    with pytest.raises(ClothUnsuitable, match="motif_scale smaller") as refused:
        toss(dots(), sheet(16))
    assert refused.value.code == "motifs_large"


def test_it_says_how_large_a_motif_it_lays_whole():
    # discs of 9 px, seen to where alpha is a tenth, at .9 to 1.15 of their size
    whole = toss(dots(), sheet(192)).whole * 192**2
    assert np.pi * (0.9 * 8) ** 2 < whole < np.pi * (1.15 * 11) ** 2
