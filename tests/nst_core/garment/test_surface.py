"""Where a garment's own cloth shows beside a print."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nst_core.garment.pixels import resized_rgb
from nst_core.garment.surface import calm, unprinted
from tests.nst_core.garment.scenes import TEE, draw


@pytest.mark.parametrize("size_px", [320, 384, 512])
def test_the_dark_bars_of_a_check_are_not_its_ground(data_dir, size_px):
    with Image.open(data_dir / "content" / "hoodie_check.jpg") as photo:
        design = photo.convert("RGB").resize((size_px * 3 // 4, size_px), Image.Resampling.LANCZOS)
    rgb = resized_rgb(np.asarray(design), 320, 240)
    height, width = rgb.shape[:2]
    inside = np.zeros((height, width), bool)
    # the body between the sleeves, by eye
    # body and sleeves without their edges, by eye
    inside[int(0.4 * height) : int(0.82 * height), int(0.1 * width) : int(0.9 * width)] = True
    inside[int(0.45 * height) :, [*range(48, 58), *range(178, 190)]] = False
    read, surface = unprinted(rgb, inside)
    assert surface == "printed"
    # the bars are darker than nine tenths of it, and lie in a tenth of what is read at the most
    lightness = rgb.mean(axis=2)
    dark = lightness < np.percentile(lightness[inside], 10)
    assert (dark & read).sum() < 0.02 * read.sum()


def _tee(colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    scene = draw(TEE, colour=colour, folds=0.05)
    return scene.rgb.copy(), scene.garment


def test_a_print_of_a_tenth_of_the_garment_is_not_its_cloth():
    rgb, inside = _tee((225, 222, 215))
    rgb[110:165, 90:150] = (225, 150, 170)
    # 55 x 60 px of about 20,000: more than the share that a 90th percentile leaves out
    assert (55 * 60) / inside.sum() > 0.1
    read, surface = unprinted(rgb, inside)
    assert surface == "plain"
    assert not read[112:163, 92:148].any()
    assert read[180:220, 80:160].all()


def test_dots_nearly_of_the_cloths_colour_are_not_calm():
    rgb, inside = _tee((120, 122, 125))
    rgb[120:260:6, 70:170] = (190, 190, 190)
    rgb[120:260, 70:170:6] = (190, 190, 190)
    found = calm(rgb, inside)
    assert not found[140:240, 90:150].any()
    assert found[70:90, 110:130].all()


def test_a_plain_garment_is_calm_everywhere():
    rgb, inside = _tee((120, 122, 125))
    np.testing.assert_array_equal(calm(rgb, inside), inside)
