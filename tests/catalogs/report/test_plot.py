from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from catalogs.report.plot import COLOURS, HEIGHT_PX, MARGINS_PX, WIDTH_PX, line_plot

RIGHT_PX = WIDTH_PX - MARGINS_PX["right"]


def plot(**curves: list[tuple[float, float]]) -> np.ndarray:
    data = line_plot(curves, title="t", across="seconds", up="loss")
    image = Image.open(io.BytesIO(data))
    assert image.size == (WIDTH_PX, HEIGHT_PX)
    return np.asarray(image.convert("RGB")).astype(int)


def places(pixels: np.ndarray, colour: str) -> np.ndarray:
    """Rows and columns within the axes that have this colour."""
    away = np.abs(pixels - np.array(ImageColor.getrgb(colour))).sum(-1)
    found = np.argwhere(away < 40)
    return found[(found[:, 1] < RIGHT_PX) & (found[:, 0] > MARGINS_PX["top"] - 4)]


def test_a_factor_of_ten_is_the_same_height_wherever_it_lies():
    # three flat lines at 1, 10, 100: the middle one lies half way
    heights = [
        places(plot(a=[(0, 1), (9, 1)], b=[(0, 10), (9, 10)], c=[(0, 100), (9, 100)]), colour)[:, 0].mean()
        for colour in COLOURS[:3]
    ]
    assert heights[1] == pytest.approx((heights[0] + heights[2]) / 2, abs=1)
    assert heights[0] > heights[2]


def test_a_line_ends_where_its_points_end():
    # twice as long takes twice the width
    pixels = plot(a=[(0, 1), (10, 1)], b=[(0, 2), (5, 2)])
    long, short = (places(pixels, colour)[:, 1].max() - MARGINS_PX["left"] for colour in COLOURS[:2])
    assert long / short == pytest.approx(2, rel=0.02)


def test_what_is_not_finite_leaves_a_gap():
    whole = places(plot(a=[(x, 1) for x in range(10)], b=[(0, 2), (9, 2)]), COLOURS[0])
    broken = places(
        plot(a=[(x, float("nan") if x == 5 else 1) for x in range(10)], b=[(0, 2), (9, 2)]), COLOURS[0]
    )
    assert len(set(broken[:, 1])) == pytest.approx(7 / 9 * len(set(whole[:, 1])), rel=0.05)


def test_equal_arguments_give_equal_bytes_and_nothing_to_show_is_said():
    curve = {"a": [(0.0, 3.0), (1.0, 2.0)]}
    first, second = (line_plot(curve, title="t", across="x", up="y") for _ in range(2))
    assert first == second
    with pytest.raises(ValueError, match="nothing to plot"):
        line_plot({"a": [(0, float("inf"))]}, title="t", across="x", up="y")
