"""Colour classes: the largest is the ground, and the same cloth gives the same ones."""

from __future__ import annotations

import numpy as np

from nst_core.cloth.makers.classes import lab_classes


def _flag() -> np.ndarray:
    cloth = np.empty((60, 100, 3), np.float32)
    cloth[:, :30], cloth[:, 30:50], cloth[:, 50:] = (0.8, 0.1, 0.1), (0.1, 0.6, 0.2), (0.1, 0.1, 0.3)
    return cloth


def test_classes_come_by_their_share_of_the_area():
    classes = lab_classes(_flag(), 3, calm_px=0)
    # 50, 30 and 20 of 100 columns
    np.testing.assert_allclose(classes.shares, [0.5, 0.3, 0.2], atol=1e-6)
    assert classes.ground[:, 50:].all()
    assert not classes.ground[:, :50].any()
    assert (classes.labels[:, :30] == 1).all()


def test_a_cloth_of_fewer_colours_has_fewer_classes():
    plain = np.full((20, 20, 3), 0.4, np.float32)
    classes = lab_classes(plain, 3)
    assert classes.centres.shape == (1, 3)
    assert classes.ground.all()


def test_the_same_cloth_gives_the_same_classes():
    cloth = np.random.default_rng(0).random((80, 90, 3), np.float32)
    one, same = lab_classes(cloth), lab_classes(cloth.copy())
    np.testing.assert_array_equal(one.labels, same.labels)
    np.testing.assert_array_equal(one.centres, same.centres)
