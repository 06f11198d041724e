"""How an outline alone catches the light."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.garment.form import rounded


def _square() -> np.ndarray:
    alpha = np.zeros((120, 100), np.float32)
    alpha[20:100, 10:90] = 1
    return alpha


def test_what_faces_the_lamp_is_light_and_what_turns_away_is_dark():
    light = rounded(_square())
    # the lamp hangs at the upper left; the middle is flat
    assert abs(light[60, 50]) < 0.01
    for facing, turned in ((light[60, 14], light[60, 86]), (light[24, 50], light[96, 50])):
        assert facing > -0.1
        assert turned < -0.4


def test_its_range_is_one_whatever_the_size():
    for alpha in (_square(), _square().repeat(3, axis=0).repeat(3, axis=1)):
        low, high = np.percentile(rounded(alpha)[alpha > 0.5], [5, 95])
        assert high - low == pytest.approx(1, abs=1e-5)


def test_no_crease_runs_where_two_edges_are_equally_near():
    light = rounded(_square())
    diagonal = np.array([light[99 - i, 10 + i] for i in range(8, 72)])
    # it spans about 1 over 64 px; a crease would turn by a tenth within one
    assert np.abs(np.diff(diagonal, n=2)).max() < 0.05


@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_without_an_edge_there_is_no_form(fill: float):
    assert (rounded(np.full((40, 30), fill, np.float32)) == 0).all()


def test_a_single_pixel_has_none_either():
    alpha = np.zeros((9, 9), np.float32)
    alpha[4, 4] = 1
    assert np.isfinite(rounded(alpha)).all()
