from __future__ import annotations

import numpy as np
import pytest

from nst_core.colour import chroma_kept, colours_kept, lab_of, picture_of, usual_colour


def flat(lightness: float, a: float, b: float, shape: tuple[int, int] = (24, 24)) -> np.ndarray:
    return picture_of(np.broadcast_to(np.array([lightness, a, b], np.float32), (*shape, 3)).copy())


def stripes(dark: float, light: float, hue: tuple[float, float] = (8, 5)) -> np.ndarray:
    picture = flat(dark, *hue)
    picture[:, ::2] = flat(light, *hue)[:, ::2]
    return picture


MAROON = flat(25, 25, 8)


def test_luma_keeps_light_and_dark_and_takes_the_hue():
    kept = lab_of(colours_kept(stripes(30, 60), MAROON, None, "luma"))
    # 30 and 60 about 45 move to 25; 8 is the darkest that cloth is, so 10 and 40 fit
    assert kept[0, 1, 0] == pytest.approx(10, abs=1)
    assert kept[0, 0, 0] == pytest.approx(40, abs=1)
    assert kept[0, 0, 1:] == pytest.approx([25, 8], abs=1)


def test_a_pattern_on_a_white_garment_keeps_its_contrast():
    kept = lab_of(colours_kept(stripes(20, 80), flat(96, 0, 0), None, "luma"))[..., 0]
    # moved up by 17, where its lightest is 97, not by 46
    assert (kept.min(), kept.max()) == (pytest.approx(37, abs=0.5), pytest.approx(97, abs=0.5))


def test_lab_moves_the_colours_to_the_garment_s():
    kept = lab_of(colours_kept(stripes(30, 60, hue=(-20, 30)), MAROON, None, "lab"))
    assert kept.reshape(-1, 3).mean(0) == pytest.approx([25, 25, 8], abs=1)


def test_on_a_plain_garment_half_of_the_contrast_is_left():
    kept = lab_of(colours_kept(stripes(30, 60), flat(50, 0, 0), None, "lab"))[..., 0]
    # 15 about the mean; half is 7.5; the noise beside both spreads makes √((56 + 25)/(225 + 25)) · 15 = 8.5
    assert kept.std() == pytest.approx(8.5, abs=0.3)


def test_only_the_garment_counts():
    photo = np.concatenate([MAROON, flat(90, 0, 0)])
    weight = np.concatenate([np.ones((24, 24)), np.zeros((24, 24))]).astype(np.float32)
    for how in ("luma", "lab"):
        alone = colours_kept(stripes(30, 60), MAROON, None, how)
        assert np.abs(colours_kept(stripes(30, 60), photo, weight, how) - alone).max() < 1e-3


def test_the_usual_colour_of_a_printed_garment_is_that_of_its_cloth():
    printed = MAROON.copy()
    printed[8:16, 4:20] = flat(90, 0, 0, (8, 16))
    assert usual_colour(printed, None) == pytest.approx([25, 25, 8], abs=0.5)


def test_chroma_is_the_photo_s_place_by_place():
    kept = lab_of(chroma_kept(stripes(40, 60, hue=(0, 0)), flat(50, 15, -10)))
    assert kept[..., 1] == pytest.approx(15, abs=0.5)
    assert kept[..., 2] == pytest.approx(-10, abs=0.5)
    assert (kept[0, 1, 0], kept[0, 0, 0]) == (pytest.approx(40, abs=0.5), pytest.approx(60, abs=0.5))
