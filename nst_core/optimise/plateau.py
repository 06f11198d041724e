"""An adaptive learning rate: half the rate for a sample whose loss stands still."""

from __future__ import annotations

import torch
from torch import Tensor

# A loss must fall by a hundredth to count as falling.
LEAST_GAIN = 0.01
LEAST_SHARE = 1 / 64


class Plateau:
    """The share of the learning rate that each sample goes on with.

    It is halved after ``patience`` looks without a loss 1 % below the best one, down to a 64th. When the
    objective changes, the best loss is forgotten but not how long it stood still.

    Source:
        Duggal et al., "Neural Style Transfer: Creating Art with Deep Learning", names an adaptive learning
        rate without a formula; this is the usual one of training networks, a sample at a time.
    """

    def __init__(self, patience: int, start: Tensor) -> None:
        self._patience = patience
        self._share = start.new_ones(len(start))
        self._best = start.new_full((len(start),), torch.nan)
        self._waited = start.new_zeros(len(start))

    def shares(self, losses: Tensor) -> Tensor:
        """Return the shares ``(B,)`` after a look at the losses ``(B,)``."""
        unknown = self._best.isnan()
        lower = losses < self._best * (1 - LEAST_GAIN)
        self._best = torch.where(unknown | lower, losses, self._best)
        self._waited = torch.where(lower, 0, self._waited + (~unknown).float())
        stands = self._waited >= self._patience
        self._share = torch.where(stands, (self._share / 2).clamp_min(LEAST_SHARE), self._share)
        self._waited = torch.where(stands, 0, self._waited)
        return self._share

    def forget_losses(self) -> None:
        """Take the next losses as the best ones so far."""
        self._best = torch.full_like(self._best, torch.nan)

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._share, self._best = self._share[samples], self._best[samples]
        self._waited = self._waited[samples]
