"""Cloth sewn round the torus: no join at the tile's edges, whichever way it repeats."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from nst_core.cloth.makers.layout import Sheet
from nst_core.cloth.makers.patches import Source
from nst_core.cloth.makers.torus_quilt import quilt_on
from nst_core.lattice import rolled
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet, worst_join
from tests.nst_core.cloth.textiles import floral, stripe

FLORAL = floral(120, 120).astype(np.float32) / 255


@pytest.mark.parametrize("repeat", REPEATS)
def test_the_join_steps_no_more_than_the_cloth_inside(repeat):
    tile = quilt_on([Source.of(FLORAL)], sheet(repeat=repeat), block_px=40).tile
    assert tile.shape == (96, 96, 3)
    # any place may be the tile's edge, and one in twenty steps more than the 95th percentile of them
    assert worst_join(tile, repeat) <= 1.3


def test_a_tile_laid_for_one_repeat_is_cut_at_another():
    # the step sees a join: it is not blind to a tile that was laid straight and is hung half a tile lower
    tile = quilt_on([Source.of(FLORAL)], sheet(), block_px=40).tile
    assert worst_join(tile, "half-drop") > 1.3


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_the_corner_is_no_special_place(repeat):
    tile = quilt_on([Source.of(FLORAL)], sheet(repeat=repeat), block_px=40).tile
    moved = rolled(tile, repeat, down_px=13, right_px=29)
    assert worst_join(moved, repeat) <= 1.3


def test_one_seed_gives_one_tile_and_another_seed_another():
    one, same, other = (
        quilt_on([Source.of(FLORAL)], sheet(seed=seed), block_px=40).tile for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.05


def test_patches_come_only_from_where_the_source_may_be_used():
    cloth = np.zeros((80, 80, 3), np.float32)
    cloth[:, 50:] = 1
    usable = np.zeros((80, 80), bool)
    usable[:, :50] = True
    source = replace(Source.of(cloth), usable=usable)
    assert not quilt_on([source], sheet(), block_px=30).tile.any()


def test_a_source_without_room_for_a_patch_is_passed_over():
    small = np.ones((16, 16, 3), np.float32)
    tile = quilt_on(
        [Source.of(small), Source.of(np.zeros((64, 64, 3), np.float32))], sheet(), block_px=32
    ).tile
    assert not tile.any()


def test_all_sources_without_room_say_so():
    cloth = np.zeros((40, 40, 3), np.float32)
    nowhere = replace(Source.of(cloth), usable=np.zeros((40, 40), bool))
    with pytest.raises(ValueError, match="room for a patch of 30 px"):
        quilt_on([nowhere], sheet(), block_px=30)


def test_a_used_place_is_shunned_until_the_others_are_used():
    # the greys of 24 columns tell where a patch came from; each fits as badly as any other
    ramp = np.repeat(np.linspace(0.4, 0.6, 120, dtype=np.float32)[None, :, None], 120, axis=0).repeat(3, -1)
    spread = [
        float(quilt_on([Source.of(ramp)], sheet(seed=2), block_px=40, reuse_penalty=penalty).tile.std())
        for penalty in (0.0, 50.0)
    ]
    assert spread[1] > spread[0]


@pytest.mark.parametrize("repeat", REPEATS[:3])
def test_fresh_cloth_is_not_copied_on_from_patch_to_patch(repeat):
    # no two places of noise are alike: a colour tells its place, and what goes on beside a patch fits best
    noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3)).astype(np.float32) / 255
    place_of = {colour.tobytes(): divmod(at, 120) for at, colour in enumerate(noise.reshape(-1, 3))}

    def largest_copy(*, fresh):
        tile = quilt_on([Source.of(noise)], sheet(repeat=repeat), block_px=36, fresh=fresh).tile
        offsets = Counter()
        for y, x in np.ndindex(tile.shape[:2]):
            row, column = place_of.get(tile[y, x].tobytes(), (None, None))
            if row is not None:
                offsets[row - y, column - x] += 1
        return max(offsets.values())

    # one offset lasts for one patch of 36 x 36 px at most
    assert largest_copy(fresh=True) <= 36**2
    assert largest_copy(fresh=False) > 36**2


def test_nor_by_way_of_the_textiles_own_repeat():
    # noise that comes again every 60 px: what goes on beside a patch is there three times more
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.float32) / 255
    place_of = {colour.tobytes(): divmod(at, 60) for at, colour in enumerate(noise.reshape(-1, 3))}
    sources = [Source.of(np.tile(noise, (2, 2, 1)))]
    tile = quilt_on(sources, sheet(), block_px=36, fresh=True).tile
    offsets = Counter()
    for y, x in np.ndindex(tile.shape[:2]):
        row, column = place_of.get(tile[y, x].tobytes(), (None, None))
        if row is not None:
            offsets[(row - y) % 60, (column - x) % 60] += 1
    assert max(offsets.values()) <= 36**2


def test_a_fresh_patch_is_of_another_view_than_those_it_lies_on():
    # plain views, more than twice as many as a patch lies on: what fits it without a step is its own
    views = [Source.of(np.full((64, 64, 3), shade / 20, np.float32)) for shade in range(1, 18)]

    def shades(*, fresh):
        tile = quilt_on(views, sheet(), block_px=36, fresh=fresh).tile
        # 96 px in four steps of 24: a patch of 36 px begins half its side before each
        return np.round(tile[::24, ::24, 0] * 20)

    assert len(np.unique(shades(fresh=False))) == 1
    found = shades(fresh=True)
    assert (found != np.roll(found, 1, axis=0)).all()
    assert (found != np.roll(found, 1, axis=1)).all()


def test_stripes_keep_their_rhythm_where_the_tile_holds_whole_periods():
    cloth = stripe(96, 96, period_px=12).astype(np.float32) / 255
    tile = quilt_on([Source.of(cloth)], Sheet(96, 96, "straight", 1), block_px=32).tile
    rows = tile[..., 0].mean(axis=1)
    # 96 rows of period 12: all the energy in the eighth frequency
    spectrum = np.abs(np.fft.rfft(rows - rows.mean()))
    assert spectrum.argmax() == 8
    assert spectrum[8] > 0.95 * np.linalg.norm(spectrum)
