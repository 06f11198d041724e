"""How much of a tile is its source: shifted, turned, half of it, or nothing."""

import cv2
import numpy as np
import pytest

from nst_core.codec import decode
from nst_core.garment.pixels import unit
from nst_core.lattice import rolled
from nst_core.scoring.tile import likeness, max_copy, novelty
from tests.nst_core.scoring.tile.drawn import REPEATS, dotted, noise


@pytest.fixture(scope="module")
def textile():
    return dotted("straight", seed=1)


def copied(tile, source, repeat="straight", *, whole=0.0):
    return max_copy(likeness(tile, source, repeat), whole)


def new(tile, source, repeat="straight"):
    return novelty(likeness(tile, source, repeat))


@pytest.mark.parametrize("shift", [(0, 0), (13, 29), (48, 5)])
def test_the_source_shifted_is_one_copy_and_nothing_new(textile, shift):
    # both are seamless, so what lies across the tile's joins lies somewhere in the source too, but for a
    # piece's width (12 px) about the source's own edges
    tile = np.roll(textile, shift, (0, 1))
    assert copied(tile, textile) > 0.97
    assert new(tile, textile) < 0.05


def test_a_tile_cut_out_of_a_larger_source_is_one_copy():
    larger = dotted("straight", 128, 112, seed=2)
    assert copied(larger[20:116, 11:107], larger) > 0.93


@pytest.mark.parametrize("turn", ["quarter", "upside down", "flipped", "eighth"])
def test_a_copy_is_found_in_every_turn(turn):
    larger = dotted("straight", 128, 128, seed=2)
    if turn == "eighth":
        tile = cv2.warpAffine(larger, cv2.getRotationMatrix2D((63.5, 63.5), 45, 1), (128, 128))[
            19:109, 19:109
        ]
    else:
        piece = larger[10:106, 30:126]
        tile = {"quarter": np.rot90(piece), "upside down": piece[::-1, ::-1], "flipped": piece[:, ::-1]}[turn]
    assert copied(np.ascontiguousarray(tile), larger) > 0.9


def test_half_a_copy_is_half():
    source = dotted("straight", seed=3)
    tile = np.concatenate([source[:48], noise(48, 96, seed=9, cell_px=5)])
    # a row of pieces (6 px of 96) at either end may be like it or not
    assert copied(tile, source) == pytest.approx(0.5, abs=0.07)


def test_two_copies_at_two_offsets_count_once():
    # strips of 24 rows from four places that do not follow each other
    source = dotted("straight", seed=3)
    tile = np.concatenate([source[start : start + 24] for start in (60, 0, 30, 4)])
    assert 0.2 < copied(tile, source) < 0.4


@pytest.mark.parametrize("cell_px", [1, 6])
def test_noise_copies_nothing(textile, cell_px):
    tile = noise(96, 96, seed=5, cell_px=cell_px)
    # cells as large as dots are here and there like a dot: a piece or two of 144 px of 9216
    assert copied(tile, textile) < (0.01 if cell_px == 1 else 0.06)
    assert new(tile, textile) > (0.35 if cell_px == 1 else 0.15)


def test_other_dots_of_the_same_kind_lie_between(textile):
    other = dotted("straight", seed=8)
    assert copied(other, textile) < 0.1
    assert 0.1 < new(other, textile) < new(noise(96, 96), textile)


@pytest.mark.parametrize("repeat", REPEATS[:3])
def test_a_copy_is_a_copy_across_the_joins_of_the_repeat(repeat):
    # the tile rolled by its lattice is other px but the same endless cloth
    tile = dotted(repeat, seed=6)
    source = tile[:60].copy()
    whole = copied(tile, source, repeat)
    assert 0.5 < whole < 0.75
    for down, right in ((24, 0), (7, 33)):
        moved = rolled(tile, repeat, down_px=down, right_px=right)
        assert copied(moved, source, repeat) == pytest.approx(whole, abs=0.08)
        assert new(moved, source, repeat) == pytest.approx(new(tile, source, repeat), abs=0.03)


def test_plain_ground_is_no_copy_and_counts_for_nothing(textile):
    # a plain third of the tile; the rest is the source's
    tile = textile.copy()
    tile[64:] = 0.5
    # pieces that lie half on the plain are like nothing
    assert copied(tile, textile) > 0.8
    plain = np.full((96, 96, 3), 0.5, np.float32)
    assert copied(plain, plain) is None
    assert new(plain, plain) is None


