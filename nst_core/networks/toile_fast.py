"""The preview tier of the house recipe: one network for all styles, the refining steps in one pass.

The cloth that lies on the garment is the style, so there is nothing else to tell it. It was taught by the
designs of `toile`: what the steps altered in the cloth is what it gives. Departure from the networks of
papers: no instance norm, which would make the cloth's contrast that of the picture around the garment; what
is everywhere in the garment reaches every place through its means instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from configs.network import TrainPart
from nst_core.garment import relight
from nst_core.lattice import symmetric
from nst_core.networks.layers import Convolution, channels_of, enlarged_twice, never_infinite
from nst_core.networks.shown import Shown

# Cloth, its light, where it is seen, and the cloth in that light.
PLANES_IN = 8
# Channels at full size and after each halving. Multiples of 16, which a CPU's vectors hold: (24, 48, 72, 96)
# took twice as long.
WIDTHS = (16, 32, 64, 80)
DEEPEST_STRIDE = 8
# The most that a colour changes by. The steps of `toile` went .02 to .2 at 256 px.
MOST = 0.3
# A garment of less than one place in the deepest maps is averaged over one.
LEAST_PLACES = 1.0


class ToileFast(nn.Module):
    """Down by three halvings and up again, each size beside what it was on the way down.

    Source:
        The form is that of Ronneberger, Fischer, Brox (2015), "U-Net: Convolutional Networks for Biomedical
        Image Segmentation", narrower, with sums in the place of joined channels; the task is ours.
    """

    def __init__(self, begin: int, half: int, quarter: int, eighth: int) -> None:
        """Build it with so many channels at each size; as it is built it changes nothing."""
        super().__init__()
        widths = (begin, half, quarter, eighth)
        self.begin = Convolution(PLANES_IN, begin, 3)
        self.down = nn.ModuleList([Convolution(wide, wider, 3, stride=2) for wide, wider in pairwise(widths)])
        self.going_down = nn.ModuleList([Block(width) for width in widths])
        self.everywhere = nn.Linear(2 * eighth, eighth)
        self.deep = Block(eighth)
        self.up = nn.ModuleList([Convolution(wider, wide, 3) for wide, wider in pairwise(widths)])
        self.going_up = nn.ModuleList([Block(width) for width in widths[:-1]])
        self.end = Convolution(begin, 3, 3)
        _keep_variances(self)
        for last in (self.end, *(block.second for block in self.modules() if isinstance(block, Block))):
            _make_zero(last)

    def forward(self, picture: Tensor, shading: Tensor, mask: Tensor) -> Tensor:
        """Return the cloth on garments, changed: what :meth:`change` gives, added; in [0, 1]."""
        return (picture + self.change(picture, shading, mask)).clamp(0, 1)

    def change(self, laid: Tensor, shading: Tensor, mask: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return the change to the cloth.

        Args:
            laid: ``(B, 3, H, W)`` in [0, 1], sides multiples of ``DEEPEST_STRIDE``.
            shading: ``(B, 1, H, W)``, ≥ 0.
            mask: ``(B, 1, H, W)`` in [0, 1].
            repeat: of a tile.

        Returns:
            ``(B, 3, H, W)`` in ±``MOST``, float32; 0 where the mask is.
        """
        lit = relight(laid, shading)
        planes = torch.cat([laid - 0.5, shading - 1, mask, lit - 0.5], 1)
        seen = nnf.relu(self.begin(planes.to(self.begin.inner.weight.dtype), repeat))
        passed = []
        for block, down in zip(self.going_down, self.down, strict=False):
            passed.append(block(seen, repeat))
            seen = nnf.relu(down(passed[-1], repeat))
        seen = self.going_down[-1](seen, repeat)
        told = self.everywhere(_means(seen, mask))
        seen = self.deep(nnf.relu(seen + told[..., None, None]), repeat)
        for before, up, block in reversed(list(zip(passed, self.up, self.going_up, strict=True))):
            # Made narrower before it is enlarged: a quarter of the work.
            seen = block(nnf.relu(before + enlarged_twice(up(seen, repeat))), repeat)
        change: Tensor = MOST * torch.tanh(never_infinite(self.end(seen, repeat)).float()) * mask
        return change


class Block(nn.Module):
    """Two 3×3 convolutions added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels, 3)
        self.second = Convolution(channels, channels, 3)

    def forward(self, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``(B, C, H, W)``."""
        found: Tensor = planes + self.second(nnf.relu(self.first(planes, repeat)), repeat)
        return found


def architecture(part: TrainPart) -> dict[str, int]:
    """Return what a network is built with that is trained so."""
    names = ("begin", "half", "quarter", "eighth")
    return {name: channels_of(width, part.width_share) for name, width in zip(names, WIDTHS, strict=True)}


def build(architecture: Mapping[str, int]) -> ToileFast:
    """Return a network with fresh weights."""
    return ToileFast(**architecture)


def paint(network: ToileFast, shown: Shown) -> Tensor:
    """Return cloth ``(B, 3, H, W)`` in [0, 1]; a tile of a mirror repeat stays its own reflection."""
    picture = shown.picture
    even = torch.ones_like(picture[:, :1])
    change = network.change(
        picture,
        even if shown.shading is None else shown.shading,
        even if shown.mask is None else shown.mask,
        shown.repeat,
    )
    if shown.repeat == "mirror":
        change = symmetric(change)
    return (picture + shown.style_share * change).clamp(0, 1)


def _means(planes: Tensor, mask: Tensor) -> Tensor:
    """Return each map's mean and mean size within the garment, ``(B, 2 C)``, in the type that came."""
    weight = nnf.avg_pool2d(mask, DEEPEST_STRIDE)
    wide = planes.float()
    both = torch.cat([wide, wide.abs()], 1)
    found = (both * weight).flatten(2).sum(2) / weight.flatten(1).sum(1, keepdim=True).clamp_min(LEAST_PLACES)
    return found.to(planes.dtype)


def _keep_variances(network: nn.Module) -> None:
    """Begin as He et al. (2015) do: without norms, maps would fade on the way down."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _make_zero(convolution: Convolution) -> None:
    for weights in convolution.parameters():
        nn.init.zeros_(weights)
