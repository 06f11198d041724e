"""Seamless tiles score about 1 in every repeat, wherever their corner lies; cut ones score far above."""

import numpy as np
import pytest

from nst_core.codec import decode
from nst_core.garment.pixels import unit
from nst_core.lattice import mirrored, rolled
from nst_core.scoring.tile import seam
from tests.nst_core.scoring.conftest import TinyBackbone
from tests.nst_core.scoring.tile.drawn import REPEATS, cut, dotted, noise

SIDE = 160


@pytest.mark.parametrize("repeat", REPEATS)
def test_dots_that_wrap_have_no_seam_and_cut_ones_have(repeat, vgg16):
    seamless = seam(dotted(repeat, SIDE, SIDE), repeat, vgg16)
    cut_out = seam(cut(SIDE, SIDE), repeat, vgg16)
    assert seamless.seam == pytest.approx(1, abs=0.12)
    assert cut_out.seam > 1.4
    assert cut_out.visible
    assert not seamless.visible


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_a_seamless_tile_scores_the_same_wherever_its_corner_lies(repeat, vgg16):
    # the lines at the joins are others each time: of 160, no two are quite alike
    tile = dotted(repeat, SIDE, SIDE, seed=2)
    found = [
        seam(rolled(tile, repeat, down_px=down, right_px=right), repeat, vgg16)
        for down, right in ((0, 0), (16, 48), (33, 70), (64, 9))
    ]
    assert max(each.seam for each in found) - min(each.seam for each in found) < 0.25
    assert np.mean([each.seam for each in found]) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("made", "said"), [("straight", "half-drop"), ("half-drop", "half-brick"), ("half-brick", "straight")]
)
def test_a_tile_that_is_seamless_in_one_repeat_is_cut_in_another(made, said, vgg16):
    # along one side only: half of the joins
    tile = dotted(made, SIDE, SIDE, seed=1)
    assert seam(tile, made, vgg16).seam < 1.2 < seam(tile, said, vgg16).seam
    assert seam(tile, said, vgg16).visible


def test_a_mirror_tile_whose_middle_is_no_mirror_is_seen(vgg16):
    tile = mirrored(dotted("straight", 64, 64, seed=3))
    assert not seam(tile, "mirror", vgg16).visible
    halves = np.concatenate([tile[:64], np.roll(tile[64:], 20, axis=1)])
    assert seam(halves, "mirror", vgg16).visible


def test_real_cloth_cut_has_a_seam_and_its_interior_lines_have_none(data_dir, vgg16):
    path = data_dir / "style" / "fabric_tropical_floral.png"
    textile = unit(decode(path.read_bytes(), name=path.name).rgb)[:256, :256]
    cut_out = seam(textile, "straight", vgg16)
    assert cut_out.seam > 1.3
    assert cut_out.visible
    mirror = seam(mirrored(textile[64:192, 64:192]), "mirror", vgg16)
    assert mirror.seam < 1.12
    assert not mirror.visible


def test_noise_and_plain_cloth_join_themselves(backbone):
    assert seam(noise(64, 64), "straight", backbone).seam == pytest.approx(1, abs=0.1)
    plain = seam(np.full((64, 64, 3), 0.4, np.float32), "half-drop", backbone)
    assert plain.seam == pytest.approx(1)
    assert not plain.visible


def test_edges_of_the_part_that_is_looked_at_play_no_role():
    # a network that sees nothing but its neighbours' distance from white would see zeros at an edge
    tile = np.ones((64, 64, 3), np.float32)
    assert seam(tile, "straight", TinyBackbone(side=5)).seam == pytest.approx(1, abs=1e-6)


def test_a_large_tile_is_looked_at_through_windows(backbone):
    tile = dotted("half-drop", 256, 256)
    whole, parts = seam(tile, "half-drop", backbone), seam(tile, "half-drop", backbone, most_px=40_000)
    assert parts.seam == pytest.approx(whole.seam, abs=1e-5)
    assert parts.visible == whole.visible


def test_a_tile_too_small_for_a_layer_and_a_network_without_it_are_judged_by_pixels(backbone):
    assert seam(dotted("straight", 16, 16), "straight", backbone).seam > 0
    shallow = TinyBackbone({"relu1_1": 1})
    assert seam(cut(128, 128), "straight", shallow).visible


def grid_of_dots(pitch_px: int, off_px: int) -> np.ndarray:
    """Dots of a third of their pitch on a plain ground; the tile's corner lies off a dot's middle."""
    away = (np.indices((SIDE, SIDE)) + off_px + pitch_px // 2) % pitch_px - pitch_px // 2 + 0.5
    dots = np.clip(pitch_px / 3 - np.hypot(*away), 0, 1)[..., None]
    return (dots * np.float32((0.7, 0.1, 0.2)) + (1 - dots) * np.float32((0.9, 0.9, 0.8))).astype(np.float32)


@pytest.mark.parametrize("off_px", [0, 10])
def test_a_grid_that_is_its_own_mirror_image_has_no_seam_where_it_is_calm(off_px, vgg16):
    # 8 × 8 dots, symmetric to both mirrors: these run through the dots' middles, or between them, where
    # all of the grid's lanes are as calm
    calm = seam(grid_of_dots(20, off_px), "mirror", vgg16)
    assert calm.seam == pytest.approx(1, abs=0.07)
    assert not calm.visible


def test_a_lane_along_the_mirrors_alone_is_below_one(vgg16):
    tile = dotted("mirror", SIDE, SIDE, seed=4)
    bare = np.abs((np.arange(SIDE) + SIDE // 4) % (SIDE // 2) - SIDE // 4) < 6
    tile[bare] = tile[:, bare] = (0.85, 0.8, 0.7)
    assert seam(tile, "mirror", vgg16).seam < 0.8
