"""Straight and mirrored repeats."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.repeat import is_seamless, repeat
from tests.nst_core.cloth.textiles import check, floral, stripe

RANDOM = np.random.default_rng(0).random((11, 7, 3)).astype(np.float32)


def test_a_straight_repeat_has_the_styles_period_and_one_copy_in_the_middle():
    cloth = repeat(RANDOM, height_px=41, width_px=30)
    np.testing.assert_array_equal(cloth[11:], cloth[:-11])
    np.testing.assert_array_equal(cloth[:, 7:], cloth[:, :-7])
    np.testing.assert_array_equal(cloth[15:26, 11:18], RANDOM)


def test_a_mirrored_repeat_has_no_step_at_its_joins():
    cloth = repeat(RANDOM, height_px=41, width_px=30, kind="mirror")
    np.testing.assert_array_equal(cloth[15:26, 11:18], RANDOM)
    np.testing.assert_array_equal(cloth[26], cloth[25])
    np.testing.assert_array_equal(cloth[14], cloth[15])
    np.testing.assert_array_equal(cloth[:, 18], cloth[:, 17])


@pytest.mark.parametrize(
    ("style", "seamless"),
    [
        (check(96, 24), True),
        (check(96, 32)[:80, :80], False),
        (floral(), False),
        (stripe(100, 100, 12.5), True),
    ],
)
def test_a_style_is_seamless_when_its_repeat_has_no_step_that_it_lacks(style, seamless: bool):
    # the check of 96 by 24 has whole periods; 80 px hold two and a half of 32
    assert is_seamless(style.astype(np.float32) / 255) is seamless
