"""Networks so small that a training of them is over at once, in the places of two kinds of the registry."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nst_core.networks.kinds import Kind
from nst_core.training.lesson import Drawn
from nst_core.training.lessons import Lessons
from nst_core.training.subject import Subject

RECIPE = """
extends: {base}
name: {name}
network:
  kind: {kind}
  model: {name}
  train: {train}
"""
TRAIN = {
    "crop_px": 64,
    "batch": 2,
    "steps": 6,
    "style_steps": 6,
    "lr": 0.05,
    "held_out": 2,
    "check_every": 2,
    "patience": 100,
}
# A kind with a file a style, one with a shared file too, one with that alone, one that learns from pairs.
OWN, BOTH, ALL, PAIRS = "johnson", "stylebank", "adain", "toile-fast"


class Toy(nn.Module):
    """Mixes the colours of a picture, and adds those of a style."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(3, 3, 1)
        self.bank = nn.Parameter(torch.zeros(3))

    def forward(self, picture: Tensor) -> Tensor:
        return torch.sigmoid(self.trunk(picture) + self.bank[:, None, None])


@dataclass(frozen=True, eq=False)
class Mean:
    """The lesson: be the photo, or have the mean colour of a style."""

    module: Toy
    learns: Mapping[str, nn.Parameter]
    style: Tensor | None
    at_step: Callable[[], float]

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        photos = drawn.photos[:, :3]  # of pairs: laid cloth
        painted = self.module(photos)
        target = photos if self.style is None else self.style.mean((2, 3), keepdim=True)
        return {"pixel": (painted - target).square().mean() + self.at_step()}

    def painted(self, photos: Tensor) -> Tensor:
        with torch.no_grad():
            return self.module(photos[:, :3])


class ToyKinds:
    """The registries' entries; ``added`` is added to every loss, and ``when`` is called before each."""

    def __init__(self) -> None:
        self.added = 0.0
        self.when: Callable[[int], None] = lambda step: None
        self.seen = 0

    def _step(self) -> float:
        self.seen += 1
        self.when(self.seen)
        return self.added

    def diverge(self) -> None:
        self.added = math.nan

    def kind(self, name: str) -> Kind:
        def of_style(tensor: str) -> bool:
            return {OWN: True, ALL: False, PAIRS: False}.get(name, tensor == "bank")

        return Kind(
            lambda part: {"wide": 3}, lambda _: Toy(), lambda net, shown: net(shown.picture), of_style
        )

    def lessons(self, name: str) -> Lessons:
        def shared(module: Toy, subject: Subject) -> Mean:
            return Mean(module, {"trunk.weight": module.trunk.weight}, None, self._step)

        def style(module: Toy, subject: Subject) -> Mean:
            [textile] = subject.styles
            return Mean(module, {"bank": module.bank}, textile, self._step)

        if name == PAIRS:
            return Lessons(shared, None, learns_from="pairs")
        return Lessons(None if name == OWN else shared, None if name == ALL else style)
