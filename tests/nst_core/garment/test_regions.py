from __future__ import annotations

import numpy as np
import pytest

from nst_core.errors import ImageRefused
from nst_core.garment import region_masks


def painted(noise: int = 0) -> np.ndarray:
    """Black, with a red left third and a white lower half right of it."""
    rgb = np.zeros((60, 90, 3), np.int32)
    rgb[:, :30] = (255, 0, 0)
    rgb[30:, 30:] = 255
    rgb += np.random.default_rng(0).integers(-noise, noise + 1, rgb.shape)
    return np.clip(rgb, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("noise", [0, 60])
def test_each_region_is_where_its_colour_is_whatever_jpeg_did(noise):
    red, white = region_masks(painted(noise), ["red", "white"], 60, 90, name="m")
    assert red[:, :30].min() == 1
    assert red[:, 30:].max() == 0
    assert white.mean() == pytest.approx(1 / 3)


def test_at_another_size_regions_still_divide_the_picture():
    masks = region_masks(painted(), ["red", "white", "black"], 47, 71, name="m")
    assert sum(masks) == pytest.approx(np.ones((47, 71)), abs=1e-5)


def test_a_colour_that_the_map_lacks_is_refused_with_those_it_has():
    with pytest.raises(ImageRefused, match=r"m has no blue region.*black, white, red") as caught:
        region_masks(painted(), ["blue"], 60, 90, name="m")
    assert caught.value.code == "region_missing"
