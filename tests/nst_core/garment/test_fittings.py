"""What is kept of the old garment: buttons and labels, never a fold or a print."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nst_core.garment.fittings import find_fittings
from tests.nst_core.garment.scenes import TEE, draw

SCENE = draw(TEE, colour=(60, 70, 120), folds=0.12)
ALPHA = SCENE.garment.astype(np.float32)
BUTTONS = [(120, y) for y in (90, 115, 140, 165, 190)]


def _with(places: list[tuple[int, int]], colour: tuple[int, int, int], radius: int = 4) -> np.ndarray:
    rgb = SCENE.rgb.copy()
    for place in places:
        cv2.circle(rgb, place, radius, colour, -1, lineType=cv2.LINE_AA)
    return rgb


def test_a_bright_button_stays_and_nothing_about_it():
    kept = find_fittings(_with([(120, 140)], (235, 235, 225)), ALPHA)
    assert kept[140, 120] == 1
    # a disc of radius 4 has 50 px
    assert 30 < kept.sum() < 75
    assert kept[140, 128] == 0


def test_a_row_of_faint_buttons_stays_where_a_single_one_would_not():
    faint = (110, 120, 170)
    assert find_fittings(_with([(120, 140)], faint), ALPHA).max() == 0
    row = find_fittings(_with(BUTTONS, faint), ALPHA)
    assert all(row[y, x] == 1 for x, y in BUTTONS)


def test_a_label_stays():
    rgb = SCENE.rgb.copy()
    rgb[78:86, 110:130] = (240, 240, 235)
    kept = find_fittings(rgb, ALPHA)
    assert kept[82, 120] == 1
    assert kept.sum() == pytest.approx(160, rel=0.25)


@pytest.mark.parametrize("folds", [0.0, 0.12, 0.4])
def test_folds_are_no_fittings(folds: float):
    scene = draw(TEE, colour=(60, 70, 120), folds=folds)
    assert find_fittings(scene.rgb, ALPHA).max() == 0


def test_pieces_of_a_print_are_none():
    random = np.random.default_rng(0)
    dots = [(int(x), int(y)) for x, y in random.uniform((85, 80), (155, 215), (60, 2))]
    assert find_fittings(_with(dots, (235, 235, 225)), ALPHA).max() == 0
    rgb = _with([(120, 80)], (235, 235, 225))
    cv2.putText(rgb, "MAIN", (86, 150), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (235, 235, 225), 3)
    assert find_fittings(rgb, ALPHA).max() == 0


def test_a_stripe_is_none():
    rgb = SCENE.rgb.copy()
    rgb[150:156, 90:150] = (240, 240, 235)
    assert find_fittings(rgb, ALPHA).max() == 0


def test_a_drawing_has_none():
    rgb = np.full_like(SCENE.rgb, 255)
    rgb[SCENE.garment] = (60, 70, 120)
    cv2.circle(rgb, (120, 140), 4, (235, 235, 225), -1)
    assert find_fittings(rgb, ALPHA).max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (5, 90), (40, 30)])
def test_any_shape_and_an_empty_mask_are_answered(shape: tuple[int, int]):
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for fill in (0.0, 1.0):
        kept = find_fittings(picture, np.full(shape, fill, np.float32))
        assert kept.shape == shape
        assert kept.dtype == np.float32
