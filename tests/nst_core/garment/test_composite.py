"""The painted garment back in its photo: nothing else touched, no rim of the old colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nst_core.garment import composite
from nst_core.garment.edges import soften
from tests.nst_core.garment.scenes import TEE, draw

RANDOM = np.random.default_rng(0)


def _soft(mask: np.ndarray) -> np.ndarray:
    return soften(mask.astype(np.float32), 1.5)


def test_outside_the_mask_every_bit_is_the_contents():
    scene = draw(TEE, colour=(110, 25, 40))
    alpha = _soft(scene.garment)
    picture = RANDOM.random((*alpha.shape, 3), dtype=np.float32)
    result = composite(picture, scene.rgb, alpha)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result[alpha == 0], scene.rgb[alpha == 0])
    assert (alpha == 0).mean() > 0.5


def test_inside_the_mask_every_bit_is_the_pictures():
    scene = draw(TEE, colour=(110, 25, 40))
    alpha = _soft(scene.garment)
    picture = RANDOM.integers(0, 256, (*alpha.shape, 3), dtype=np.uint8)
    inside = alpha == 1
    np.testing.assert_array_equal(composite(picture, scene.rgb, alpha)[inside], picture[inside])
    as_floats = composite(picture.astype(np.float32) / 255, scene.rgb, alpha)
    np.testing.assert_array_equal(as_floats[inside], picture[inside])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_mask_of_one_value_gives_one_of_the_two(value: float):
    content = RANDOM.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    picture = RANDOM.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    result = composite(picture, content, np.full((9, 11), value, np.float32))
    np.testing.assert_array_equal(result, picture if value else content)


def test_no_halo_of_the_old_colour_is_left():
    # A white garment on a dark floor, blurred by the camera, becomes a dark one: any pixel lighter
    # than both floor and new cloth is old colour.
    mask = np.zeros((256, 256), np.uint8)
    cv2.circle(mask, (128, 128), 70, 1, -1)
    camera = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.6)[..., None]
    content = np.round(255 * (0.2 + 0.75 * camera) * np.ones(3)).astype(np.uint8)
    picture = np.full((256, 256, 3), 40, np.uint8)
    alpha = soften(mask.astype(np.float32), 3)
    result = composite(picture, content, alpha)
    naive = alpha[..., None] * picture + (1 - alpha[..., None]) * content
    rim = (alpha > 0) & (alpha < 1)
    assert int(result[rim].max()) <= 51 + 16
    assert float(naive[rim].max()) > 51 + 40


def test_the_edge_runs_from_the_ground_to_the_cloth_without_leaving_their_range():
    content = np.full((40, 40, 3), 200, np.uint8)
    picture = np.full((40, 40, 3), 60, np.uint8)
    alpha = np.tile(np.clip((np.arange(40, dtype=np.float32) - 15) / 10, 0, 1), (40, 1))
    row = composite(picture, content, alpha)[20, :, 0].astype(int)
    assert (np.diff(row) <= 0).all()
    assert row[0] == 200
    assert row[-1] == 60
