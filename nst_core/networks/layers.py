"""What trained networks are built of: padding that knows repeats, convolutions, instance norm, enlarging."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from nst_core.lattice import cover_planes

# Added to the variance, so that an even map stays even.
NORM_EPS = 1e-5


def padded_by(planes: Tensor, border: int, repeat: Repeat | None) -> Tensor:
    """Return planes with a border: their reflection, or, of a tile, its neighbours as its repeat lays them.

    Args:
        planes: ``(B, C, H, W)``, both sides longer than ``border``.
        border: positions on each side.
        repeat: how the tile meets its neighbours; None: a picture that ends at its edge.

    Returns:
        ``(B, C, H + 2 border, W + 2 border)``.
    """
    if border == 0:
        return planes
    if repeat is None:
        return nnf.pad(planes, (border,) * 4, mode="reflect")
    if repeat in ("half-drop", "half-brick"):
        height, width = (side + 2 * border for side in planes.shape[-2:])
        return cover_planes(planes, repeat, height_px=height, width_px=width, top=-border, left=-border)
    return nnf.pad(planes, (border,) * 4, mode="circular")


class Convolution(nn.Module):
    """A convolution whose edge is padded by what lies there, not by zeros: no dark frame, no seam."""

    def __init__(self, channels_in: int, channels_out: int, size: int, *, stride: int = 1) -> None:
        super().__init__()
        self.inner = nn.Conv2d(channels_in, channels_out, size, stride)
        self.border = size // 2

    def forward(self, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``(B, out, ⌈H / stride⌉, ⌈W / stride⌉)`` of ``(B, in, H, W)``."""
        found: Tensor = self.inner(padded_by(planes, self.border, repeat))
        return found


class InstanceNorm(nn.Module):
    """Each map of each picture at mean 0 and variance 1, then times γ plus β, in float32.

    Of a tile the statistics are those of the endless cloth.

    Source:
        Ulyanov, Vedaldi, Lempitsky (2016), "Instance Normalization: The Missing Ingredient for Fast
        Stylization"; γ and β a style: Dumoulin, Shlens, Kudlur (2017), "A Learned Representation For
        Artistic Style".
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, planes: Tensor) -> Tensor:
        """Return ``(B, C, H, W)`` in the type that came."""
        found = nnf.instance_norm(
            planes.float(), weight=self.gamma.float(), bias=self.beta.float(), eps=NORM_EPS
        )
        return found.to(planes.dtype)


def enlarged_twice(planes: Tensor) -> Tensor:
    """Return ``(B, C, 2 H, 2 W)``, each position four times: a convolution after it leaves no checkerboard.

    Source:
        Odena, Dumoulin, Olah (2016), "Deconvolution and Checkerboard Artifacts".
    """
    return nnf.interpolate(planes, scale_factor=2, mode="nearest")


class Residual(nn.Module):
    """Two 3×3 convolutions, each with instance norm, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels, 3)
        self.first_norm = InstanceNorm(channels)
        self.second = Convolution(channels, channels, 3)
        self.second_norm = InstanceNorm(channels)

    def forward(self, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``(B, C, H, W)``."""
        seen = nnf.relu(self.first_norm(self.first(planes, repeat)))
        found: Tensor = planes + self.second_norm(self.second(seen, repeat))
        return found


def channels_of(width: float, share: float, *, multiple: int = 4) -> int:
    """Return a layer's channels in a network of another width than its paper's; at least ``multiple``."""
    return max(multiple, round(width * share / multiple) * multiple)
