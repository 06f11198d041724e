from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth import turned

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_quarter_turns_move_pixels_and_nothing_else():
    for quarters, degrees in ((0, 0), (1, 90), (2, 180), (2, -180), (3, 270), (3, -90)):
        assert (turned(PICTURE, degrees) == np.rot90(PICTURE, quarters)).all()


@pytest.mark.parametrize("degrees", [1, 30, 45, 100, -60, 179])
def test_the_middle_holds_no_corner_of_nothing(degrees: float):
    grey = np.full((50, 90, 3), 77, np.uint8)
    framed = grey.copy()
    framed[0] = framed[-1] = framed[:, 0] = framed[:, -1] = 0
    # the frame's black line is mirrored outside: only there could it come in again
    assert (turned(framed, degrees)[2:-2, 2:-2] > 60).all()


def test_upright_stripes_turned_by_thirty_degrees_lean_by_thirty_degrees():
    columns = np.arange(200)
    wave = np.broadcast_to((128 + 100 * np.cos(columns / 2))[None, :, None], (200, 200, 3)).astype(np.uint8)
    lying = turned(wave, 30).astype(float)[..., 0]
    down, across = np.gradient(lying)
    # the gradient of stripes stands upright on them: counter-clockwise by 30 degrees, with rows downwards
    angle = 0.5 * np.degrees(np.arctan2(-2 * (down * across).sum(), (across**2 - down**2).sum()))
    assert angle == pytest.approx(30, abs=1)
