"""Gradient descent and Adadelta: for comparison with the two methods that designs are made with."""

from __future__ import annotations

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import AdadeltaSpec, GradientDescentSpec


class _FirstOrder:
    """What both share: the last picture is the result, and nothing tells that a sample is done."""

    def settle(self, pictures: Tensor, losses: Tensor) -> Tensor:
        """Return the last pictures."""
        del losses
        return pictures

    def forget_losses(self) -> None:
        """Nothing: it looks at gradients alone."""

    def finished(self) -> Tensor | None:
        """It cannot tell."""
        return None


class GradientDescent(_FirstOrder):
    """Steps against the gradient, with momentum (heavy ball), clamped to [0, 1] after each."""

    def __init__(self, spec: GradientDescentSpec, start: Tensor) -> None:
        self._spec = spec
        self._velocity = torch.zeros_like(start)

    @classmethod
    def of(
        cls, spec: GradientDescentSpec, steps: int, start: Tensor, repeat: Repeat | None = None
    ) -> GradientDescent:
        """Build it from a recipe's block; it looks at no neighbours."""
        del steps, repeat
        return cls(spec, start)

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the pictures one step further."""
        del losses
        self._velocity.mul_(self._spec.momentum).add_(gradients)
        return torch.add(pictures, self._velocity, alpha=-self._spec.lr).clamp_(0, 1)

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._velocity = self._velocity[samples]


class Adadelta(_FirstOrder):
    """Steps as large as the last ones were, relative to the gradient; clamped to [0, 1] after each.

    Source:
        Zeiler (2012), "ADADELTA: An Adaptive Learning Rate Method", algorithm 1.
    """

    def __init__(self, spec: AdadeltaSpec, start: Tensor) -> None:
        self._spec = spec
        self._gradient_square = torch.zeros_like(start)
        self._step_square = torch.zeros_like(start)

    @classmethod
    def of(cls, spec: AdadeltaSpec, steps: int, start: Tensor, repeat: Repeat | None = None) -> Adadelta:
        """Build it from a recipe's block; it looks at no neighbours."""
        del steps, repeat
        return cls(spec, start)

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the pictures one step further."""
        del losses
        rho, eps = self._spec.rho, self._spec.eps
        self._gradient_square.mul_(rho).addcmul_(gradients, gradients, value=1 - rho)
        scale = (self._step_square + eps).div_(self._gradient_square + eps).sqrt_()
        move = scale.mul_(gradients)
        self._step_square.mul_(rho).addcmul_(move, move, value=1 - rho)
        return torch.add(pictures, move, alpha=-self._spec.lr).clamp_(0, 1)

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._gradient_square, self._step_square = self._gradient_square[samples], self._step_square[samples]
