"""The mask that nobody drew, by colours alone: how well, how surely, and always the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from nst_core.garment.automatic import automatic_mask
from tests.nst_core.garment.outlines import OUTLINES
from tests.nst_core.garment.scenes import SHIRT, TEE, TROUSERS, draw, overlap

SCENES = {
    "maroon tee on wood": draw(TEE, colour=(110, 25, 40)),
    "white tee on wood": draw(TEE, colour=(225, 222, 215), folds=0.05),
    "navy trousers on a sheet": draw(TROUSERS, colour=(38, 42, 70), ground="sheet"),
    "green shirt on carpet": draw(SHIRT, colour=(60, 110, 80), ground="carpet"),
    "blue shirt, one sleeve shaded": draw(SHIRT, colour=(70, 110, 190), ground="sheet", shaded_side=0.55),
    "red tee, landscape": draw(TEE, colour=(190, 40, 40), ground="carpet", height=240, width=360),
}


@pytest.mark.parametrize("name", SCENES)
def test_a_drawn_garment_is_found(name: str):
    scene = SCENES[name]
    alpha, confidence = automatic_mask(scene.rgb, edge_px=1.2, look=None)
    assert overlap(alpha, scene.garment) > 0.93
    assert confidence > 0.8


@pytest.mark.parametrize("name", OUTLINES)
def test_a_photographed_garment_is_found(data_dir, name: str):
    rgb = np.asarray(Image.open(data_dir / "content" / name).convert("RGB"))
    outline, *holes = OUTLINES[name]
    truth = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(truth, [np.array(outline, np.int32)], 1)
    for hole in holes:
        cv2.fillPoly(truth, [np.array(hole, np.int32)], 0)
    alpha, _ = automatic_mask(rgb, edge_px=1.2, look=None)
    assert overlap(alpha, truth > 0) > 0.9


def test_between_the_legs_lies_the_floor():
    scene = draw(TROUSERS, colour=(38, 42, 70), ground="sheet")
    alpha, _ = automatic_mask(scene.rgb, edge_px=1.2, look=None)
    assert alpha[int(0.75 * 320), 120] == 0


def test_a_print_in_the_colour_of_the_floor_is_no_hole():
    scene = draw(TEE, colour=(60, 58, 60), ground="sheet")
    rgb = scene.rgb.copy()
    cv2.circle(rgb, (120, 130), 26, (212, 206, 198), -1)
    alpha, _ = automatic_mask(rgb, edge_px=1.2, look=None)
    assert alpha[130, 120] == 1


def test_the_same_picture_gives_the_same_mask_after_anything_and_on_any_thread():
    rgb = SCENES["green shirt on carpet"].rgb
    others = [scene.rgb for scene in SCENES.values()]
    first, confidence = automatic_mask(rgb, edge_px=1.2, look=None)
    cv2.setRNGSeed(99)
    for other in others[:2]:
        automatic_mask(other, edge_px=1.2, look=None)
    again, confidence_again = automatic_mask(rgb, edge_px=1.2, look=None)
    np.testing.assert_array_equal(first, again)
    assert confidence == confidence_again
    with ThreadPoolExecutor(3) as pool:
        found = list(
            pool.map(
                lambda picture: automatic_mask(picture, edge_px=1.2, look=None)[0], [rgb, *others[:2], rgb]
            )
        )
    np.testing.assert_array_equal(found[0], first)
    np.testing.assert_array_equal(found[3], first)


def test_a_garment_hidden_in_its_ground_is_not_claimed():
    scene = draw(TEE, colour=(121, 118, 113), ground="carpet", folds=0.02)
    assert automatic_mask(scene.rgb, edge_px=1.2, look=None)[1] < 0.5


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plain_picture_holds_no_garment(value: int):
    alpha, confidence = automatic_mask(np.full((90, 120, 3), value, np.uint8), edge_px=1.2, look=None)
    assert confidence == 0
    assert not alpha.any()


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 400), (7, 9), (8, 8), (33, 17), (100, 400), (400, 100), (20, 900)]
)
def test_any_shape_is_answered(shape: tuple[int, int]):
    random = np.random.default_rng(0)
    alpha, confidence = automatic_mask(
        random.integers(0, 256, (*shape, 3), dtype=np.uint8), edge_px=1.2, look=None
    )
    assert alpha.shape == shape
    assert alpha.dtype == np.float32
    assert 0 <= confidence <= 1


def test_a_garment_of_one_percent_is_found_or_not_claimed():
    scene = draw(
        [(0.45, 0.45), (0.55, 0.45), (0.55, 0.55), (0.45, 0.55)], colour=(150, 20, 30), ground="sheet"
    )
    alpha, confidence = automatic_mask(scene.rgb, edge_px=1.2, look=None)
    assert confidence < 0.35 or overlap(alpha, scene.garment) > 0.7
