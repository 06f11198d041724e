"""One residual transform network for many styles: they share every convolution, a style is its γ and β.

The network is that of :mod:`~nst_core.networks.johnson`, and so are its departures from the paper. A style's
own are 3,200 of its 1.68 million weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.func import functional_call

from configs.cloth import Repeat
from nst_core.networks.johnson import Johnson, architecture, build
from nst_core.networks.shown import Shown

__all__ = ["architecture", "build", "in_styles", "of_style", "paint"]


def of_style(name: str) -> bool:
    """Say whether a tensor is a style's own: γ or β of a norm.

    Source:
        Dumoulin, Shlens, Kudlur (2017), "A Learned Representation For Artistic Style", eq. 5.
    """
    return name.endswith((".gamma", ".beta"))


def in_styles(
    network: Johnson,
    own: Mapping[str, Tensor],
    picture: Tensor,
    shares: Tensor,
    repeat: Repeat | None = None,
) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` repainted in several styles.

    Args:
        network: whose own γ and β have no say.
        own: by the names of :func:`of_style`, ``(S, C)`` each.
        picture: ``(B, 3, H, W)`` in [0, 1].
        shares: ``(B, S, H, W)`` or ``(B, S, 1, 1)``: γ and β of a place are the styles' means by these.
        repeat: of a tile.

    Source:
        Dumoulin, Shlens, Kudlur (2017), section 3.3, which mixes by weight; by place too is ours.
    """
    painted: Tensor = functional_call(network, dict(own), (picture, repeat, shares))
    return painted


def paint(network: Johnson, shown: Shown) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1]."""
    several = shown.several
    if several is None:
        painted: Tensor = network(shown.picture, shown.repeat)
        return painted
    tensors = [one.state_dict() for one in several.networks]
    own = {name: torch.stack([one[name] for one in tensors]) for name in tensors[0] if of_style(name)}
    return in_styles(network, own, shown.picture, several.shares, shown.repeat)
