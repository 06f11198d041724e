"""Stripes, bands and checks run on; what is thrown on a ground does not."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.running_on import running_on
from tests.nst_core.cloth.makers.spots import plaid, rows_of_figures
from tests.nst_core.cloth.textiles import floral, stripe


def test_a_stripe_runs_on_wholly_and_a_floral_hardly():
    # along a stripe each shift finds the same again: correlation 1
    assert running_on(stripe(192, 192).astype(np.float32) / 255) > 0.95
    assert running_on(floral(192, 192).astype(np.float32) / 255) < 0.15


def test_rows_and_checks_lie_between():
    # of a check, about half is the lines that cross those which run on
    assert 0.3 < running_on(plaid(192)) < 0.7
    assert 0.2 < running_on(rows_of_figures(192)) < 0.9


def test_the_direction_makes_no_difference():
    rows = rows_of_figures(192)
    upright = np.ascontiguousarray(rows.transpose(1, 0, 2))
    assert running_on(upright) == pytest.approx(running_on(rows), abs=0.02)


def test_nothing_drawn_is_nothing_that_runs_on():
    assert running_on(np.full((64, 64, 3), 0.5, np.float32)) == 0