def test_a_source_smaller_than_a_piece_has_nothing_to_copy(textile):
    assert likeness(textile, textile[:8], "straight") is None


def test_a_large_tile_is_looked_at_as_a_small_one(textile):
    large = np.kron(textile, np.ones((3, 3, 1), np.float32))
    assert copied(large, large) == pytest.approx(copied(textile, textile), abs=0.02)
    assert new(large, large) == pytest.approx(new(textile, textile), abs=0.02)


@pytest.mark.parametrize("whole", [0.01, 0.06])
def test_a_copy_of_more_than_what_may_be_laid_whole_counts_wholly(textile, whole):
    assert copied(np.roll(textile, (13, 29), (0, 1)), textile, whole=whole) > 0.97
    half = np.concatenate([textile[:48], noise(48, 96, seed=9, cell_px=5)])
    # a band of 48 px holds a disc of .06 · 96² px and 6 px round it: 39 px across
    assert copied(half, textile, whole=whole) == pytest.approx(0.5, abs=0.07)


def motif(seed: int) -> np.ndarray:
    """A spot of 24 px with colours of its own, on the ground of the scattered ones."""
    return np.where(
        np.hypot(*(np.indices((24, 24)) - 11.5))[..., None] < 11, noise(24, 24, seed=seed, cell_px=4), 0.5
    )


def scattered(places):
    tile = np.full((96, 96, 3), 0.5, np.float32)
    for number, (row, column) in enumerate(places):
        tile[row : row + 24, column : column + 24] = motif(number)
    return tile


def test_a_motif_that_is_laid_whole_is_no_copy_and_the_same_neighbours_are():
    source = scattered([(0, 0), (2, 36), (4, 70), (36, 4), (36, 38), (36, 70), (70, 2), (68, 36), (70, 70)])
    tossed = scattered([(70, 34), (36, 66), (0, 0), (66, 68), (4, 34), (70, 0), (2, 68), (32, 36), (36, 2)])
    disc = np.pi * 12**2 / 96**2
    # one spot of nine, and half a piece round it
    assert 0.04 < copied(tossed, source) < 0.2
    assert copied(tossed, source, whole=disc) == 0
    # two rows of three lie as they lay
    lower = np.concatenate([source[:62], tossed[62:]])
    assert copied(lower, source, whole=disc) > 0.4


def crosses(order: np.ndarray) -> np.ndarray:
    """A grid of squares of 16 px, each a spot in one of four colours."""
    inks = np.float32([(0.9, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.2, 0.9), (0.9, 0.8, 0.1)])
    spot = np.hypot(*(np.indices((16, 16)) - 7.5)) < 6
    cells = np.kron(order, np.ones((16, 16), int))
    return np.where(np.tile(spot, (6, 6))[..., None], inks[cells], np.float32(0.95))


def test_a_grid_of_the_same_cells_is_a_copy_beyond_one_cell():
    # 2 × 2 spots repeat: a cell is a ninth of the tile
    drawn = np.tile([[0, 1], [2, 3]], (3, 3))
    source, cell = crosses(drawn), 1 / 9
    anew = crosses(np.random.default_rng(1).permutation(drawn.ravel()).reshape(6, 6))
    # spots that agree by chance lie in a chain
    assert copied(anew, source) > 0.1
    assert copied(anew, source, whole=cell) == 0
    assert copied(source, source, whole=cell) == pytest.approx(1)
    part = drawn.copy()
    part[:, 4:] = np.random.default_rng(2).permutation(drawn[:, 4:].ravel()).reshape(6, 2)
    assert 0.55 < copied(crosses(part), source, whole=cell) < 0.8


def test_real_cloth_laid_as_it_lies_is_a_copy_whatever_is_laid_whole(data_dir):
    for name in ("fabric_dark_floral.png", "vector_triangles.png"):
        path = data_dir / "style" / name
        cloth = unit(decode(path.read_bytes(), name=path.name).rgb)
        size = min(cloth.shape[:2]) * 3 // 4
        assert copied(cloth[:size, :size].copy(), cloth, whole=0.06) > 0.9
