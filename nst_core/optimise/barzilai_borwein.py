"""Barzilai and Borwein's gradient descent: all that it remembers is its last direction, in 16 bits."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import BarzilaiBorweinSpec
from nst_core.optimise.lbfgs import FIRST_STEP_RMS, LOOK_BACK
from nst_core.optimise.metric import smooth_in_place

# A step is at most so many times as long as the last one.
MOST_GROWTH = 2.0
# What a look that was no progress leaves of the step.
SHORTENED = 0.25
_VALUES_AT_ONCE = 1 << 20


class BarzilaiBorwein:
    """Descent along the smoothed gradient, as far as the curvature along the last step asks for.

    For tiles so large that L-BFGS does not fit: beside picture and gradient it holds 6 bytes a px, L-BFGS 48
    and 12 for each pair. ``step`` works in the memory of the pictures and of the gradients that it is given.
    The gradient is smoothed as L-BFGS's first guess is (:func:`~nst_core.optimise.metric.smooth_in_place`).
    A look whose loss lies above the last three is taken back, but for what the clamp to [0, 1] had left off,
    and a quarter of the step is tried.

    Source:
        Barzilai, Borwein (1988), "Two-Point Step Size Gradient Methods", eq. 5, in the metric of the
        smoothing; acceptance as in :class:`~nst_core.optimise.lbfgs.Lbfgs`.
    """

    def __init__(self, spec: BarzilaiBorweinSpec, start: Tensor, repeat: Repeat | None = None) -> None:
        self._repeat, self._colour_share = repeat, spec.colour_share
        self._length = start.new_zeros(len(start))
        self._slope = torch.zeros_like(self._length, dtype=torch.float64)
        self._direction: Tensor | None = None
        self._recent: Tensor | None = None

    @classmethod
    def of(
        cls, spec: BarzilaiBorweinSpec, steps: int, start: Tensor, repeat: Repeat | None = None
    ) -> BarzilaiBorwein:
        """Build it from a recipe's block."""
        del steps
        return cls(spec, start, repeat)

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the pictures to look at next, in the memory of ``pictures``; ``gradients`` are used up."""
        if self._direction is None:
            return self._first(pictures, losses, gradients)
        if self._recent is None:
            # Losses cannot be compared with those before: stand here.
            self._recent = losses[:, None].repeat(1, LOOK_BACK)
        progress = losses <= self._recent.amax(1)
        newer = torch.cat((self._recent[:, 1:], losses[:, None]), 1)
        self._recent = torch.where(progress[:, None], newer, self._recent)
        turned = self._slope - _dot(self._direction, gradients)
        factor = torch.where(turned > 0, self._slope / turned, MOST_GROWTH).clamp(SHORTENED, MOST_GROWTH)
        factor = torch.where(progress, factor, SHORTENED).to(losses.dtype)
        slope = smooth_in_place(gradients, self._repeat, colour_share=self._colour_share)
        for index, on in enumerate(progress.tolist()):
            length = float(self._length[index])
            if on:
                self._direction[index], self._slope[index] = gradients[index], slope[index]
                _move(pictures[index], self._direction[index], -length * float(factor[index]))
            else:
                _move(pictures[index], self._direction[index], length * (1 - SHORTENED))
        self._length = self._length * factor
        return pictures

    def settle(self, pictures: Tensor, losses: Tensor) -> Tensor:
        """Return the last pictures; where they were no progress, taken back to those before."""
        if self._direction is None or self._recent is None:
            return pictures
        for index, on in enumerate((losses <= self._recent.amax(1)).tolist()):
            if not on:
                _move(pictures[index], self._direction[index], float(self._length[index]))
        return pictures

    def forget_losses(self) -> None:
        """Stand where the next look is, whatever its loss."""
        self._recent = None

    def finished(self) -> Tensor | None:
        """It cannot tell."""
        return None

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._length, self._slope = self._length[samples], self._slope[samples]
        if self._direction is not None:
            self._direction = self._direction[samples]
        if self._recent is not None:
            self._recent = self._recent[samples]

    def _first(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        self._recent = losses[:, None].repeat(1, LOOK_BACK)
        self._slope = smooth_in_place(gradients, self._repeat, colour_share=self._colour_share)
        self._direction = gradients.to(torch.bfloat16)
        rms = (_dot(self._direction, gradients) / gradients[0].numel()).sqrt().to(losses.dtype)
        self._length = FIRST_STEP_RMS / rms.clamp_min(torch.finfo(rms.dtype).tiny)
        for picture, direction, length in zip(pictures, self._direction, self._length.tolist(), strict=True):
            _move(picture, direction, -length)
        return pictures


def _move(picture: Tensor, direction: Tensor, length: float) -> None:
    for channel, along in zip(picture, direction, strict=True):
        channel.add_(along, alpha=length).clamp_(0, 1)


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """``(B, 3, H, W)`` of any type twice → ``(B,)`` float64, a stretch at a time."""
    total = torch.zeros(len(one), dtype=torch.float64, device=one.device)
    for left, right in zip(_parts(one), _parts(other), strict=True):
        product: Tensor = torch.linalg.vecdot(left.float(), right.float())
        total += product.double()
    return total


def _parts(planes: Tensor) -> Iterator[Tensor]:
    flat = planes.flatten(1)
    return (flat[:, begin : begin + _VALUES_AT_ONCE] for begin in range(0, flat.shape[1], _VALUES_AT_ONCE))
