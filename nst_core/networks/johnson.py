"""The residual transform network: one network a style, the whole picture in one pass.

Departures from the paper: nearest enlarging and a convolution where it has fractional strides (they leave a
checkerboard), instance norm where it has batch norm (Ulyanov et al.), and the picture, not its padding, goes
through the residual blocks.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from configs.network import TrainPart
from nst_core.networks.layers import (
    Convolution,
    EnlargedConvolution,
    InstanceNorm,
    LastConvolution,
    Residual,
    channels_of,
    shares_at,
)
from nst_core.networks.shown import Shown

BLOCKS = 5


class Johnson(nn.Module):
    """Two strided convolutions down, five residual blocks, two enlarged convolutions up.

    Source:
        Johnson, Alahi, Fei-Fei (2016), "Perceptual Losses for Real-Time Style Transfer and
        Super-Resolution", supplementary material, table 1.
    """

    def __init__(self, width: int = 32, blocks: int = BLOCKS) -> None:
        """Build it with so many channels at full size; each of the two halvings doubles them."""
        super().__init__()
        self.begin = Convolution(3, width, 9)
        self.begin_norm = InstanceNorm(width)
        self.down = nn.ModuleList(
            [
                Convolution(width, 2 * width, 3, stride=2),
                Convolution(2 * width, 4 * width, 3, stride=2),
            ]
        )
        self.down_norm = nn.ModuleList([InstanceNorm(2 * width), InstanceNorm(4 * width)])
        self.blocks = nn.ModuleList([Residual(4 * width) for _ in range(blocks)])
        self.up = nn.ModuleList(
            [EnlargedConvolution(4 * width, 2 * width), EnlargedConvolution(2 * width, width)]
        )
        self.up_norm = nn.ModuleList([InstanceNorm(2 * width), InstanceNorm(width)])
        self.end = LastConvolution(width, 9)

    def forward(self, picture: Tensor, repeat: Repeat | None = None, shares: Tensor | None = None) -> Tensor:
        """Return the picture repainted.

        Args:
            picture: ``(B, 3, H, W)`` in [0, 1], sides multiples of 4.
            repeat: of a tile.
            shares: of several styles, ``(B, S, H, W)`` or ``(B, S, 1, 1)``, where γ and β are theirs.

        Returns:
            ``(B, 3, H, W)`` in [0, 1], float32.
        """
        whole, half, quarter = (None if shares is None else shares_at(shares, by) for by in (1, 2, 4))
        seen = self.begin(picture.to(self.begin.inner.weight.dtype), repeat)
        seen = nnf.relu(self.begin_norm(seen, whole))
        for convolution, norm, of in zip(self.down, self.down_norm, (half, quarter), strict=True):
            seen = nnf.relu(norm(convolution(seen, repeat), of))
        for block in self.blocks:
            seen = block(seen, repeat, quarter)
        for convolution, norm, of in zip(self.up, self.up_norm, (half, whole), strict=True):
            seen = nnf.relu(norm(convolution(seen, repeat), of))
        return torch.sigmoid(self.end(seen, repeat).float())


def architecture(part: TrainPart) -> dict[str, int]:
    """Return what a network is built with that is trained so."""
    return {"width": channels_of(32, part.width_share), "blocks": BLOCKS}


def build(architecture: Mapping[str, int]) -> Johnson:
    """Return a network with fresh weights."""
    return Johnson(**architecture)


def paint(network: Johnson, shown: Shown) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1]."""
    painted: Tensor = network(shown.picture, shown.repeat)
    return painted
