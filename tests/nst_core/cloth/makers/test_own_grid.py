"""Motifs close together on a drawn grid stay on it and change their places; those with room are thrown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nst_core.cloth.makers.cutting import beside, whole_figures
from nst_core.cloth.makers.ground import find_ground
from nst_core.cloth.makers.matting import Motif, lift
from nst_core.cloth.makers.own_grid import Grid, own_grid
from nst_core.cloth.makers.set_anew import set_anew
from nst_core.cloth.makers.toss import toss
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image
from tests.nst_core.cloth.makers.spots import BLUE, GROUND, RED, dots
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet

GREEN, GOLD = (0.1, 0.45, 0.2), (0.9, 0.6, 0.1)
PITCH_PX, SIDE_PX = 48, 34


def mosaic(inks: list[tuple[float, float, float]], side_px: int = 384) -> Image:
    """Squares of 34 px every 48 px, which cover .50 of the cloth, in cells of two by two."""
    cloth = np.full((side_px, side_px, 3), GROUND, np.float32)
    for row in range(side_px // PITCH_PX):
        for column in range(side_px // PITCH_PX):
            top, left = PITCH_PX * row + 7, PITCH_PX * column + 7
            ink = inks[(2 * (row % 2) + column % 2) % len(inks)]
            cloth[top : top + SIDE_PX, left : left + SIDE_PX] = ink
    return cv2.GaussianBlur(cloth, (0, 0), 0.6)


def grid_of(textile: Image) -> Grid | None:
    figure = ~find_ground(textile).place
    motifs = lift(textile, figure, whole_figures(textile, figure, beside(np.ones(figure.shape, bool))))
    return own_grid(textile, motifs, float(figure.mean()))


FOUR = [RED, BLUE, GREEN, GOLD]


def test_a_place_may_show_every_motif_that_fits_it():
    grid = grid_of(mosaic(FOUR))
    assert grid is not None
    assert len(grid.motifs) == 4
    # turned by quarters and flipped a square is itself again
    assert [sorted(look.motif for look in looks) for looks in grid.looks] == [[0, 1, 2, 3]] * 4
    assert grid.can_change


@pytest.mark.parametrize("repeat", REPEATS[:3])
def test_each_motif_is_set_as_often_as_in_the_textile(repeat):
    grid = grid_of(mosaic(FOUR))
    placed = set_anew(grid, sheet(192, repeat=repeat))
    # 192 x 192 px are 4 x 4 places of 48 px
    assert [sum(one.motif is motif for one in placed) for motif in grid.motifs] == [4] * 4


@pytest.mark.parametrize("repeat", REPEATS)
def test_squares_stay_on_their_grid_and_change_their_colours(repeat):
    textile = mosaic(FOUR)
    tile = toss(textile, sheet(384, repeat=repeat)).tile
    figure, before = (np.abs(cloth - np.float32(GROUND)).max(axis=-1) > 0.2 for cloth in (tile, textile))
    # 34 of 48 px both ways, and up to a px of soft edge
    assert figure.mean() == pytest.approx(before.mean(), abs=0.03)
    rows, columns = (np.sort(figure.mean(axis=axis)) for axis in (0, 1))
    # lines of ground alone, in every row and column of the grid
    assert max(rows[:80].max(), columns[:80].max()) < 0.02
    # laid onto itself by the textile's own 96 px, which would change nothing there, other colours meet
    moved = np.abs(np.roll(tile, 96, axis=0) - tile).max(axis=-1)[figure & np.roll(figure, 96, axis=0)]
    assert (moved > 0.2).mean() > 0.25


def test_the_same_squares_all_over_are_refused_as_the_same_cloth_again():
    with pytest.raises(ClothUnsuitable) as refused:
        toss(mosaic([RED]), sheet(192))
    assert refused.value.code == "repeats_itself"


def test_dots_with_room_about_them_are_thrown():
    # discs of radius 9.5 px every 36 px cover .22
    assert grid_of(dots()) is None


def test_a_motif_that_reaches_into_its_neighbours_does_not_fit():
    # bars of 42 by 30 px lying and standing by turns, 12 px apart: the other way round they would touch
    cloth = np.full((384, 384, 3), GROUND, np.float32)
    for row in range(8):
        for column in range(8):
            long, short = (44, 26) if (row + column) % 2 else (26, 44)
            top, left = 48 * row + (48 - long) // 2, 48 * column + (48 - short) // 2
            cloth[top : top + long, left : left + short] = RED if (row + column) % 2 else BLUE
    grid = grid_of(cv2.GaussianBlur(cloth, (0, 0), 0.6))
    assert grid is not None
    for place, looks in enumerate(grid.looks):
        assert len(looks) == 2
        for look in looks:
            height, width = _sides(grid.motifs[look.motif])
            lies = (height, width) if look.turn.angle_deg % 180 == 0 else (width, height)
            assert lies == _sides(grid.motifs[place])


def _sides(motif: Motif) -> tuple[int, ...]:
    return tuple(int((motif.alpha > 0.5).any(axis=axis).sum()) for axis in (1, 0))
