from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nst_core.lattice import cover, cover_planes, mirrored, rolled, size_multiple, straightened

REPEATS = ("straight", "half-drop", "half-brick")


def numbered(height=4, width=6):
    return np.arange(height * width, dtype=np.float32).reshape(height, width)


def test_the_tile_lies_in_the_corner_of_its_own_cloth():
    for repeat in (*REPEATS, "mirror"):
        part = cover(numbered(), repeat, height_px=4, width_px=6)
        assert np.array_equal(part, numbered())


def test_a_half_drop_begins_each_column_half_a_tile_lower():
    cloth = cover(numbered(), "half-drop", height_px=4, width_px=12)
    # the second column of tiles: what was in row 0 lies in row 2
    assert np.array_equal(cloth[2:, 6:], numbered()[:2])
    assert np.array_equal(cloth[:2, 6:], numbered()[2:])


def test_a_half_brick_begins_each_row_half_a_tile_further_right():
    cloth = cover(numbered(), "half-brick", height_px=8, width_px=6)
    assert np.array_equal(cloth[4:, 3:], numbered()[:, :3])
    assert np.array_equal(cloth[4:, :3], numbered()[:, 3:])


@pytest.mark.parametrize("repeat", REPEATS)
@given(down=st.integers(-9, 9), right=st.integers(-13, 13))
def test_cloth_that_is_rolled_and_rolled_back_is_the_same(repeat, down, right):
    moved = rolled(numbered(), repeat, down_px=down, right_px=right)
    assert np.array_equal(rolled(moved, repeat, down_px=-down, right_px=-right), numbered())


@pytest.mark.parametrize(
    ("repeat", "down", "right"), [("straight", 4, 6), ("half-drop", 2, 6), ("half-brick", 4, 3)]
)
def test_a_tile_moved_by_its_own_lattice_is_itself(repeat, down, right):
    assert np.array_equal(rolled(numbered(), repeat, down_px=down, right_px=right), numbered())


@pytest.mark.parametrize("repeat", REPEATS)
def test_the_straightened_cloth_is_the_same_endless_cloth(repeat):
    piece = straightened(numbered(), repeat)
    size = {"height_px": 11, "width_px": 17, "top": -5, "left": -8}
    assert np.array_equal(cover(piece, "straight", **size), cover(numbered(), repeat, **size))


def test_a_mirror_tile_is_its_own_reflection_both_ways():
    tile = mirrored(numbered())
    assert tile.shape == (8, 12)
    assert np.array_equal(tile, tile[::-1])
    assert np.array_equal(tile, tile[:, ::-1])


@pytest.mark.parametrize("repeat", REPEATS)
def test_planes_are_covered_as_pictures_are_and_gradients_come_back_to_their_places(repeat):
    planes = torch.from_numpy(numbered())[None, None].requires_grad_()
    part = cover_planes(planes, repeat, height_px=8, width_px=12, top=-3, left=-7)
    expected = cover(numbered(), repeat, height_px=8, width_px=12, top=-3, left=-7)
    assert np.array_equal(part[0, 0].detach().numpy(), expected)
    # a window of two tiles by two shows each place four times
    part.sum().backward()
    assert torch.equal(planes.grad, torch.full_like(planes, 4.0))


def test_shifted_and_mirrored_repeats_want_twice_the_multiple():
    # half a tile must still be a whole number of the deepest layer's positions of 16 px
    assert [size_multiple(repeat) for repeat in (*REPEATS, "mirror")] == [16, 32, 32, 32]
