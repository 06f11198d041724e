"""Adam, clamped to the range of a picture after each step."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import AdamSpec
from nst_core.optimise.plateau import Plateau


class Adam:
    """Adam with bias correction; every value has its own state, so samples cannot touch each other.

    The learning rate is constant, falls to 0 along half a cosine, or is halved, for each sample by itself,
    where its loss stands still. The clamp to [0, 1] after the step is the projection that TensorFlow's
    style-transfer tutorial makes; the moments are those of the unclamped gradient.

    Source:
        Kingma, Ba (2015), "Adam: A Method for Stochastic Optimization", algorithm 1.
    """

    def __init__(self, spec: AdamSpec, steps: int, start: Tensor) -> None:
        self._spec = spec
        self._steps = steps
        self._taken = 0
        self._mean = torch.zeros_like(start)
        self._square = torch.zeros_like(start)
        self._plateau = Plateau(spec.patience, start) if spec.decay == "plateau" else None

    @classmethod
    def of(cls, spec: AdamSpec, steps: int, start: Tensor, repeat: Repeat | None = None) -> Adam:
        """Build it from a recipe's block; it looks at no neighbours."""
        del repeat
        return cls(spec, steps, start)

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the pictures one step further."""
        spec = self._spec
        rate = spec.lr
        if spec.decay == "cosine":
            rate *= 0.5 * (1 + math.cos(math.pi * self._taken / self._steps))
        self._taken += 1
        self._mean.lerp_(gradients, 1 - spec.beta1)
        self._square.mul_(spec.beta2).addcmul_(gradients, gradients, value=1 - spec.beta2)
        unbias_mean = 1 - spec.beta1**self._taken
        unbias_square = math.sqrt(1 - spec.beta2**self._taken)
        size = self._square.sqrt().div_(unbias_square).add_(spec.eps)
        mean = self._mean
        if self._plateau is not None:
            mean = mean * self._plateau.shares(losses).view(-1, 1, 1, 1)
        return torch.addcdiv(pictures, mean, size, value=-rate / unbias_mean).clamp_(0, 1)

    def settle(self, pictures: Tensor, losses: Tensor) -> Tensor:
        """Return the last pictures."""
        del losses
        return pictures

    def forget_losses(self) -> None:
        """Let the plateau, if there is one, begin with the next loss."""
        if self._plateau is not None:
            self._plateau.forget_losses()

    def finished(self) -> Tensor | None:
        """Adam cannot tell."""
        return None

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._mean, self._square = self._mean[samples], self._square[samples]
        if self._plateau is not None:
            self._plateau.only(samples)
