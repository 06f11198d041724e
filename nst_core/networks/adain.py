"""Aligned statistics: the photo's features take the mean and deviation of any style's; a decoder paints them.

The encoder is the recipe's frozen backbone, so that the decoder is all there is to store: 2 MB in halves.

Departures from the paper: the decoder is narrower (the recipe's ``width_share``); inside a mask the content's
statistics are those of the garment alone, which then has the style's to the full, whatever the floor is; of a
tile both look at the endless cloth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from configs.network import TrainPart
from nst_core.networks.layers import Convolution, EnlargedConvolution, LastConvolution, channels_of
from nst_core.networks.shown import Shown

LAYER = "relu4_1"
# Of VGG's relu4_1, and of the paper's decoder after its first convolution.
CHANNELS, WIDTH = 512, 256
# Added to a variance before its root: a map that is the same everywhere has no deviation to divide by.
EPS = 1e-5
TINY = torch.finfo(torch.float32).tiny
# relu4_1 of photos and textiles has a root mean square of 4 to 11: the decoder begins with values about 1.
FEATURE_SCALE = 1 / 6
# An untrained decoder paints around grey, and weakly.
MIDDLE = 0.5
FIRST_CONTRAST = 0.005


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of each map of each picture, ``(B, C, 1, 1)`` each, float32."""

    mean: Tensor
    deviation: Tensor

    def mixed(self, other: Moments, share: Tensor | float) -> Moments:
        """Return the moments that lie a share of the way to others: those of features mixed by alpha."""
        return Moments(
            self.mean + share * (other.mean - self.mean),
            self.deviation + share * (other.deviation - self.deviation),
        )


def moments(features: Tensor, weight: Tensor | None = None) -> Moments:
    """Return mean and deviation of feature maps.

    Args:
        features: ``(B, C, H, W)``, any floating type; the sums run in float32.
        weight: ``(B, 1, H, W)``, how much each position counts, ≥ 0; None: all the same. Where a sample's are
            all 0 all its positions count.
    """
    maps = features.float()
    if weight is None:
        mean = maps.mean((2, 3), keepdim=True)
        variance = (maps - mean).square().mean((2, 3), keepdim=True)
    else:
        total = weight.sum((2, 3), keepdim=True)
        share = torch.where(total > 0, weight / total.clamp_min(TINY), 1 / weight[0].numel())
        mean = (share * maps).sum((2, 3), keepdim=True)
        variance = (share * (maps - mean).square()).sum((2, 3), keepdim=True)
    return Moments(mean, (variance + EPS).sqrt())


def aligned(content: Tensor, own: Moments, style: Moments) -> Tensor:
    """Return content features, ``(B, C, H, W)``, with the style's moments in the place of their own.

    Source:
        Huang, Belongie (2017), "Arbitrary Style Transfer in Real-time with Adaptive Instance
        Normalization", eq. 8.
    """
    return (content.float() - own.mean) / own.deviation * style.deviation + style.mean


class Decoder(nn.Module):
    """From relu4_1 back to a picture: the mirror of VGG up to there, nearest enlarging for pooling, no norm.

    Source:
        Huang, Belongie (2017), section 6.1.
    """

    def __init__(self, channels: int = CHANNELS, width: int = WIDTH) -> None:
        """Build it for features of so many maps, with so many after its first convolution."""
        super().__init__()
        half, quarter = width // 2, width // 4
        inner: list[Convolution | EnlargedConvolution] = [
            Convolution(channels, width, 3),
            EnlargedConvolution(width, width),
            Convolution(width, width, 3),
            Convolution(width, width, 3),
            Convolution(width, half, 3),
            EnlargedConvolution(half, half),
            Convolution(half, quarter, 3),
            EnlargedConvolution(quarter, quarter),
        ]
        for layer in inner:
            # without a norm only He's spread carries the signal through eight layers
            nn.init.kaiming_normal_(layer.inner.weight, nonlinearity="relu")
            nn.init.zeros_(layer.inner.bias)  # type: ignore[arg-type]
        self.inner = nn.ModuleList(inner)
        self.last = LastConvolution(quarter, 3)
        # and a first picture that is nearly grey keeps the first steps small
        nn.init.normal_(self.last.inner.weight, std=FIRST_CONTRAST)
        nn.init.zeros_(self.last.inner.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return pictures.

        Args:
            features: ``(B, C, H, W)``, both sides at least 2.
            repeat: of a tile.

        Returns:
            ``(B, 3, 8 H, 8 W)``, float32, about in [0, 1]: not clamped.
        """
        seen = (features * FEATURE_SCALE).to(self.last.inner.weight.dtype)
        for layer in self.inner:
            seen = nnf.relu(layer(seen, repeat))
        painted: Tensor = self.last(seen, repeat).float() + MIDDLE
        return painted


def architecture(part: TrainPart) -> dict[str, int]:
    """Return what a decoder is built with that is trained so."""
    return {"channels": CHANNELS, "width": channels_of(WIDTH, part.width_share)}


def build(architecture: Mapping[str, int]) -> Decoder:
    """Return a decoder with fresh weights."""
    return Decoder(**architecture)


def paint(decoder: Decoder, shown: Shown) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1]; a ``style_share`` of 0 gives back the picture's own."""
    content = shown.backbone.features(shown.picture, (LAYER,), repeat=shown.repeat)[LAYER]
    style = shown.backbone.features(shown.style, (LAYER,))[LAYER]
    own = moments(content, _seen_from(content, shown.mask))
    target = own.mixed(moments(style), shown.style_share)
    painted: Tensor = decoder(aligned(content, own, target), shown.repeat).clamp(0, 1)
    return painted


def _seen_from(features: Tensor, mask: Tensor | None) -> Tensor | None:
    """Return how much of each position of the features lies in a mask of the picture."""
    if mask is None:
        return None
    height, width = features.shape[-2:]
    return nnf.adaptive_avg_pool2d(mask.float(), (height, width))
