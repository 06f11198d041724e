from __future__ import annotations

import pytest
import torch
import torchvision

from nst_core.backbones import ARCHITECTURES, FrozenBackbone
from nst_core.backbones.architecture import IMAGENET_MEAN, IMAGENET_STD
from nst_core.backbones.tensors import complete
from tests.nst_core.tiny import picture


@pytest.fixture(scope="module")
def theirs() -> torchvision.models.ResNet:
    torch.manual_seed(0)
    network = torchvision.models.resnet50(weights=None).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.uniform_(0.2, 0.6)
            module.bias.normal_(0, 0.1)
    return network


@pytest.fixture(scope="module")
def ours(theirs: torchvision.models.ResNet) -> FrozenBackbone:
    architecture = ARCHITECTURES["resnet50"]
    return FrozenBackbone(
        architecture, complete(theirs.state_dict(), architecture, file="x"), precision="fp32"
    )


def through_torchvision(network: torchvision.models.ResNet, images: torch.Tensor) -> dict[str, torch.Tensor]:
    mean, std = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    signal = network.relu(network.bn1(network.conv1((images - mean) / std)))
    found = {"stem": signal}
    signal = network.maxpool(signal)
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        signal = getattr(network, stage)(signal)
        found[stage] = signal
    return found


def test_features_and_gradient_are_those_of_torchvisions_resnet50(ours, theirs):
    a, b = picture(64, 96).requires_grad_(), picture(64, 96).requires_grad_()
    found, expected = ours.features(a, ours.layers), through_torchvision(theirs, b)
    for layer in ours.layers:
        torch.testing.assert_close(found[layer], expected[layer], rtol=1e-3, atol=1e-3)
        assert found[layer].shape[1] == ours.channels(layer)
        assert found[layer].shape[2] == 64 // ours.stride(layer)
    found["layer3"].square().mean().backward()
    expected["layer3"].square().mean().backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-2, atol=1e-5 * float(b.grad.abs().max()) + 1e-8)


def test_a_picture_is_seen_the_same_beside_another(ours):
    images = picture(64, 64, batch=2)
    together = ours.features(images, ("layer2",))["layer2"][1]
    torch.testing.assert_close(
        together, ours.features(images[1:], ("layer2",))["layer2"][0], rtol=1e-3, atol=1e-4
    )
