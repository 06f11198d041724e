"""Where a garment's own cloth shows beside a print."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nst_core.garment.pixels import resized_rgb
from nst_core.garment.surface import unprinted


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
