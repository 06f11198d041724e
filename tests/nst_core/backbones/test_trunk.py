from __future__ import annotations

import pytest
import torch
import torchvision
from torch.utils._python_dispatch import TorchDispatchMode

from nst_core.backbones import ARCHITECTURES, FrozenBackbone
from nst_core.backbones.architecture import IMAGENET_MEAN, IMAGENET_STD
from nst_core.backbones.convolution import OneDnnConvolution, PlainConvolution, onednn_fuses
from nst_core.backbones.pooling import pool, unpool
from nst_core.backbones.tensors import complete
from nst_core.backbones.trunk import VggTrunk
from nst_core.errors import LayerUnknown
from tests.nst_core.tiny import picture, random_tensors, tiny_architecture, tiny_backbone

LAYERS = ("relu1_1", "relu1_2", "relu2_2", "relu3_3", "relu4_2", "relu5_1")


def torchvision_features(name: str, seed: int = 0) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    configuration = {"vgg16": "D", "vgg19": "E"}[name]
    layers = torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs[configuration])
    for module in layers:
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            torch.nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
    return layers.requires_grad_(False)


def through_torchvision(layers: torch.nn.Sequential, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """The oracle: torchvision's own network, ImageNet's normalisation by hand, maps after each ReLU."""
    mean, std = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    signal, found = (images - mean) / std, {}
    block, index = 1, 1
    for module in layers:
        signal = module(signal)
        if isinstance(module, torch.nn.ReLU):
            found[f"relu{block}_{index}"] = signal
            index += 1
        if isinstance(module, torch.nn.MaxPool2d):
            block, index = block + 1, 1
    return found


def loss_of(maps: dict[str, torch.Tensor]) -> torch.Tensor:
    return sum(
        (one.float() * torch.linspace(-1, 1, one.numel()).view(one.shape)).mean() for one in maps.values()
    )


@pytest.fixture(scope="module")
def theirs() -> torch.nn.Sequential:
    return torchvision_features("vgg16")


@pytest.fixture(scope="module")
def ours(theirs: torch.nn.Sequential) -> FrozenBackbone:
    state = {f"features.{name}": value for name, value in theirs.state_dict().items()}
    architecture = ARCHITECTURES["vgg16"]
    return FrozenBackbone(architecture, complete(state, architecture, file="torchvision"), precision="fp32")


def test_features_and_gradient_are_those_of_torchvisions_vgg16(ours, theirs):
    images = picture(48, 64, batch=2)
    a, b = images.clone().requires_grad_(), images.clone().requires_grad_()
    found, expected = ours.features(a, LAYERS), through_torchvision(theirs, b)
    for layer in LAYERS:
        torch.testing.assert_close(found[layer], expected[layer], rtol=1e-3, atol=1e-4)
    loss_of(found).backward()
    loss_of({layer: expected[layer] for layer in LAYERS}).backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-3, atol=1e-6)


def test_the_gradient_is_the_same_whichever_layers_are_looked_at(ours, theirs):
    for layers in (("relu1_2",), ("relu2_1",), ("relu4_3", "relu3_3")):
        a, b = picture(32, 32).requires_grad_(), picture(32, 32).requires_grad_()
        loss_of(ours.features(a, layers)).backward()
        expected = through_torchvision(theirs, b)
        loss_of({layer: expected[layer] for layer in layers}).backward()
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-3, atol=1e-6)


def test_a_map_that_no_loss_uses_costs_no_gradient(ours):
    a, b = picture(32, 32).requires_grad_(), picture(32, 32).requires_grad_()
    ours.features(a, ("relu2_1", "relu5_1"))["relu2_1"].mean().backward()
    ours.features(b, ("relu2_1",))["relu2_1"].mean().backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-5, atol=1e-9)


def test_looking_without_a_gradient_sees_the_same(ours):
    images = picture(37, 50)  # odd sizes: a style image may have any
    even = images[..., :32, :48]
    with_gradient = ours.features(even.clone().requires_grad_(), LAYERS)
    without = ours.features(even, LAYERS)
    for layer in LAYERS:
        torch.testing.assert_close(with_gradient[layer].detach(), without[layer])
    assert ours.features(images, ("relu3_1",))["relu3_1"].shape == (1, 256, 9, 12)


def test_the_way_back_is_the_derivative():
    architecture = tiny_architecture()
    trunk = VggTrunk(
        architecture, random_tensors(architecture), device=torch.device("cpu"), dtype=torch.float64
    )
    images = picture(8, 8, smooth=False).double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: tuple(trunk.features(x, ("relu1_1", "relu1_2", "relu2_2", "relu3_1")).values()), images
    )


