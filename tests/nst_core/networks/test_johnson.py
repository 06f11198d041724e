"""The residual transform network, its layers as its paper's table has them."""

from __future__ import annotations

import torch

from configs.network import TrainPart
from nst_core.networks import KINDS
from nst_core.networks.johnson_many import in_styles, of_style
from tests.nst_core.tiny import picture

from .showing import beside, built


def test_its_layers_are_those_of_the_paper_s_table():
    network = KINDS["johnson"].build(KINDS["johnson"].architecture(TrainPart()))
    shapes = {n: tuple(one.shape) for n, one in network.state_dict().items() if n.endswith("inner.weight")}
    assert shapes["begin.inner.weight"] == (32, 3, 9, 9)
    assert shapes["down.0.inner.weight"] == (64, 32, 3, 3)
    assert shapes["down.1.inner.weight"] == (128, 64, 3, 3)
    blocks = [shape for name, shape in shapes.items() if name.startswith("blocks.")]
    assert blocks == [(128, 128, 3, 3)] * 10
    assert shapes["up.0.inner.weight"] == (64, 128, 3, 3)
    assert shapes["up.1.inner.weight"] == (32, 64, 3, 3)
    assert shapes["end.inner.weight"] == (3, 32, 9, 9)


def test_a_share_of_the_width_has_its_square_of_the_weights():
    def weights(share: float) -> int:
        network = KINDS["johnson"].build(KINDS["johnson"].architecture(TrainPart(width_share=share)))
        return sum(one.numel() for one in network.parameters())

    assert 0.24 < weights(0.5) / weights(1) < 0.27


def test_a_style_of_many_is_the_norms_alone():
    # gamma and beta of 32 + 64 + 128 + 10 x 128 + 64 + 32 = 1,600 maps
    network = KINDS["johnson-many"].build(KINDS["johnson-many"].architecture(TrainPart()))
    own = [one.numel() for name, one in network.named_parameters() if of_style(name)]
    assert sum(own) == 2 * 1600
    assert len(own) == 2 * 15


def test_with_its_own_gamma_and_beta_for_all_the_network_paints_as_without():
    network, seen = built("johnson-many"), picture(32, 48, batch=2)
    own = {name: one[None] for name, one in network.named_parameters() if of_style(name)}
    assert torch.allclose(in_styles(network, own, seen, torch.ones(2, 1, 1, 1)), network(seen), atol=1e-5)


def test_gamma_and_beta_are_mixed_by_weight_before_they_are_used():
    first, seen = built("johnson-many"), picture(32, 48)
    second = beside("johnson-many", first, seed=3)
    pairs = zip(first.named_parameters(), second.parameters(), strict=True)
    own = {name: torch.stack([one, other]) for (name, one), other in pairs if of_style(name)}
    mixed = built("johnson-many")
    mixed.load_state_dict({name: 0.3 * one[0] + 0.7 * one[1] for name, one in own.items()}, strict=False)
    shares = torch.tensor([0.3, 0.7]).view(1, 2, 1, 1)
    assert torch.allclose(in_styles(first, own, seen, shares), mixed(seen), atol=1e-5)
