"""Legibility, off_palette, chroma_speckle and banding: by hand, and their laws."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nst_core.colour.lab import picture_of
from nst_core.errors import EngineError
from nst_core.garment.pixels import floats
from nst_core.lattice import mirrored, rolled
from nst_core.scoring.tile import banding, chroma_speckle, legibility, off_palette
from tests.nst_core.scoring.tile.drawn import REPEATS, dotted, noise

SHIFTED = REPEATS[:3]


def lab_picture(lightness, a=0.0, b=0.0):
    planes = np.broadcast_arrays(floats(lightness), floats(a), floats(b))
    return picture_of(np.ascontiguousarray(np.stack(planes, axis=-1)))


def chessboard(side=32, cell=4):
    rows, columns = np.indices((side, side)) // cell
    return (rows + columns) % 2


def test_a_two_colour_tile_is_explained_by_its_two_classes():
    classes = chessboard()
    tile = lab_picture(np.where(classes, 30.0, 70.0), np.where(classes, 20.0, -10.0))
    assert legibility(tile, classes) == pytest.approx(1, abs=1e-4)
    assert legibility(tile, 7 - 3 * classes) == pytest.approx(1, abs=1e-4)


def test_half_of_the_variance_is_half_legible():
    # Each class deviates from the middle by ±10, and its px from the class by ±10: 100 of 200.
    classes = chessboard()
    grain = np.where(np.indices((32, 32))[1] % 2, 10.0, -10.0)
    tile = lab_picture(50 + np.where(classes, 10.0, -10.0) + grain)
    assert legibility(tile, classes) == pytest.approx(0.5, abs=2e-3)


def test_noise_and_one_class_explain_nothing():
    # two classes of 1024 px explain about one part in 1024 by chance
    assert legibility(noise(32, 32), chessboard()) < 0.01
    assert legibility(noise(32, 32), np.zeros((32, 32), int)) == 0


def test_a_plain_tile_has_no_legibility_and_classes_of_another_size_are_refused():
    assert legibility(np.full((32, 32, 3), 0.4, np.float32), chessboard()) is None
    with pytest.raises(EngineError, match="32 × 32 px, got 16 × 16"):
        legibility(noise(32, 32), chessboard(16))


def test_a_textile_is_on_its_own_palette_and_a_recoloured_one_is_off_it():
    textile = lab_picture(np.where(chessboard(), 35.0, 75.0), 30.0, 20.0)
    assert off_palette(textile, [textile]) == 0
    # hue turned by half: both colours 72 away
    assert off_palette(lab_picture(np.where(chessboard(), 35.0, 75.0), -30.0, -20.0), [textile]) == 1


def test_a_colour_is_off_the_palette_from_a_distance_of_14():
    # a quarter of the tile is 12, another quarter 17 Lab units from the only colour
    grey = lab_picture(np.full((16, 16), 50.0))
    lightness = np.full((16, 16), 50.0)
    lightness[:8, :8], lightness[8:, 8:] = 62.0, 67.0
    assert off_palette(lab_picture(lightness), [grey]) == 0.25


def test_both_sources_colours_are_on_the_palette():
    red, blue = (lab_picture(np.full((16, 16), 50.0), *ab) for ab in ((60.0, 30.0), (10.0, -50.0)))
    both = np.concatenate([red, blue])
    assert off_palette(both, [red]) == 0.5
    assert off_palette(both, [red, blue]) == 0


def test_a_shade_of_two_pixels_in_ten_thousand_is_no_colour_of_the_source():
    source = lab_picture(np.full((100, 100), 50.0))
    source[0, :2] = 1
    assert off_palette(np.ones((8, 8, 3), np.float32), [source]) == 1


@pytest.mark.parametrize("repeat", SHIFTED)
def test_a_tile_has_the_chroma_grain_of_more_of_itself(repeat):
    # the source is four tiles with a neighbour around: its inside is the tile four times
    tile = dotted(repeat)
    around = np.pad(np.tile(tile, (2, 2, 1)), ((1, 1), (1, 1), (0, 0)), mode="wrap")
    if repeat == "straight":
        assert chroma_speckle(tile, [around], repeat) == pytest.approx(1)
    moved = rolled(tile, repeat, down_px=17, right_px=31)
    assert chroma_speckle(moved, [around], repeat) == pytest.approx(chroma_speckle(tile, [around], repeat))


def test_grey_noise_is_no_chroma_speckle_and_coloured_noise_is():
    tile, grain = dotted("straight"), noise(96, 96)
    lab = cv2.cvtColor(tile, cv2.COLOR_RGB2LAB)
    coloured, grey = lab.copy(), lab.copy()
    coloured[..., 1:] += 30 * (grain[..., 1:] - 0.5)
    grey[..., 0] += 6 * (grain[..., 0] - 0.5)
    assert chroma_speckle(picture_of(grey), [tile], "straight") == pytest.approx(1, abs=0.15)
    assert chroma_speckle(picture_of(coloured), [tile], "straight") > 1.3


def test_the_grainier_of_two_sources_counts_and_a_grey_one_is_no_zero():
    tile, grey = dotted("straight"), np.full((8, 8, 3), 0.5, np.float32)
    assert chroma_speckle(tile, [grey, tile], "straight") == chroma_speckle(tile, [tile], "straight")
    assert chroma_speckle(grey, [grey], "straight") == pytest.approx(0, abs=0.01)
    assert chroma_speckle(tile, [tile[:2]], "straight") is None


def test_one_wave_across_a_tile_by_hand():
    # std 20 / √2 of L; a Gaussian of σ = side / 8 leaves exp(-2 (π / 8)²) = .735 of the longest wave
    wave = lab_picture(50 + 20 * np.cos(2 * np.pi * np.arange(64) / 64)[:, None] * np.ones((1, 48)))
    assert banding(wave, "straight") == pytest.approx(20 / 2**0.5 * np.exp(-2 * (np.pi / 8) ** 2), rel=5e-3)


def test_one_dark_band_a_repeat_makes_tracks_and_sixteen_make_none():
    across = np.arange(64)[:, None] * np.ones((1, 64))
    assert banding(lab_picture(np.where(across < 16, 40.0, 70.0)), "straight") > 4
    assert banding(lab_picture(np.where(across % 4 < 1, 40.0, 70.0)), "straight") < 0.1


def test_a_half_drop_breaks_a_track():
    # rows that are dark in one column of tiles are light in the next: a chessboard instead of stripes, of
    # which the Gaussian leaves .85 across
    across = np.arange(64)[:, None] * np.ones((1, 64))
    band = lab_picture(np.where(across < 32, 40.0, 70.0))
    assert banding(band, "half-drop") == pytest.approx(0.85 * banding(band, "straight"), rel=0.01)


@pytest.mark.parametrize("repeat", SHIFTED)
@settings(max_examples=10, deadline=None)
@given(down=st.integers(-70, 70), right=st.integers(-70, 70))
def test_banding_is_that_of_the_endless_cloth(repeat, down, right):
    tile = dotted(repeat, 48, 64, seed=4)
    moved = rolled(tile, repeat, down_px=down, right_px=right)
    assert banding(moved, repeat) == pytest.approx(banding(tile, repeat), abs=0.35)


def test_a_mirror_tile_is_banded_as_its_straight_repeat():
    tile = mirrored(dotted("straight", 48, 48))
    assert banding(tile, "mirror") == banding(tile, "straight")
