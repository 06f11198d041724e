"""Values carried from where they are known."""

from __future__ import annotations

import numpy as np

from nst_core.garment.spread import spread

RANDOM = np.random.default_rng(0)


def test_known_values_stay():
    values = RANDOM.random((40, 30), dtype=np.float32)
    known = (RANDOM.random((40, 30)) > 0.5).astype(np.float32)
    np.testing.assert_allclose(spread(values, known)[known > 0], values[known > 0], atol=1e-6)


def test_what_is_carried_never_leaves_the_range_of_what_is_known():
    values = RANDOM.random((60, 45), dtype=np.float32)
    known = np.zeros_like(values)
    known[5:9, 30:40] = 1
    filled = spread(values, known)
    inside = values[known > 0]
    assert filled.min() >= inside.min() - 1e-5
    assert filled.max() <= inside.max() + 1e-5


def test_the_nearer_value_counts_more():
    values = np.zeros((20, 60), np.float32)
    values[:, -1] = 1
    known = np.zeros_like(values)
    known[:, [0, -1]] = 1
    row = spread(values, known)[10]
    assert row[15] < 0.3 < 0.7 < row[45]
