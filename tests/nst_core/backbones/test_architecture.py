from __future__ import annotations

import pytest

from configs.backbones import LARGEST_STRIDE, SHRINKS, coarse_layers
from nst_core.backbones import ARCHITECTURES
from nst_core.errors import LayerUnknown


def test_vgg16_sees_as_far_as_its_strides_and_kernels_say():
    # 3×3 adds 2 strides, a 2×2 pool 1: 1+2+2 = 5, +1, +4+4 = 14, +2, +24 = 40, +4, +48 = 92, +8, +96 = 196
    shapes = {shape.name: shape for shape in ARCHITECTURES["vgg16"].shapes}
    seen = [shapes[name].receptive_field for name in ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")]
    assert seen == [5, 14, 40, 92, 196]
    assert (shapes["relu4_1"].stride, shapes["relu4_1"].channels) == (8, 512)


def test_vgg19_has_four_convolutions_in_the_last_three_blocks():
    assert [len([n for n in ARCHITECTURES["vgg19"].layers if n[4] == str(b)]) for b in range(1, 6)] == [
        2,
        2,
        4,
        4,
        4,
    ]


def test_resnet50_with_its_stride_in_the_3x3_sees_427_px():
    # the published figure for the variant that torchvision ships
    assert [shape.receptive_field for shape in ARCHITECTURES["resnet50"].shapes][-1] == 427


def test_an_unknown_layer_names_the_nearest():
    with pytest.raises(
        LayerUnknown, match="vgg16 has no layer 'relu4_5'; the nearest names are 'relu4_"
    ) as caught:
        ARCHITECTURES["vgg16"].shape("relu4_5")
    assert caught.value.code == "layer_unknown"


def test_the_deepest_layer_does_not_depend_on_the_order_asked():
    assert ARCHITECTURES["vgg16"].deepest(("relu5_1", "relu1_1", "relu4_2")) == "relu5_1"


def test_a_layer_at_half_size_has_twice_the_stride_and_sees_twice_as_far():
    vgg16 = ARCHITECTURES["vgg16"]
    full, half, quarter = (vgg16.shape(name) for name in ("relu3_1", "relu3_1/2", "relu3_1/4"))
    assert [shape.stride for shape in (full, half, quarter)] == [4, 8, 16]
    assert [shape.receptive_field for shape in (full, half, quarter)] == [24, 48, 96]
    assert half.channels == full.channels


@pytest.mark.parametrize("layer", ["relu5_1/2", "relu4_1/4", "relu3_1/3", "relu3_1/", "relu3_1/2/2"])
def test_a_layer_with_fewer_positions_than_one_every_16_px_is_refused(layer):
    with pytest.raises(LayerUnknown):
        ARCHITECTURES["vgg16"].shape(layer)


def test_a_recipe_may_name_the_coarse_layers_that_the_networks_give():
    for name, architecture in ARCHITECTURES.items():
        assert set(coarse_layers(name)) == {
            f"{layer}/{shrink}"
            for layer in architecture.layers
            for shrink in SHRINKS
            if architecture.shape(layer).stride * shrink <= LARGEST_STRIDE
        }
        for layer in coarse_layers(name):
            assert architecture.shape(layer).name == layer
