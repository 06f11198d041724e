"""A textile's own repeat: found where it is drawn, and not where there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nst_core.cloth.makers.clearest_part import clearest_part
from nst_core.cloth.makers.own_repeat import cells, own_repeat
from tests.nst_core.cloth.makers.drawn import dots
from tests.nst_core.cloth.textiles import check, floral


@pytest.mark.parametrize("period", [16, 19.2, 24])
def test_the_shifts_of_a_lattice_of_dots_are_its_period(period):
    own = own_repeat(dots(96, period)[0])
    assert own is not None
    assert own.is_exact
    # both of length P and square to each other: the cell has the area P²
    np.testing.assert_allclose(np.linalg.norm(own.shifts, axis=1), period, atol=0.15)
    assert abs(np.linalg.det(own.shifts)) == pytest.approx(period**2, rel=0.02)


def test_a_brick_of_dots_has_a_cell_of_one_dot():
    # rows of period 24 every 24 px, each second one moved by 12: one dot in 24 · 24
    own = own_repeat(dots(120, 24, brick=True)[0])
    assert own is not None
    assert abs(np.linalg.det(own.shifts)) == pytest.approx(24**2, rel=0.02)


def test_what_repeats_nowhere_has_no_repeat():
    assert own_repeat(floral(120, 120).astype(np.float32) / 255) is None
    assert own_repeat(np.full((96, 96, 3), 0.5, np.float32)) is None


def test_two_colours_of_one_shape_are_two_motifs():
    # dots in turn plum and red, by columns: the period across is 2 · 24, and down 24
    cloth, inside = dots(144, 24)
    red = inside & ((np.arange(144) // 24) % 2 == 1)[None]
    cloth[red] = (0.8, 0.1, 0.1)
    own = own_repeat(cloth)
    assert own is not None
    assert abs(np.linalg.det(own.shifts)) == pytest.approx(2 * 24**2, rel=0.02)


def worn_check() -> np.ndarray:
    """A gingham of period 12 whose threads drift by 2 px, with a pocket across half of it."""
    cloth = check(192, 12).astype(np.float32) / 255
    rows, columns = np.indices((192, 192), np.float32)
    drift = 2 * np.sin(2 * np.pi * rows / 192), 2 * np.sin(2 * np.pi * columns / 192)
    cloth = cv2.remap(
        cloth, columns + drift[0], rows + drift[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    cloth[60:150, 20:90] = (0.2, 0.1, 0.1)
    return cloth


def test_the_clearest_part_of_a_worn_check_is_where_nothing_lies_across():
    cloth = worn_check()
    own = own_repeat(cloth)
    assert own is not None
    assert not own.is_exact
    found = clearest_part(cloth, own)
    assert found is not None
    part, its = found
    assert its.misfit < 0.5 * own.misfit
    middle = np.moveaxis(np.indices((24, 24), float), 0, -1)
    assert not (cells(part.of(cloth), its.shifts, middle) == np.float32((0.2, 0.1, 0.1))).all(-1).any()
    # a gingham's cell: a square of its period; drawn threads lie closer or farther by 2 · 2 pi / 192 = 7 %
    assert abs(np.linalg.det(its.shifts)) == pytest.approx(12**2, rel=0.2)


def test_what_repeats_in_large_has_no_part_that_tells_it():
    cloth, _ = dots(96, 24)
    own = own_repeat(cloth)
    assert own is not None
    assert clearest_part(cloth, own) is None
