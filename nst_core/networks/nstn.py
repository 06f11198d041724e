"""Self-attention between a photo and a style: one network a style, tokens for patches of both.

Departures from the paper, which takes the flattened picture through dense matrices (17 GB at 256²):

- tokens are patches of 4 × 4 positions of the H/4 × W/4 map, all their 16 channels, so that nothing is lost;
- attention is fused and its positions are turns (RoPE), which fit any size and repeat on tiles;
- photo and style are concatenated as tokens, not as channels: the style image may be of any size, and
  each place of the photo looks at all of it. There positions have no say, for the two have none in common;
- norms come before each layer, which trains without a warm-up; enlarging is by the nearest.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from configs.network import TrainPart
from nst_core.lattice import straightened_planes
from nst_core.networks.attention import AttentionLayer, FnnLayer, turns_of
from nst_core.networks.layers import (
    Convolution,
    EnlargedConvolution,
    InstanceNorm,
    LastConvolution,
    channels_of,
)
from nst_core.networks.shown import Shown

FILTERS, CHANNELS = 128, 16
DEEP, ATTENTIVE = 5, 2
# Positions of the map along a token's side; a token is a square of 16 px.
PATCH, TOKEN_PX = 4, 16


class Encoder(nn.Module):
    """The degenerate encoder: twice two 3×3 convolutions and one of stride 2, to 16 channels."""

    def __init__(self, filters: int, channels: int) -> None:
        super().__init__()
        ways = [(3, filters, 1), (filters, filters, 1), (filters, filters, 2)]
        ways += [(filters, filters, 1), (filters, filters, 1), (filters, channels, 2)]
        self.layers = nn.ModuleList([Convolution(before, after, 3, stride=by) for before, after, by in ways])

    def forward(self, picture: Tensor, repeat: Repeat | None) -> Tensor:
        """Return tokens ``(B, N, 16 · channels)`` of ``(B, 3, H, W)``, sides multiples of 16."""
        seen = picture
        for layer in self.layers:
            seen = nnf.relu(layer(seen, repeat))
        return nnf.pixel_unshuffle(seen, PATCH).flatten(2).mT


class DeepCnn(nn.Module):
    """The deep CNN block: five 3×3 convolutions with instance norm, each but the first added to what came."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        before = (channels, *(DEEP - 1) * (filters,))
        self.layers = nn.ModuleList([Convolution(width, filters, 3) for width in before])
        self.norms = nn.ModuleList([InstanceNorm(filters) for _ in before])

    def forward(self, maps: Tensor, repeat: Repeat | None) -> Tensor:
        """Return ``(B, filters, H, W)``."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            found = nnf.relu(norm(layer(maps, repeat)))
            maps = found if maps.shape != found.shape else maps + found
        return maps


class Decoder(nn.Module):
    """The ascension decoder: twice an enlarging and two 3×3 convolutions, the last to three channels."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        half, quarter = filters // 2, filters // 4
        self.up = EnlargedConvolution(filters, half)
        self.after = Convolution(half, half, 3)
        self.up_again = EnlargedConvolution(half, quarter)
        self.last = LastConvolution(quarter, 3)

    def forward(self, maps: Tensor, repeat: Repeat | None) -> Tensor:
        """Return ``(B, 3, 4 H, 4 W)``, before their sigmoid."""
        seen = nnf.relu(self.after(nnf.relu(self.up(maps, repeat)), repeat))
        found: Tensor = self.last(nnf.relu(self.up_again(seen, repeat)), repeat)
        return found


class Nstn(nn.Module):
    """Encoder, deep FNN block and attention for photo and style, a block for both, and back to a picture.

    Source:
        Xiang, "Neural Style Transfer for Image Stylization": degenerate encoder, deep FNN block, two
        self-attention encoders, style block, deep CNN block, ascension decoder.
    """

    def __init__(self, filters: int = FILTERS, channels: int = CHANNELS) -> None:
        """Build it with so many filters a convolution, and so many channels out of its encoder."""
        super().__init__()
        width = channels * PATCH**2
        self.encoder = Encoder(filters, channels)
        self.deep = _deep(width)
        self.content = _attentive(width)
        self.style = _attentive(width)
        self.join = FnnLayer(width)
        self.joined_deep = _deep(width)
        self.joined = _attentive(width)
        self.cnn = DeepCnn(channels, filters)
        self.decoder = Decoder(filters)

    def forward(self, picture: Tensor, style: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return the picture repainted.

        Args:
            picture: ``(B, 3, H, W)`` in [0, 1], sides multiples of 16.
            style: ``(1 or B, 3, h, w)`` in [0, 1], sides multiples of 16.
            repeat: of a tile that lies straight; None: a picture.

        Returns:
            ``(B, 3, H, W)`` in [0, 1], float32.
        """
        batch, rows, columns = len(picture), picture.shape[-2] // TOKEN_PX, picture.shape[-1] // TOKEN_PX
        content = self._tokens(picture, self.content, repeat)
        wanted = self._tokens(style, self.style, None).expand(batch, -1, -1)
        both = self.join(torch.cat([content, wanted], dim=1))
        for layer in (*self.joined_deep, *self.joined):
            both = layer(both)
        maps = both[:, : rows * columns].mT.reshape(batch, -1, rows, columns)
        maps = self.cnn(nnf.pixel_shuffle(maps, PATCH), repeat)
        return torch.sigmoid(self.decoder(maps, repeat).float())

    def _tokens(self, picture: Tensor, attentive: nn.ModuleList, repeat: Repeat | None) -> Tensor:
        tokens: Tensor = self.encoder(picture.to(self.join.inner.weight.dtype), repeat)
        rows, columns = picture.shape[-2] // TOKEN_PX, picture.shape[-1] // TOKEN_PX
        turns = turns_of(rows, columns, is_tile=repeat is not None, device=picture.device)
        for layer in self.deep:
            tokens = layer(tokens)
        for layer in attentive:
            tokens = layer(tokens, turns)
        return tokens


def architecture(part: TrainPart) -> dict[str, int]:
    """Return what a network is built with that is trained so."""
    share = part.width_share
    return {"filters": channels_of(FILTERS, share), "channels": channels_of(CHANNELS, share)}


def build(architecture: Mapping[str, int]) -> Nstn:
    """Return a network with fresh weights."""
    return Nstn(**architecture)


def paint(network: Nstn, shown: Shown) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1]; of a shifted repeat by its smallest straight piece."""
    height, width = shown.picture.shape[-2:]
    picture, repeat = shown.picture, shown.repeat
    if repeat is not None:
        picture, repeat = straightened_planes(picture, repeat), "straight"
    painted: Tensor = network(picture, whole_tokens(shown.style), repeat)
    return painted[..., :height, :width]


def whole_tokens(style: Tensor) -> Tensor:
    """Return the upper left part of a style image that whole tokens cover, ``(1, 3, h, w)``."""
    height, width = (side // TOKEN_PX * TOKEN_PX for side in style.shape[-2:])
    return style[..., :height, :width]


def _deep(width: int) -> nn.ModuleList:
    return nn.ModuleList([FnnLayer(width) for _ in range(DEEP)])


def _attentive(width: int) -> nn.ModuleList:
    return nn.ModuleList([AttentionLayer(width) for _ in range(ATTENTIVE)])
