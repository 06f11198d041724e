"""Colours that a source does not have go to those it has, and the others stay."""

from __future__ import annotations

import numpy as np

from nst_core.colour import lab_of, picture_of, within

RED, BLUE = (0.75, 0.15, 0.15), (0.15, 0.2, 0.6)
SOURCE = np.concatenate([np.full((8, 16, 3), RED, np.float32), np.full((8, 16, 3), BLUE, np.float32)])


def test_a_source_keeps_its_own_colours():
    np.testing.assert_allclose(within(SOURCE, SOURCE), SOURCE, atol=0.02)


def test_a_colour_far_from_all_of_a_sources_becomes_its_nearest():
    # orange is farther from blue than from red
    orange = np.full((4, 4, 3), (0.9, 0.5, 0.1), np.float32)
    assert np.abs(lab_of(within(orange, SOURCE)) - lab_of(SOURCE[:1, :1])).max() < 3


def test_a_gradient_stays_one():
    # from red to 12 L above it in steps of a half: no step grows to twice its size
    red = lab_of(SOURCE[:1, :1])[0, 0]
    ramp = np.repeat(red[None, None], 25, axis=1).copy()
    ramp[0, :, 0] += np.linspace(0, 12, 25)
    steps = np.linalg.norm(np.diff(lab_of(within(picture_of(ramp), SOURCE))[0], axis=0), axis=1)
    assert steps.max() < 1.0