class CountConvolutions(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += "convolution" in str(func)
        return func(*args, **(kwargs or {}))


def test_nothing_deeper_than_asked_is_computed():
    backbone, images = tiny_backbone(), picture(32, 32)
    with CountConvolutions() as counted:
        backbone.features(images, ("relu1_1", "relu3_1"))
    # relu1_1, 1_2, 2_1, 2_2, 3_1
    assert counted.count == 5


def test_weights_never_ask_for_a_gradient(ours):
    assert not ours.features(picture(32, 32), ("relu2_1",))["relu2_1"].requires_grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_fused_and_the_plain_convolution_give_the_same(dtype):
    if not onednn_fuses(dtype):
        pytest.skip(f"this torch has no fused oneDNN convolution for {dtype}")
    generator = torch.Generator().manual_seed(0)
    weight = (torch.randn(12, 5, 3, 3, generator=generator) / 7).to(dtype)
    bias = torch.randn(12, generator=generator).to(dtype)
    images = (
        torch.randn(3, 5, 10, 14, generator=generator).to(dtype).contiguous(memory_format=torch.channels_last)
    )
    plain, fused = PlainConvolution(weight, bias), OneDnnConvolution(weight, bias)
    with torch.no_grad():
        there = plain.relu(images)
        close = {"rtol": 2e-2, "atol": 3e-2} if dtype == torch.bfloat16 else {"rtol": 1e-4, "atol": 1e-5}
        torch.testing.assert_close(fused.relu(images), there, **close)
        torch.testing.assert_close(fused.to_input(there), plain.to_input(there), **close)
        torch.testing.assert_close(fused.to_input(there, images), plain.to_input(there, images), **close)


def test_a_trunk_on_plain_convolutions_ends_where_the_fused_one_does(monkeypatch):
    images = picture(32, 48, batch=2)
    architecture = tiny_architecture()
    results = []
    for chosen in (None, PlainConvolution):
        if chosen is not None:
            monkeypatch.setattr("nst_core.backbones.trunk.frozen_convolution", chosen)
        backbone = FrozenBackbone(architecture, random_tensors(architecture), precision="fp32")
        seen = images.clone().requires_grad_()
        loss_of(backbone.features(seen, ("relu1_1", "relu3_1", "relu5_1"))).backward()
        results.append(seen.grad)
    torch.testing.assert_close(results[0], results[1], rtol=1e-3, atol=1e-7)


def test_pooling_gives_torchs_maxima_and_sends_each_gradient_to_its_winner():
    # distinct values: no ties, so the winner is the same for everybody
    order = torch.randperm(2 * 5 * 8 * 12, generator=torch.Generator().manual_seed(1))
    features = order.float().view(2, 5, 8, 12).contiguous(memory_format=torch.channels_last).requires_grad_()
    pooled, winners = pool(features.detach())
    expected = torch.nn.functional.max_pool2d(features, 2)
    torch.testing.assert_close(pooled, expected.detach())
    gradient = torch.randn(expected.shape, generator=torch.Generator().manual_seed(2))
    (back,) = torch.autograd.grad(expected, features, gradient)
    torch.testing.assert_close(unpool(gradient.contiguous(memory_format=torch.channels_last), winners), back)


def test_of_equal_values_exactly_one_gets_the_gradient():
    features = torch.ones(1, 1, 4, 4)
    _pooled, winners = pool(features)
    back = unpool(torch.ones(1, 1, 2, 2), winners)
    # upper left of each four
    assert back.nonzero()[:, 2:].tolist() == [[0, 0], [0, 2], [2, 0], [2, 2]]


def test_bf16_sees_what_fp32_sees():
    fp32, bf16 = tiny_backbone(precision="fp32"), tiny_backbone(precision="bf16")
    images = picture(64, 64)
    for layer, exact in fp32.features(images, ("relu1_1", "relu3_1", "relu5_1")).items():
        rough = bf16.features(images, (layer,))[layer]
        assert rough.dtype == torch.bfloat16
        assert (rough.float() - exact).norm() < 0.02 * exact.norm()


def test_a_nan_sample_does_not_touch_its_neighbours():
    backbone = tiny_backbone()
    clean = picture(32, 32, batch=3)
    broken = clean.clone()
    broken[1, :, 4, 4] = torch.nan
    results = []
    for images in (clean, broken):
        seen = images.clone().requires_grad_()
        maps = backbone.features(seen, ("relu1_1", "relu4_1"))
        loss_of(maps).backward()
        results.append((maps["relu4_1"].detach()[[0, 2]], seen.grad[[0, 2]]))
    torch.testing.assert_close(results[0], results[1])


def test_a_batch_is_its_samples_one_by_one():
    backbone = tiny_backbone()
    images = picture(32, 48, batch=3)
    together = backbone.features(images, ("relu4_1",))["relu4_1"]
    alone = torch.cat([backbone.features(one[None], ("relu4_1",))["relu4_1"] for one in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_an_unknown_layer_is_refused_by_name():
    with pytest.raises(LayerUnknown, match="nearest names"):
        tiny_backbone().features(picture(32, 32), ("relu6_1",))


def test_bf16_is_taken_only_where_asked_or_fast():
    assert tiny_backbone(precision="bf16").precision == "bf16"
    assert tiny_backbone(precision="fp32").precision == "fp32"
    with pytest.raises(ValueError, match="'auto', 'bf16' or 'fp32', got 'half'"):
        tiny_backbone(precision="half")


def test_a_layer_at_half_size_is_the_layer_of_the_picture_made_smaller():
    backbone, image = tiny_backbone(), picture(32, 48)
    found = backbone.features(image, ("relu3_1/2", "relu1_1", "relu1_1/4"))
    assert list(found) == ["relu3_1/2", "relu1_1", "relu1_1/4"]
    for layer, shrink in (("relu3_1", 2), ("relu1_1", 4)):
        small = torch.nn.functional.avg_pool2d(image, shrink)
        assert torch.equal(found[f"{layer}/{shrink}"], backbone.features(small, (layer,))[layer])
    assert torch.equal(found["relu1_1"], backbone.features(image, ("relu1_1",))["relu1_1"])


def test_the_gradient_is_the_sum_of_what_each_size_sends_back():
    backbone, image = tiny_backbone(), picture(32, 32).requires_grad_()

    def back(*layers: str) -> torch.Tensor:
        found = backbone.features(image, layers)
        return torch.autograd.grad(sum(maps.square().sum() for maps in found.values()), image)[0]

    both = back("relu2_1", "relu2_1/2")
    torch.testing.assert_close(both, back("relu2_1") + back("relu2_1/2"), rtol=1e-4, atol=1e-4)
