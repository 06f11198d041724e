"""What a photographed textile shows beside itself is found, and nothing of a plain pattern is."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.foreign import its_own
from tests.nst_core.cloth.textiles import check, floral, stripe

FLORAL = floral(160, 160).astype(np.float32) / 255


def test_a_corner_of_the_table_is_not_the_textile():
    cloth = FLORAL.copy()
    rows, columns = np.indices((160, 160))
    table = rows + columns < 50
    cloth[table] = (0.95, 0.9, 0.7)
    own = its_own(cloth)
    # the blur decides the edge: what is well inside the corner is found, what is well outside is left
    assert not own[rows + columns < 35].any()
    assert own[rows + columns > 75].mean() > 0.95


@pytest.mark.parametrize("cloth", [FLORAL, check(160, 20), stripe(160, 160)])
def test_an_undisturbed_textile_is_all_its_own(cloth):
    picture = cloth if cloth.dtype == np.float32 else cloth.astype(np.float32) / 255
    assert its_own(picture).mean() > 0.96


def test_it_is_found_at_any_size():
    small, large = FLORAL[:60, :60].copy(), np.repeat(np.repeat(FLORAL, 3, 0), 3, 1)
    assert its_own(small).shape == (60, 60)
    assert its_own(large).shape == (480, 480)
