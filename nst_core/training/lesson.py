"""A lesson: what a network learns in one training, and what a step of it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from nst_core.training.perceptual import Grams, Perceptual


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a step learns from, and the step's own dice.

    Photos are ``(B, 3, c, c)`` in [0, 1]; pairs, which have more planes, are drawn and cut as photos are.
    """

    photos: Tensor
    rng: np.random.Generator


class Lesson(Protocol):
    """One training of a network, or of the part of it that is a style's own.

    A step is a function of the weights and of what was drawn, of nothing else: that is what makes a training
    that was cut off end where an unbroken one ends.
    """

    @property
    def module(self) -> nn.Module:
        """The whole network."""
        ...

    @property
    def learns(self) -> Mapping[str, nn.Parameter]:
        """The weights that this training changes, by their names in the network; all others are frozen."""
        ...

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        """Return the terms of the loss, each one number; what is walked down is their sum."""
        ...

    def painted(self, photos: Tensor) -> Tensor:
        """Return photos ``(B, 3, H, W)`` as the network paints them now, to be looked at."""
        ...


@dataclass(frozen=True, eq=False)
class Painting:
    """The lesson of most kinds: paint photos in one style, judged by the perceptual loss.

    Args:
        module: the whole network.
        learns: what is trained of it.
        paint: photos ``(B, 3, H, W)`` → pictures, through the network.
        perceptual: the losses.
        grams: of the style.
    """

    module: nn.Module
    learns: Mapping[str, nn.Parameter]
    paint: Callable[[Tensor], Tensor]
    perceptual: Perceptual
    grams: Grams

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        """Return content, style, total variation and pixels, as the recipe weighs them."""
        return self.perceptual.terms(self.paint(drawn.photos), drawn.photos, self.grams)

    def painted(self, photos: Tensor) -> Tensor:
        """Return photos as the network paints them now."""
        with torch.no_grad():
            return self.paint(photos)
