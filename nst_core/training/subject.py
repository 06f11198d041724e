"""What a training is about: the network's block, the backbone to look through, the styles, seen to scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from configs.network import NetworkPart
from nst_core.backbones import Backbone


@dataclass(frozen=True, eq=False)
class Subject:
    """What a lesson is made of, beside the network.

    Args:
        part: the recipe's ``network:`` block.
        backbone: what its losses look through.
        styles: ``(1, 3, h, w)`` in [0, 1] each, at the scale at which they are to be seen on a crop: the one
            of a style's own file; all that a shared file begins with.
    """

    part: NetworkPart
    backbone: Backbone
    styles: Sequence[Tensor]
