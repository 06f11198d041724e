from __future__ import annotations

import numpy as np
import pytest

from nst_core.errors import ImageRefused
from nst_core.garment import protection


def square(side: int = 64, low: int = 16, high: int = 48) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    mask[low:high, low:high] = 255
    return mask


@pytest.mark.parametrize("side", [32, 64, 256])
def test_white_is_whole_and_the_soft_edge_lies_outside(side: int):
    kept = protection(square(), side, side, name="m")
    low, high = side // 4, 3 * side // 4
    assert (kept[low:high, low:high] == 1).all()
    # 1.2 px of edge at 256 px: six of its halves away, and a pixel of the mask, nothing is left
    far = low - max(4, 4 + side // 64)
    assert (kept[:far] == 0).all()
    # on a thumbnail 1.2 px of 256 are a quarter of a pixel: a hard edge
    assert bool(((kept > 0) & (kept < 1)).any()) is (side == 256)


def test_grey_keeps_a_share():
    kept = protection(np.full((8, 8), 102, np.uint8), 16, 16, name="m")
    assert kept == pytest.approx(np.full((16, 16), 0.4))


def test_a_crop_by_a_pixel_is_no_other_picture():
    assert protection(np.zeros((99, 133), np.uint8), 300, 400, name="m").shape == (300, 400)
    with pytest.raises(ImageRefused, match="m is 99 x 133 px, its picture 400 x 300"):
        protection(np.zeros((133, 99), np.uint8), 300, 400, name="m")
