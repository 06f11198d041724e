"""Encoder, banks, decoder: what the paper prints, and what the default does otherwise."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as nnf

from configs.network import TrainPart
from nst_core.networks import KINDS
from nst_core.networks.stylebank_paper import Transposed
from tests.nst_core.tiny import picture

from .showing import built


@pytest.mark.parametrize("kind", ["stylebank", "stylebank-paper"])
def test_a_style_is_18496_weights(kind):
    # two of 32 x 3 x 3 x 32 and 32 biases each: 2 x (9216 + 32)
    network = KINDS[kind].build(KINDS[kind].architecture(TrainPart()))
    own = [values for name, values in network.state_dict().items() if KINDS[kind].of_style(name)]
    assert sum(values.numel() for values in own) == 18_496
    assert sum(values.numel() * 4 for values in own) / 1024 == 72.25


def test_the_paper_s_layers_have_the_printed_shapes():
    network = KINDS["stylebank-paper"].build({"width": 8})
    printed = {"encoder": [(3, 9, 8, 2), (8, 3, 16, 2), (16, 3, 32, 1)], "bank": [(32, 3, 32, 1)] * 2}
    for part, layers in printed.items():
        for layer, (channels, size, out, stride) in zip(getattr(network, part), layers, strict=True):
            assert layer.inner.weight.shape == (out, channels, size, size)
            assert layer.inner.stride == (stride, stride)
    for layer, (channels, size, out, stride) in zip(
        network.decoder, [(32, 3, 16, 1), (16, 3, 8, 2), (8, 9, 3, 2)], strict=True
    ):
        assert layer.inner.weight.shape == (channels, out, size, size)
        assert layer.inner.stride == (stride, stride)


def test_without_the_encoder_s_sizes_the_printed_layers_do_not_close():
    # (64 - 1) x 2 - 2 + 3 = 127, (127 - 1) x 2 - 8 + 9 = 253
    latent = torch.zeros(1, 16, 64, 64)
    half = nnf.conv_transpose2d(latent, torch.zeros(16, 8, 3, 3), stride=2, padding=1)
    whole = nnf.conv_transpose2d(half, torch.zeros(8, 3, 9, 9), stride=2, padding=4)
    assert whole.shape[-1] == 253
    assert built("stylebank-paper")(picture(256, 256)).shape[-2:] == (256, 256)
    # nor at sizes that are no multiple of anything
    assert built("stylebank-paper")(picture(37, 50)).shape[-2:] == (37, 50)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (9, 2)])
def test_inside_a_transposed_convolution_is_torch_s(size, stride):
    torch.manual_seed(3)
    planes, ours = torch.rand(1, 4, 12, 14), Transposed(4, 3, size, stride=stride)
    like = torch.empty(1, 1, 12 * stride, 14 * stride)
    plain = nnf.conv_transpose2d(
        planes, ours.inner.weight, ours.inner.bias, stride, size // 2, output_padding=stride - 1
    )
    edge = 2 * stride * ours.border
    inside = (..., slice(edge, -edge), slice(edge, -edge))
    found = ours(planes, like)
    assert found.shape == plain.shape
    assert torch.allclose(found[inside], plain[inside], atol=1e-6)


def test_the_paper_s_auto_encoder_cannot_tell_colours_nor_contrasts():
    # instance norm takes each map's mean and spread away, whatever the weights are
    network = built("stylebank-paper", seed=5)
    red, blue = (
        torch.tensor(one).view(1, 3, 1, 1).expand(1, 3, 32, 32) for one in ([0.8, 0.2, 0.2], [0.1, 0.2, 0.9])
    )
    assert torch.allclose(network.reconstructed(red), network.reconstructed(blue), atol=1e-4)
    seen = picture(32, 32)
    pale = 0.5 + 0.4 * (seen - 0.5)
    given_back = [network.reconstructed(one) for one in (seen, pale)]
    assert (given_back[0] - given_back[1]).abs().mean() < 0.02 * given_back[0].std()


def test_the_default_s_auto_encoder_gives_colour_and_contrast_back():
    torch.manual_seed(0)
    network, steps = KINDS["stylebank"].build({"width": 8}), 300
    adam, dice = torch.optim.Adam(network.parameters()), torch.Generator().manual_seed(1)
    for step in range(steps):
        adam.param_groups[0]["lr"] = 1e-3 * (1 - step / steps)
        flat = torch.rand(4, 3, 1, 1, generator=dice).expand(-1, -1, 16, 16)
        seen = torch.cat([picture(16, 16, seed=step, batch=4), flat])
        loss = (network.reconstructed(seen) - seen).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    network.requires_grad_(False)
    colours = torch.tensor([[0.8, 0.2, 0.2], [0.1, 0.2, 0.9], [0.5, 0.5, 0.5], [0.9, 0.9, 0.8]])
    given_back = network.reconstructed(colours.view(-1, 3, 1, 1).expand(-1, -1, 16, 16))
    assert (given_back.mean((2, 3)) - colours).abs().max() < 0.15
    seen = picture(16, 16, seed=999)
    pale = 0.5 + 0.4 * (seen - 0.5)
    spread, less = (network.reconstructed(one).std() for one in (seen, pale))
    assert spread / seen.std() > 0.7
    assert less / spread == pytest.approx(0.4, abs=0.15)
