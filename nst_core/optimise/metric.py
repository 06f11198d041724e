"""How pictures differ: more in grey than in colour, more in large shapes than in small ones."""

from __future__ import annotations

import torch
from torch import Tensor

from configs.cloth import Repeat
from nst_core.lattice import cover_planes

# Measured on Gram losses: the worth of a step falls about with frequency (of 2/px) from .05 on.
KNEE = 0.05


class PictureMetric:
    """A symmetric positive smoothing of gradients: the first guess at the inverse Hessian, up to a factor.

    What is not common to the three channels counts by a share only (a third, as measured on Gram losses),
    then every frequency f is divided by .05 + f. The curvature of Gram losses, measured along bands of
    frequency in grey and in colour, lies three decades apart; starting from here, 20 steps of the house
    recipe end at a gmd of .257 instead of .275, held out .282 instead of .300 (medians of 10 garments, 256
    px), with less speckle.
    Beyond the edge it sees the other side of the picture, as a straight repeat has it; of a tile that repeats
    another way two are smoothed together, which do repeat straight.
    """

    def __init__(self, like: Tensor, repeat: Repeat | None = None, *, colour_share: float) -> None:
        self._colour_share = colour_share
        self._tile = repeat if repeat in ("half-drop", "half-brick") else None
        self._inner = like.shape[-2:]
        height, width = self._inner
        self._size = (height * (1 + (repeat == "half-brick")), width * (1 + (repeat == "half-drop")))
        down = 2 * torch.fft.fftfreq(self._size[0], device=like.device).view(-1, 1)
        across = 2 * torch.fft.rfftfreq(self._size[1], device=like.device)
        self._worth = (KNEE + 0.5) / (KNEE + torch.hypot(down, across))

    def __call__(self, gradients: Tensor) -> Tensor:
        """Return gradients ``(B, 3, H, W)`` smoothed."""
        grey = gradients.mean(1, keepdim=True)
        tinted = torch.add(grey * (1 - self._colour_share), gradients, alpha=self._colour_share)
        if self._tile is not None:
            tinted = cover_planes(tinted, self._tile, height_px=self._size[0], width_px=self._size[1])
        smooth: Tensor = torch.fft.irfft2(torch.fft.rfft2(tinted).mul_(self._worth), s=self._size)
        return smooth[..., : self._inner[0], : self._inner[1]]


def smooth_in_place(gradients: Tensor, repeat: Repeat | None, *, colour_share: float) -> Tensor:
    """Smooth gradients ``(B, 3, H, W)`` as :class:`PictureMetric` does, in place, a channel at a time.

    A half-drop tile is not laid out twice: seen as waves down the tile, every second one comes back with its
    sign turned at the neighbour across, so those are turned by half a wave and then repeat straight.

    Returns:
        ``(B,)``, float64: the inner product of each sample's gradients with what they became.
    """
    axis = -2 if repeat == "half-drop" else -1
    products = torch.zeros(len(gradients), dtype=torch.float64, device=gradients.device)
    for sample, product in zip(gradients, products, strict=True):
        grey = sample.mean(0).mul_(1 - colour_share)
        for channel in sample:
            before = channel.to(torch.bfloat16)
            channel.mul_(colour_share).add_(grey)
            waves = torch.fft.rfft(channel, dim=axis)
            along = waves if axis == -2 else waves.mT
            _weigh(along, channel.shape[axis], shifted=repeat in ("half-drop", "half-brick"))
            channel.copy_(torch.fft.irfft(waves, n=channel.shape[axis], dim=axis))
            product += sum(_dot(*rows) for rows in zip(before.split(256), channel.split(256), strict=True))
    return products


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return (one.float() * other).sum(dtype=torch.float64)


def _weigh(waves: Tensor, side_px: int, *, shifted: bool) -> None:
    """Give frequencies their worth, in place: ``(n, L)``, n waves along a side of so many px, L px across."""
    # So many waves at a time that nothing of the tile's size is held beside it.
    length = waves.shape[1]
    at_once = max(1, (1 << 20) // length)
    along = torch.arange(length, device=waves.device)
    for begin in range(0, len(waves), at_once):
        part = waves[begin : begin + at_once]
        number = torch.arange(begin, begin + len(part), device=waves.device).view(-1, 1)
        odd = (number % 2).float() if shifted else torch.zeros_like(number, dtype=torch.float32)
        turn = torch.polar(torch.ones_like(odd * along), -torch.pi * odd * along / length)
        found = torch.fft.fft(part * turn, dim=1)
        across = 2 * (torch.fft.fftfreq(length, device=waves.device) + odd / (2 * length))
        down = 2 * number / side_px
        found.mul_((KNEE + 0.5) / (KNEE + torch.hypot(down.expand_as(across), across)))
        part.copy_(torch.fft.ifft(found, dim=1).mul_(turn.conj()))
