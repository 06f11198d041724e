"""A lesson that takes no time: a colour learns to be the photos' mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from nst_core.training import Drawn


class Colour(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.tensor([0.0, 0.0, 0.0]))
        self.frozen = nn.Parameter(torch.tensor([1.0]))


class Means:
    """``spoils`` is asked at every step that learns whether its loss is NaN; it is told their number."""

    def __init__(self, spoils: Callable[[int], bool] = lambda _: False, *, noise: float = 0.1) -> None:
        self.module = Colour()
        self.learns: Mapping[str, nn.Parameter] = {"mean": self.module.mean}
        self.steps = 0
        self.seen: list[Tensor] = []
        self._spoils, self._noise = spoils, noise

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        aim = drawn.photos.mean((0, 2, 3)) + self._noise * float(drawn.rng.normal())
        loss = (self.module.mean - aim).square().sum()
        if torch.is_grad_enabled():
            self.steps += 1
            self.seen.append(drawn.photos)
            if self._spoils(self.steps):
                loss = loss * float("nan")
        return {"square": loss, "other": 0.5 * loss}

    def painted(self, photos: Tensor) -> Tensor:
        return self.module.mean.detach().view(1, 3, 1, 1).expand_as(photos)
