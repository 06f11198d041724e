"""OKLab: its lightness alone."""

import numpy as np

from nst_core.colour.oklab import lightness_of, oklab_of


def test_lightness_alone_is_that_of_oklab_bit_for_bit():
    # every 67th of the 2^24 colours, in a picture whose sides fit no processor's width
    keys = np.arange(0, 1 << 24, 67, dtype=np.uint32)[: 499 * 501]
    rgb = np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=-1).astype(np.uint8).reshape(499, 501, 3)
    assert (lightness_of(rgb) == oklab_of(rgb)[..., 0]).all()


def test_black_and_white_are_the_ends_of_lightness():
    black, white = lightness_of(np.array([[0, 0, 0], [255, 255, 255]], np.uint8))
    assert black == 0
    assert abs(white - 100) < 1e-3
