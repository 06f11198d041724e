"""Windows show what the whole picture shows, in pieces that fit."""

from __future__ import annotations

import pytest
import torch

from nst_core.backbones import ARCHITECTURES, FrozenBackbone, joined, looks, whole, windows
from tests.nst_core.tiny import picture, random_tensors, tiny_backbone

VGG = tiny_backbone()
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_2", "relu5_1")


@pytest.mark.parametrize("size", [(512, 512), (160, 640), (333, 471), (16, 2000)])
def test_each_px_is_answered_for_once_and_no_window_shows_too_much(size):
    found = windows(*size, VGG, LAYERS, most_px=200 * 200)
    answered = torch.zeros(1, 1, *size)
    for window in found:
        window.own.of(answered).add_(1)
        assert window.seen.pixels <= 200 * 200
        assert {side % 16 for side in (window.seen.top, window.seen.left)} == {0}
    assert (answered == 1).all()


def test_what_fits_is_looked_at_whole():
    assert windows(512, 512, VGG, LAYERS, most_px=512 * 512) == (whole(512, 512),)
    assert windows(9999, 9999, VGG, LAYERS, most_px=None) == (whole(9999, 9999),)


def test_windows_overlap_by_what_the_deepest_layer_sees():
    # a position of relu5_1 sees 132 px: its own 16 and 58 more on each side, 64 in whole positions
    left, right = windows(128, 512, VGG, LAYERS, most_px=128 * 320)
    assert (left.own.right, right.own.left) == (256, 256)
    assert left.seen.right - right.seen.left == 128
    # relu1_1 sees one px more, and total variation wants that one even where no layer does
    left, right = windows(128, 512, VGG, ("relu1_1",), most_px=128 * 320)
    assert left.seen.right - right.seen.left == 4
    left, right = windows(128, 512, VGG, (), most_px=128 * 320)
    assert left.seen.right - right.seen.left == 2


def test_of_all_grids_the_one_that_shows_least_is_taken():
    # 2048 px square, at most 1.5 million px: 2 × 2 shows (2 · 1088)² = 4.73 million; 1 × 4 would show
    # 2048 · (2 · 576 + 2 · 640) = 4.98 million
    found = windows(2048, 2048, VGG, LAYERS, most_px=1_500_000)
    assert len(found) == 4
    assert sum(window.seen.pixels for window in found) == (2 * 1088) ** 2


def test_less_than_the_smallest_window_is_not_gone_below():
    found = windows(512, 512, VGG, LAYERS, most_px=1)
    assert max(window.seen.pixels for window in found) == (64 + 2 * 64) ** 2


@pytest.mark.parametrize("size", [(256, 320), (250, 301)])
def test_through_windows_a_vgg_sees_what_it_sees_whole(size):
    images = picture(*size, batch=2)
    at_once = VGG.features(images, LAYERS)
    seen = list(looks(images, VGG, LAYERS, most_px=200 * 200))
    assert len(seen) > 2
    for layer in LAYERS:
        maps = joined([(window, features[layer]) for window, features in seen])
        torch.testing.assert_close(maps, at_once[layer], rtol=1e-4, atol=1e-5)


def test_through_windows_a_resnet_sees_what_it_sees_whole():
    architecture = ARCHITECTURES["resnet50"]
    tensors = {
        name: values.abs() if name.endswith("running_var") else values
        for name, values in random_tensors(architecture).items()
    }
    resnet = FrozenBackbone(architecture, tensors, precision="fp32")
    images, layers = picture(64, 250), ("stem", "layer1", "layer2")
    at_once = resnet.features(images, layers)
    seen = list(looks(images, resnet, layers, most_px=64 * 240))
    assert len(seen) > 1
    for layer in layers:
        maps = joined([(window, features[layer]) for window, features in seen])
        torch.testing.assert_close(maps, at_once[layer], rtol=1e-3, atol=1e-4 * float(at_once[layer].max()))
