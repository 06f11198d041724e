"""Stylebank as its paper prints it: instance norm and ReLU after each layer but the last, fractional strides.

The printed layers do not close (a picture of 256 px comes back with 253): each transposed convolution is told
the size that the encoder's layer of the same place was given. Its edges see what the encoder's see, the
picture's reflection or the tile's neighbours, where the paper says nothing. Instance norm has no weights of
its own: only so is a style the 18,496 that are printed. The last layer is linear; what leaves [0, 1] is cut
off where a design is painted, not in training, which would learn nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from configs.network import TrainPart
from nst_core.networks.layers import Convolution, channels_of, evened, never_infinite, padded_by
from nst_core.networks.shown import Several, Shown
from nst_core.networks.stylebank import blended, of_style

__all__ = ["PaperStyleBank", "architecture", "build", "of_style", "paint"]


class Transposed(nn.Module):
    """A transposed convolution whose result has the size that it is told, and whose edge is padded."""

    def __init__(self, channels_in: int, channels_out: int, size: int, *, stride: int = 1) -> None:
        super().__init__()
        # How far before the first place a position lies that the kernel carries into it.
        self.border = -(-(size // 2) // stride)
        padding = size // 2 + stride * self.border
        self.inner = nn.ConvTranspose2d(channels_in, channels_out, size, stride, padding)

    def forward(self, planes: Tensor, like: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``(B, out, H, W)`` of the height and width of ``like``."""
        height, width = like.shape[-2:]
        found: Tensor = self.inner(padded_by(planes, self.border, repeat), output_size=[height, width])
        return found


class PaperStyleBank(nn.Module):
    """Three layers of encoder, two of a style's bank, three of decoder.

    Encoder 3·9·9·8 s2, 8·3·3·16 s2, 16·3·3·32 s1; bank two 32·3·3·32 s1; decoder 32·3·3·16 s1, 16·3·3·8 s½,
    8·9·9·3 s½.

    Source:
        Srinath, Yin, Verma, "Artistic Neural Style Transfer".
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
                Transposed(maps, 2 * width, 3),
                Transposed(2 * width, width, 3, stride=2),
                Transposed(width, 3, 9, stride=2),
            ]
        )

    def encode(self, picture: Tensor, repeat: Repeat | None = None) -> tuple[Tensor, list[Tensor]]:
        """Return latent maps of pictures ``(B, 3, H, W)``, and what each layer was given."""
        seen, given = picture.to(next(self.parameters()).dtype), []
        for layer in self.encoder:
            given.append(seen)
            seen = _normed(layer(seen, repeat))
        return seen, given

    def stylised(self, latent: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return latent maps as the bank changes them."""
        for layer in self.bank:
            latent = _normed(layer(latent, repeat))
        return latent

    def decode(self, latent: Tensor, given: list[Tensor], repeat: Repeat | None = None) -> Tensor:
        """Return pictures, float32 and not cut to [0, 1], of latent maps and what the encoder was given."""
        first, second, last = self.decoder
        seen = _normed(first(latent, given[2], repeat))
        seen = _normed(second(seen, given[1], repeat))
        painted: Tensor = last(seen, given[0], repeat)
        return painted.float()

    def reconstructed(self, picture: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return pictures as encoder and decoder give them back, without a style."""
        return self.decode(*self.encode(picture, repeat), repeat)

    def repainted(
        self,
        picture: Tensor,
        repeat: Repeat | None = None,
        style_share: float = 1.0,
        several: Several | None = None,
    ) -> Tensor:
        """Return pictures repainted, not cut to [0, 1]; arguments as :class:`~.stylebank.StyleBank` has."""
        latent, given = self.encode(picture, repeat)
        changed = self.stylised(latent, repeat) if several is None else blended(latent, several, repeat)
        mixed = torch.lerp(latent, changed, style_share) if style_share < 1 else changed
        return self.decode(mixed, given, repeat)

    def forward(
        self,
        picture: Tensor,
        repeat: Repeat | None = None,
        style_share: float = 1.0,
        several: Several | None = None,
    ) -> Tensor:
        """Return pictures repainted, ``(B, 3, H, W)`` in [0, 1]."""
        return never_infinite(self.repainted(picture, repeat, style_share, several)).clamp(0, 1)


def architecture(part: TrainPart) -> dict[str, int]:
    """Return what a network is built with that is trained so."""
    return {"width": channels_of(8, part.width_share)}


def build(architecture: Mapping[str, int]) -> PaperStyleBank:
    """Return a network with fresh weights."""
    return PaperStyleBank(**architecture)


def paint(network: PaperStyleBank, shown: Shown) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1]."""
    painted: Tensor = network(shown.picture, shown.repeat, shown.style_share, shown.several)
    return painted


def _normed(planes: Tensor) -> Tensor:
    return nnf.relu(evened(planes))
