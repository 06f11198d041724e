"""Laid cloth that gets back what laying and light took from it."""

from __future__ import annotations

from importlib import import_module

import cv2
import numpy as np
import pytest
import torch

from nst_core.cloth import match
from nst_core.cloth.match import BAND_GAINS, CONTRASTS
from nst_core.garment import Shading
from nst_core.garment.relight import relight
from tests.nst_core.cloth.textiles import floral

HEIGHT, WIDTH = 128, 96
FLAT = 0.15 + 0.7 * floral(HEIGHT, WIDTH).astype(np.float32) / 255
WHERE = np.zeros((HEIGHT, WIDTH), np.float32)
WHERE[16:-16, 12:-12] = 1
SHADE = Shading(
    np.broadcast_to(np.linspace(0.5, 0.9, WIDTH, dtype=np.float32), (HEIGHT, WIDTH)).copy(), "photo"
)


def lit(cloth: np.ndarray, shading: Shading | None) -> np.ndarray:
    if shading is None:
        return cloth
    values = np.ones_like(shading.values) if shading.kind == "drawing" else shading.values
    planes = torch.from_numpy(np.ascontiguousarray(cloth)).permute(2, 0, 1)[None]
    return relight(planes, torch.from_numpy(values)[None, None])[0].permute(1, 2, 0).numpy()


def moments(image: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = image[where > 0.5]
    return inside.mean(0), inside.std(0)


def test_dull_cloth_in_the_shade_gets_the_flat_cloths_colours_in_the_light():
    laid = 0.1 + 0.7 * FLAT
    mean, deviation = moments(FLAT, np.ones_like(WHERE))
    dull, bright = (
        moments(lit(cloth, SHADE), WHERE) for cloth in (laid, match(laid, FLAT, shading=SHADE, where=WHERE))
    )
    assert np.abs(dull[0] - mean).max() > 0.1
    assert np.abs(bright[0] - mean).max() < 0.02
    assert np.abs(dull[1] / deviation - 1).max() > 0.3
    assert np.abs(bright[1] / deviation - 1).max() < 0.15


@pytest.mark.parametrize(("softened_px", "left"), [(0.7, 0.8), (1.5, 0.73)])
def test_softened_cloth_gets_its_detail_back(softened_px, left):
    laid = cv2.GaussianBlur(FLAT, (0, 0), softened_px, borderType=cv2.BORDER_REFLECT_101)
    mended = match(laid, FLAT, shading=None, where=None)
    assert np.square(mended - FLAT).mean() < left * np.square(laid - FLAT).mean()


@pytest.mark.parametrize("shading", [None, Shading(np.ones((HEIGHT, WIDTH), np.float32), "photo")])
def test_cloth_that_lost_nothing_is_seen_as_when_flat(shading):
    seen = lit(match(FLAT, FLAT, shading=shading, where=None), shading)
    np.testing.assert_allclose(seen, FLAT, atol=1e-3)


def test_the_lines_of_a_drawing_are_no_light():
    lines = SHADE.values.copy()
    lines[::8] = 0.1
    drawn, even = Shading(lines, "drawing"), Shading(np.ones_like(lines), "photo")
    laid = 0.2 + 0.5 * FLAT
    np.testing.assert_array_equal(
        match(laid, FLAT, shading=drawn, where=WHERE), match(laid, FLAT, shading=even, where=WHERE)
    )


def test_no_gain_goes_beyond_its_bounds():
    pale = 0.45 + 0.1 * FLAT
    most, least = (CONTRASTS[end] ** 2 * BAND_GAINS[:, end].max() for end in (1, 0))
    assert match(pale, FLAT, shading=None, where=None).std() <= 1.01 * most * pale.std()
    assert match(FLAT, pale, shading=None, where=None).std() >= 0.99 * least * FLAT.std()


def test_pale_colours_keep_their_hue_and_others_still_get_theirs_back():
    cloth = np.empty((HEIGHT, WIDTH, 3), np.float32)
    cloth[:, :48], cloth[:, 48:] = (1.0, 0.8, 0.84), (0.2, 0.1, 0.4)
    cloth[::4] = (1, 1, 1)
    mended = match(cloth, cloth, shading=SHADE, where=WHERE)
    pink, white = (mended[rows, 20:44].reshape(-1, 3).mean(0) for rows in (slice(33, 36), slice(32, 33)))
    assert white[1] - pink[1] > 0.1
    # white is at the end of the scale already, and holds no other colour back
    assert np.abs(mended - cloth)[33:36, 14:-14].max() > 0.03


def test_without_a_garment_the_cloth_stays_as_it_lies():
    laid = 0.1 + 0.7 * FLAT
    assert match(laid, FLAT, shading=SHADE, where=np.zeros_like(WHERE)) is laid


@pytest.mark.parametrize("even", [0.0, 0.5, 1.0])
def test_even_cloth_gives_real_numbers(even):
    plain = np.full((HEIGHT, WIDTH, 3), even, np.float32)
    for laid, cloth in ((plain, FLAT), (FLAT, plain), (plain, 1 - plain)):
        mended = match(laid, cloth, shading=SHADE, where=WHERE)
        assert np.isfinite(mended).all()
        assert mended.min() >= 0
        assert mended.max() <= 1


def test_a_picture_mended_strip_by_strip_is_the_same(monkeypatch):
    laid = 0.1 + 0.7 * FLAT
    whole = match(laid, FLAT, shading=SHADE, where=WHERE)
    monkeypatch.setattr(import_module("nst_core.cloth.match"), "_PX_AT_ONCE", 20 * WIDTH)
    np.testing.assert_allclose(match(laid, FLAT, shading=SHADE, where=WHERE), whole, atol=1e-5)


def test_what_lies_well_outside_the_garment_has_no_say():
    laid = 0.1 + 0.7 * FLAT
    painted, where = laid.copy(), WHERE.copy()
    painted[:, -6:] = (1, 0, 0)
    where[:, -30:] = 0
    plain, strange = (match(one, FLAT, shading=SHADE, where=where) for one in (laid, painted))
    np.testing.assert_allclose(strange[:, :-30], plain[:, :-30], atol=1e-6)
