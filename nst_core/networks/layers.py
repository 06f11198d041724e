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


class LastConvolution(Convolution):
    """A convolution of many maps to the picture's three, worked out for 2 × 2 places at once.

    Three results a place leave most of a vector register empty; twelve a block fill it: the same sums, and
    some zeros, 1.8 to 2 times as fast (32 maps, 9×9, 256², one core, bf16 and fp32).
    """

    def __init__(self, channels_in: int, size: int) -> None:
        super().__init__(channels_in, 3, size)

    def forward(self, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``(B, 3, H, W)`` of ``(B, in, H, W)``, both sides even; :func:`never_infinite`."""
        blocks = nnf.pixel_unshuffle(padded_by(planes, self.border, repeat), 2)
        bias = None if self.inner.bias is None else self.inner.bias.repeat_interleave(4)
        return never_infinite(nnf.pixel_shuffle(nnf.conv2d(blocks, self._of_blocks(), bias), 2))

    def _of_blocks(self) -> Tensor:
        """Return the kernel of each place of a block over the blocks that it sees."""
        weight = self.inner.weight
        out, channels, size, _ = weight.shape
        wide = size + 1
        shifted = [nnf.pad(weight, (right, 1 - right, down, 1 - down)) for down in (0, 1) for right in (0, 1)]
        kernels = torch.stack(shifted, dim=1).view(out, 4, channels, wide // 2, 2, wide // 2, 2)
        return kernels.permute(0, 1, 2, 4, 6, 3, 5).reshape(4 * out, 4 * channels, wide // 2, wide // 2)


class EnlargedConvolution(nn.Module):
    """A 3×3 convolution of the maps at twice their size, each position four times, in one pass.

    Each of the larger map's places sees 2 × 2 places of the smaller one, so the two steps are one transposed
    convolution, whose 4 × 4 kernel is the 3 × 3 one smeared over 2 × 2: the same sums with 4/9 of the
    products, 1.8 to 2.3 times as fast (256², one core, bf16 and fp32). The larger map's reflection at the
    edge is the smaller one's last row again.

    Source:
        Odena, Dumoulin, Olah (2016), "Deconvolution and Checkerboard Artifacts", for enlarging by the
        nearest.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.inner = nn.Conv2d(channels_in, channels_out, 3)

    def forward(self, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        """Return ``(B, out, 2 H, 2 W)`` of ``(B, in, H, W)``."""
        wide = nnf.pad(planes, (1,) * 4, mode="replicate") if repeat is None else padded_by(planes, 1, repeat)
        return nnf.conv_transpose2d(wide, self._smeared(), self.inner.bias, stride=2, padding=3)

    def _smeared(self) -> Tensor:
        out, channels = self.inner.weight.shape[:2]
        turned = nnf.pad(self.inner.weight.flip(2, 3), (1,) * 4)
        sums = turned[..., :-1, :-1] + turned[..., 1:, :-1] + turned[..., :-1, 1:] + turned[..., 1:, 1:]
        return sums.view(out, channels, 4, 4).transpose(0, 1)


def never_infinite(planes: Tensor) -> Tensor:
    """Return planes with NaN where they are infinite, and as they are elsewhere.

    What brings a picture into [0, 1], a clamp or a sigmoid, makes white or black of an overflow; NaN goes
    through it and is seen by who looks for it.
    """
    return planes + 0 * planes


def evened(planes: Tensor) -> Tensor:
    """Return each map ``(H, W)`` of each picture at mean 0 and variance 1; sums run in float32.

    Of a tile the statistics are those of the endless cloth. As a group norm of one map a group, which takes
    bfloat16 maps as they are: 7 times as fast on the CPU as torch's instance norm of a float32 copy.
    """
    return nnf.group_norm(planes, planes.shape[1], eps=NORM_EPS)


class InstanceNorm(nn.Module):
    """Each map of each picture :func:`evened`, then times γ plus β.

    Source:
        Ulyanov, Vedaldi, Lempitsky (2016), "Instance Normalization: The Missing Ingredient for Fast
        Stylization"; γ and β a style: Dumoulin, Shlens, Kudlur (2017), "A Learned Representation For
        Artistic Style".
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, planes: Tensor, shares: Tensor | None = None) -> Tensor:
        """Return ``(B, C, H, W)`` in the type that came.

        Args:
            planes: ``(B, C, H, W)``.
            shares: of each of several styles at each place, ``(B, S, H, W)`` or ``(B, S, 1, 1)``; γ and β are
                then ``(S, C)`` (``torch.func.functional_call`` puts them there). None: one style.
        """
        if shares is None:
            return nnf.group_norm(planes, len(self.gamma), self.gamma, self.beta, NORM_EPS)
        gamma, beta = (
            torch.einsum("bshw,sc->bchw", shares, each.float()) for each in (self.gamma, self.beta)
        )
        return torch.addcmul(beta, evened(planes).float(), gamma).to(planes.dtype)


def enlarged_twice(planes: Tensor) -> Tensor:
    """Return ``(B, C, 2 H, 2 W)``, each position four times."""
    return nnf.interpolate(planes, scale_factor=2, mode="nearest")


class Residual(nn.Module):
    """Two 3×3 convolutions, each with instance norm, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels, 3)
        self.first_norm = InstanceNorm(channels)
        self.second = Convolution(channels, channels, 3)
        self.second_norm = InstanceNorm(channels)

    def forward(self, planes: Tensor, repeat: Repeat | None = None, shares: Tensor | None = None) -> Tensor:
        """Return ``(B, C, H, W)``; ``shares`` as :class:`InstanceNorm` takes them."""
        seen = nnf.relu(self.first_norm(self.first(planes, repeat), shares))
        found: Tensor = planes + self.second_norm(self.second(seen, repeat), shares)
        return found


def shares_at(shares: Tensor, shrink: int) -> Tensor:
    """Return ``(B, S, H, W)`` at ``H / shrink × W / shrink``; ``(B, S, 1, 1)``, even shares, as they are."""
    return shares if shares.shape[-2:] == (1, 1) else nnf.avg_pool2d(shares, shrink)


def channels_of(width: float, share: float, *, multiple: int = 4) -> int:
    """Return a layer's channels in a network of another width than its paper's; at least ``multiple``."""
    return max(multiple, round(width * share / multiple) * multiple)
