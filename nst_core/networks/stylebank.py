"""Stylebank: one encoder and decoder for all styles, and for each a bank of two convolutions between them.

Departures from the paper (``stylebank-paper`` has none of them):

- Nothing is evened before the latent maps nor behind them: instance norm takes each picture's mean and
  contrast away, and an auto-encoder with it cannot give a colour back. It is left in the bank alone, between
  its two convolutions, where a style may well forget how dark the photo was.
- Nearest enlarging and a convolution where it has fractional strides, which leave a checkerboard.
- Pictures come in centred and leave through a sigmoid, so that a bank cannot leave [0, 1].
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
    LastConvolution,
    channels_of,
    enlarged_twice,
    evened,
    shares_at,
)
from nst_core.networks.shown import Several, Shown

# Px of the picture between two positions of the latent maps.
STRIDE = 4


class StyleBank(nn.Module):
    """Encoder 3·9·9·8 s2, 8·3·3·16 s2, 16·3·3·32 s1; bank two 32·3·3·32; decoder the way back.

    Source:
        Srinath, Yin, Verma, "Artistic Neural Style Transfer"; the idea is Chen et al. (2017), "StyleBank: An
        Explicit Representation for Neural Image Style Transfer".
    """

    def __init__(self, width: int = 8) -> None:
        """Build it with so many channels at half size; the latent maps are four times as many."""
        super().__init__()
        maps = 4 * width
        self.encoder = nn.ModuleList(
            [
                Convolution(3, width, 9, stride=2),
                Convolution(width, 2 * width, 3, stride=2),
                Convolution(2 * width, maps, 3),
            ]
        )
        self.bank = nn.ModuleList([Convolution(maps, maps, 3), Convolution(maps, maps, 3)])
        self.decoder = nn.ModuleList(
            [
                Convolution(maps, 2 * width, 3),
                EnlargedConvolution(2 * width, width),
                LastConvolution(width, 9),
            ]
        )

        for name, weight in self.named_parameters():
            # Without norms what a layer lets fade stays faded (networks/README.md, 7).
            if name.endswith("weight"):
                nn.init.kaiming_normal_(weight, nonlinearity="relu")
            else:
                nn.init.zeros_(weight)

    def encode(self, picture: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return latent maps ``(B, C, H / 4, W / 4)`` of pictures ``(B, 3, H, W)`` in [0, 1]."""
        first, second, last = self.encoder
        centred = (2 * picture - 1).to(next(self.parameters()).dtype)
        seen = nnf.relu(first(centred, repeat))
        latent: Tensor = last(nnf.relu(second(seen, repeat)), repeat)
        return latent

    def stylised(self, latent: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return latent maps as the bank changes them."""
        first, second = self.bank
        changed: Tensor = second(nnf.relu(evened(first(latent, repeat))), repeat)
        return changed

    def decode(self, latent: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return pictures ``(B, 3, H, W)`` in [0, 1], float32, of latent maps."""
        first, second, last = self.decoder
        seen = nnf.relu(second(nnf.relu(first(latent, repeat)), repeat))
        return torch.sigmoid(last(enlarged_twice(seen), repeat).float())

    def reconstructed(self, picture: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return pictures as encoder and decoder give them back, without a style."""
        return self.decode(self.encode(picture, repeat), repeat)

    def forward(
        self,
        picture: Tensor,
        repeat: Repeat | None = None,
        style_share: float = 1.0,
        several: Several | None = None,
    ) -> Tensor:
        """Return pictures repainted.

        Args:
            picture: ``(B, 3, H, W)`` in [0, 1], sides multiples of 4.
            repeat: of a tile.
            style_share: 0 to 1, of the bank's maps against the untouched ones.
            several: banks that have a say in the place of the own one.

        Returns:
            ``(B, 3, H, W)`` in [0, 1], float32.
        """
        latent = self.encode(picture, repeat)
        changed = self.stylised(latent, repeat) if several is None else blended(latent, several, repeat)
        return self.decode(torch.lerp(latent, changed, style_share) if style_share < 1 else changed, repeat)


def blended(latent: Tensor, several: Several, repeat: Repeat | None = None) -> Tensor:
    """Return latent maps as several banks change them, each by its share at each place.

    Source:
        Chen et al. (2017), section 4.3: fusion by weight and by region.
    """
    shares = shares_at(several.shares, STRIDE).to(latent.dtype)
    changed = torch.zeros_like(latent)
    for style, network in enumerate(several.networks):
        changed = torch.addcmul(changed, network.stylised(latent, repeat), shares[:, style, None])
    return changed


def of_style(name: str) -> bool:
    """Say whether a tensor is a style's own: its bank."""
    return name.startswith("bank.")


def architecture(part: TrainPart) -> dict[str, int]:
    """Return what a network is built with that is trained so."""
    return {"width": channels_of(8, part.width_share)}


def build(architecture: Mapping[str, int]) -> StyleBank:
    """Return a network with fresh weights."""
    return StyleBank(**architecture)


def paint(network: StyleBank, shown: Shown) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1]."""
    painted: Tensor = network(shown.picture, shown.repeat, shown.style_share, shown.several)
    return painted
