"""What networks are shown in tests."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from configs.network import TrainPart
from nst_core.networks import KINDS, Shown
from tests.nst_core.tiny import picture, tiny_backbone


def shown(pictures: Tensor, **changes: Any) -> Shown:
    return Shown(**{"picture": pictures, "style": picture(32, 32), "backbone": tiny_backbone(), **changes})


def built(kind: str, *, seed: int = 0, width_share: float = 0.25) -> Any:
    """A narrow network of a kind with weights of a seed; γ and β of its norms are no ones and zeros."""
    torch.manual_seed(seed)
    network = KINDS[kind].build(KINDS[kind].architecture(TrainPart(width_share=width_share)))
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if name.endswith((".gamma", ".beta")):
                tensor += 0.5 * torch.randn_like(tensor)
    return network.eval().requires_grad_(False)


def last_weights(network: Any) -> Tensor:
    """The kernel of the convolution to the picture's three planes."""
    *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d))
    return last.weight


def painted(kind: str, network: Any, pictures: Tensor, **changes: Any) -> Tensor:
    return KINDS[kind].paint(network, shown(pictures, **changes))


def beside(kind: str, network: Any, *, seed: int, width_share: float = 0.25) -> Any:
    """A network of another style: what all styles share is the same."""
    other = built(kind, seed=seed, width_share=width_share)
    own = {name: values for name, values in other.state_dict().items() if KINDS[kind].of_style(name)}
    other.load_state_dict(network.state_dict() | own)
    return other
