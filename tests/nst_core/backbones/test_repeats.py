"""Features of a tile that repeats are those of the endless cloth."""

from __future__ import annotations

import pytest
import torch

from nst_core.backbones import joined, load_backbone, looks_at_cloth
from nst_core.backbones.residual import ResNetTrunk
from nst_core.backbones.wrapping import wrapped
from nst_core.errors import RepeatUnknown
from nst_core.lattice import cover_planes, roll_planes
from tests.nst_core.tiny import picture, tiny_backbone

REPEATS = ("straight", "half-drop", "half-brick", "mirror")
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "relu1_1/2")
TINY = tiny_backbone()
HEIGHT, WIDTH = 64, 96
# what relu5_1 sees beyond its own square, up to a multiple of its stride
MARGIN = 128


@pytest.mark.parametrize("repeat", REPEATS)
def test_the_border_of_a_tile_is_what_its_neighbours_begin_with(repeat):
    tile = picture(HEIGHT, WIDTH)
    around = cover_planes(tile, repeat, height_px=HEIGHT + 2, width_px=WIDTH + 2, top=-1, left=-1)
    assert torch.equal(wrapped(tile, repeat), around)


@pytest.mark.parametrize("repeat", REPEATS)
def test_features_and_gradients_are_those_of_the_middle_of_much_cloth(repeat):
    def looked(tile, cloth, crop, how):
        tile.requires_grad_()
        maps = TINY.features(cloth(tile), LAYERS, repeat=how)
        inner = {layer: crop(maps[layer], TINY.stride(layer)) for layer in LAYERS}
        total = sum(float(i + 1) * one.square().sum() for i, one in enumerate(inner.values()))
        return inner, torch.autograd.grad(total, tile)[0]

    def much(tile):
        size = {"height_px": HEIGHT + 2 * MARGIN, "width_px": WIDTH + 2 * MARGIN}
        return cover_planes(tile, repeat, **size, top=-MARGIN, left=-MARGIN)

    def middle(maps, stride):
        edge = MARGIN // stride
        return maps[..., edge : edge + HEIGHT // stride, edge : edge + WIDTH // stride]

    tile = picture(HEIGHT, WIDTH, smooth=False)
    ours, our_gradient = looked(tile.clone(), lambda one: one, lambda maps, _: maps, repeat)
    theirs, their_gradient = looked(tile.clone(), much, middle, None)
    for layer in LAYERS:
        torch.testing.assert_close(ours[layer], theirs[layer], rtol=1e-4, atol=1e-5)
    off = float((our_gradient - their_gradient).abs().max())
    assert off < 1e-4 * float(their_gradient.abs().max())


@pytest.mark.parametrize("repeat", REPEATS)
def test_a_tile_rolled_by_the_deepest_stride_has_the_same_features_elsewhere(repeat):
    tile = picture(HEIGHT, WIDTH, smooth=False)
    maps = TINY.features(tile, ["relu5_1"], repeat=repeat)["relu5_1"]
    rolled = roll_planes(tile, repeat, down_px=32, right_px=-16)
    moved = TINY.features(rolled, ["relu5_1"], repeat=repeat)["relu5_1"]
    torch.testing.assert_close(moved, roll_planes(maps, repeat, down_px=2, right_px=-1))


def test_vgg16_in_bf16_sees_the_endless_cloth_too():
    vgg = load_backbone("vgg16", precision="bf16")
    tile = picture(HEIGHT, WIDTH, smooth=False)
    maps = vgg.features(tile, ["relu3_1"], repeat="half-drop")["relu3_1"].float()
    cloth = cover_planes(tile, "half-drop", height_px=HEIGHT + 64, width_px=WIDTH + 64, top=-32, left=-32)
    there = vgg.features(cloth, ["relu3_1"])["relu3_1"].float()[..., 8:-8, 8:-8]
    assert float((maps - there).abs().max()) < 0.02 * float(there.max())


def test_a_network_that_pads_with_zeros_refuses_tiles():
    trunk = object.__new__(ResNetTrunk)
    trunk.architecture = TINY._architecture
    with pytest.raises(RepeatUnknown, match="refine new cloth with vgg16 or vgg19"):
        trunk.features(picture(32, 32), ["layer1"], repeat="straight")


def test_the_middle_of_a_piece_of_cloth_is_seen_as_before_and_its_edge_as_if_it_went_on():
    cloth = picture(160, 96, smooth=False)
    seen = list(looks_at_cloth(cloth, TINY, ["relu3_1"], most_px=None))
    maps = joined([(window, found["relu3_1"]) for window, found in seen])
    reflected = torch.nn.functional.pad(cloth, (32, 32, 32, 32), mode="reflect")
    around = TINY.features(reflected, ["relu3_1"])["relu3_1"][..., 8:-8, 8:-8]
    assert maps.shape == TINY.features(cloth, ["relu3_1"])["relu3_1"].shape
    torch.testing.assert_close(maps, around)


def test_cloth_looked_at_through_windows_is_the_same_cloth():
    cloth = picture(304, 250, smooth=False)
    whole = list(looks_at_cloth(cloth, TINY, ["relu2_1", "relu5_1"], most_px=None))
    parts = list(looks_at_cloth(cloth, TINY, ["relu2_1", "relu5_1"], most_px=1))
    assert len(whole) == 1
    assert len(parts) > 1
    for layer in ("relu2_1", "relu5_1"):
        put_together = joined([(window, found[layer]) for window, found in parts])
        torch.testing.assert_close(put_together, whole[0][1][layer], rtol=1e-4, atol=1e-5)
