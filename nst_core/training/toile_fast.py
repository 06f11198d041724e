"""How the house recipe's preview tier learns: from its teacher's cloth, and by the teacher's own losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from configs.network import TrainPart
from configs.recipe import OptimisePart
from nst_core.backbones import Backbone
from nst_core.garment import relight
from nst_core.losses import style_targets
from nst_core.networks.shown import Shown
from nst_core.networks.toile_fast import ToileFast, paint
from nst_core.optimise import Canvas
from nst_core.optimise.objective import Objective
from nst_core.training.lesson import Drawn
from nst_core.training.pairs import Pairs
from nst_core.training.subject import Subject

# What is looked at between garments, where a person looks at what a training makes.
GROUND = 0.9


def shared_lesson(module: ToileFast, subject: Subject) -> Refining:
    """Return the lesson of the one file: all its weights, all styles."""
    return Refining(module, subject.part.train, subject.backbone)


@dataclass(frozen=True, eq=False)
class Refining:
    """Change laid cloth as the teacher did, and so that it looks like the flat cloth in the garment's light.

    The pixels of the teacher say where steps lead; the losses that it walked down, here seen through the same
    objective, say what counts in a change that cannot be met pixel by pixel. Its photos are pairs.

    Args:
        module: the network.
        part: the recipe's ``train:`` block.
        backbone: what the losses look through.
    """

    module: ToileFast
    part: TrainPart
    backbone: Backbone

    @property
    def learns(self) -> Mapping[str, nn.Parameter]:
        """All weights."""
        return dict(self.module.named_parameters())

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        """Return pixels, style, motif and total variation, as the recipe weighs them."""
        pairs = Pairs.of(drawn.photos)
        refined = self._refined(pairs)
        found = self._seen(refined, pairs)
        if self.part.pixel_weight:
            found["pixel"] = self.part.pixel_weight * _difference(refined, pairs.teacher, pairs.mask)
        return found

    def painted(self, photos: Tensor) -> Tensor:
        """Return pairs ``(B, 11, H, W)`` as garments in the light: what the network makes of them now."""
        pairs = Pairs.of(photos)
        with torch.no_grad():
            lit = relight(self._refined(pairs), pairs.shading)
        return torch.lerp(torch.full_like(lit, GROUND), lit, pairs.mask)

    def _refined(self, pairs: Pairs) -> Tensor:
        shown = Shown(
            picture=pairs.laid,
            style=pairs.flat[:1],
            backbone=self.backbone,
            shading=pairs.shading,
            mask=pairs.mask,
        )
        return paint(self.module, shown)

    def _seen(self, refined: Tensor, pairs: Pairs) -> dict[str, Tensor]:
        """Return the terms of a teacher's objective, each a mean over the batch."""
        part = OptimisePart(start="cloth", style=self.part.style, motif=self.part.motif, tv=self.part.tv)
        canvas = Canvas(
            start=pairs.laid,
            content=None,
            styles=[style_targets(one[None], part, self.backbone, as_cloth=True) for one in pairs.flat],
            shading=pairs.shading,
            mask=pairs.mask,
        )
        objective = Objective.of(canvas, part, self.backbone)
        layers = tuple(dict.fromkeys(layer for loss in objective.losses.values() for layer in loss.layers))
        seen = self.backbone.features(objective.shown(refined), layers) if layers else {}
        return {name: loss(refined, seen).mean() for name, loss in objective.losses.items()}


def _difference(one: Tensor, other: Tensor, mask: Tensor) -> Tensor:
    """Return the mean squared difference of ``(B, 3, H, W)`` within the masks, over the whole batch."""
    squares = (one - other).square().mean(1, keepdim=True)
    return (squares * mask).sum() / mask.sum().clamp_min(1)
