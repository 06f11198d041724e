"""The last steps of a tile in inks: every look is at the print itself, every step lays it anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from configs.cloth import Repeat
from nst_core.garment.pixels import Rgb
from nst_core.inks.difference import delta_e
from nst_core.inks.laying import InkMap, lay_inks, nearest_inks
from nst_core.inks.regions import without_small
from nst_core.lattice import symmetric
from nst_core.planes import rgb_of, to_planes

# How far colours lean at first, root mean square, sRGB in [0, 1]; then less where the print strays too far
# from the settled picture, more where it does not.
LEAN, LESS, MORE = 0.02, 0.85, 1.1
# What the mean of the gradients remembers: a single one flips places to and fro.
MEMORY = 0.8


@dataclass(frozen=True, eq=False)
class InkSpec:
    """What the last steps need to know beside the start, which is the settled picture.

    Attributes:
        colours: of each sample, ``(n, 3)`` uint8: its inks.
        least_px: no region of an ink is smaller.
    """

    colours: Sequence[Rgb]
    least_px: int
    method: Literal["inks"] = "inks"


class InkSteps:
    """Straight through: losses and gradients are those of the print, what moves is the picture under it.

    The picture under the print is the settled one, leaning against the mean of all gradients so far (dual
    averaging), and each place takes the ink that is nearest to it. So the pull of the settled picture is
    exact at every step, and how far colours lean decides how far the print strays: as long as its mean
    ΔE2000 to the settled picture is above that of the settled picture merely laid in its inks, they lean
    less. The result is the print of the lowest loss among those that stray no farther; the first one is the
    picture merely laid.

    Each step lays on the CPU: some .2 s at 384 px beside .6 s for a look.

    Source:
        Bengio, Léonard, Courville (2013), "Estimating or propagating gradients through stochastic neurons"
        (straight through); Nesterov (2009), "Primal-dual subgradient methods" (dual averaging; here the
        mean forgets).
    """

    def __init__(self, spec: InkSpec, start: Tensor, repeat: Repeat | None) -> None:
        self._repeat, self._least_px = repeat, spec.least_px
        self._settled = start
        self._samples = [
            _Sample(_rgb_of(one, repeat), colours) for one, colours in zip(start, spec.colours, strict=True)
        ]
        self._mean = torch.zeros_like(start)
        self._mass = 0.0
        self._printed: Tensor | None = None

    @classmethod
    def of(cls, spec: InkSpec, steps: int, start: Tensor, repeat: Repeat | None = None) -> InkSteps:
        """Build it; the first step goes from the settled picture to the picture merely laid in its inks."""
        del steps
        return cls(spec, start, repeat)

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the next prints."""
        if self._printed is None:
            self._printed = self._stacked(
                [one.merely_laid(self._repeat, self._least_px) for one in self._samples]
            )
            return self._printed
        self._judge(pictures, losses)
        self._mean.lerp_(gradients.nan_to_num(0, 0, 0), 1 - MEMORY)
        self._mass = MEMORY * self._mass + 1 - MEMORY
        mean = self._mean / self._mass
        rms = mean.square().mean((1, 2, 3)).sqrt().clamp_min(torch.finfo(mean.dtype).tiny)
        leans = mean.new_tensor([one.lean for one in self._samples])
        under = self._settled - mean * (leans / rms).view(-1, 1, 1, 1)
        laid = [
            one.laid(_rgb_of(planes, self._repeat), self._repeat, self._least_px)
            for planes, one in zip(under, self._samples, strict=True)
        ]
        return self._stacked(laid)

    def settle(self, pictures: Tensor, losses: Tensor) -> Tensor:
        """Return the best prints."""
        if self._printed is None:
            return pictures
        self._judge(pictures, losses)
        return self._stacked([one.best for one in self._samples])

    def forget_losses(self) -> None:
        """Keep what is best: another corner of the same cloth has nearly the same losses."""

    def finished(self) -> Tensor | None:
        """It cannot tell."""
        return None

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._samples = [self._samples[int(sample)] for sample in samples]
        self._mean, self._settled = self._mean[samples], self._settled[samples]

    def _judge(self, pictures: Tensor, losses: Tensor) -> None:
        for one, picture, loss in zip(self._samples, pictures, losses.tolist(), strict=True):
            one.judge(rgb_of(picture), loss)

    def _stacked(self, prints: Sequence[Rgb]) -> Tensor:
        return torch.stack([to_planes(one) for one in prints]).to(self._settled.device)


class _Sample:
    """One tile: how far it may stray and leans now, and its best print."""

    def __init__(self, settled: Rgb, colours: Rgb) -> None:
        self.best = settled
        self.lean = LEAN
        self._settled, self._colours = settled, colours
        self._most = math.inf
        self._loss = math.inf

    def merely_laid(self, repeat: Repeat | None, least_px: int) -> Rgb:
        """Return the settled picture in its inks."""
        self.best = self._print(
            lay_inks(self._settled, self._colours, repeat), self._settled, repeat, least_px
        )
        self._most = self._strayed(self.best)
        return self.best

    def laid(self, under: Rgb, repeat: Repeat | None, least_px: int) -> Rgb:
        """Return a picture in the inks that are nearest to it."""
        return self._print(nearest_inks(under, self._colours), under, repeat, least_px)

    def judge(self, printed: Rgb, loss: float) -> None:
        """Take note of a print's loss; lean less if it strays too far, more if it does not."""
        strays = self._strayed(printed) > self._most
        self.lean *= LESS if strays else MORE
        if not strays and loss < self._loss:
            self.best, self._loss = printed, loss

    def _print(self, inks: InkMap, picture: Rgb, repeat: Repeat | None, least_px: int) -> Rgb:
        return self._colours[without_small(inks, picture, self._colours, repeat, least_px)]

    def _strayed(self, printed: Rgb) -> float:
        return float(delta_e(printed, self._settled).mean())


def _rgb_of(planes: Tensor, repeat: Repeat | None) -> Rgb:
    """Return ``(3, H, W)`` as ``(H, W, 3)`` uint8; of a mirror repeat its own reflection to the last bit."""
    return rgb_of(symmetric(planes) if repeat == "mirror" else planes)
