"""The content loss: how far the picture's features have moved from the content image's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from configs.recipe import ContentTerm
from nst_core.errors import LossUnknown
from nst_core.losses.scene import Loss, Scene, Sums, View


def content_loss(features: Tensor, target: Tensor, form: Literal["half-sum", "mean"]) -> Tensor:
    """Return how far features lie from a target, one value per sample.

    ``half-sum`` is ½Σ(F − P)², as the paper prints it, so it grows with the picture; ``mean`` is
    mean((F − P)²), the same for one content at every size.

    Args:
        features: ``(B, C, h, w)``, any floating type; the sum runs in float32 (float64 for float64).
        target: ``(B, C, h, w)``.
        form: which of the two.

    Returns:
        ``(B,)``, ≥ 0.

    Source:
        Gatys, Ecker, Bethge (2016), eq. 1. (Elmitwally et al. print it without the square.)
    """
    return _in_form(_SquaredDistance.apply(features, target), features, form)


def _in_form(squares: Tensor, like: Tensor, form: Literal["half-sum", "mean"]) -> Tensor:
    return squares / 2 if form == "half-sum" else squares / like[0].numel()


class _SquaredDistance(torch.autograd.Function):
    """Σ(F − P)² of each sample: what autograd would do in ten passes over the maps, in five."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor) -> Tensor:
        wide = torch.promote_types(features.dtype, torch.float32)
        away = features.to(wide) - target.to(wide)
        ctx.save_for_backward(away)
        ctx.dtype = features.dtype
        rows = away.flatten(1)
        squares: Tensor = torch.linalg.vecdot(rows, rows)
        return squares

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (away,) = ctx.saved_tensors
        return (away * (2 * gradient).view(-1, 1, 1, 1)).to(ctx.dtype), None


@dataclass(frozen=True)
class ContentLoss(Loss):
    """α Σ w_l of :func:`content_loss`, against the content image's features worked out once."""

    weights: Mapping[str, float]
    targets: Mapping[str, Tensor]
    form: Literal["half-sum", "mean"]

    @classmethod
    def of(cls, term: ContentTerm, scene: Scene) -> ContentLoss:
        """Build the loss of a recipe's ``content`` block.

        Raises:
            LossUnknown: the scene has no content images.
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        if scene.content is None:
            raise LossUnknown("a content loss needs content images, and the canvas has none", loss="content")
        scale = term.weight * scene.feature_scale**2 * (scene.share if term.form == "mean" else 1.0)
        weights = {layer: scale * weight for layer, weight in term.layers.items() if weight > 0}
        return cls(weights, scene.look(scene.content, tuple(weights)), term.form)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared."""
        return tuple(self.weights)

    def sums(self, view: View) -> Sums:
        """Return the squared distance at each layer."""
        return {
            layer: _SquaredDistance.apply(view.features[layer], view.at(layer, target))
            for layer, target in self.targets.items()
        }

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        losses = [
            weight * _in_form(sums[layer], self.targets[layer], self.form)
            for layer, weight in self.weights.items()
        ]
        return torch.stack(losses).sum(0)

    def only(self, samples: Tensor) -> ContentLoss:
        """Return the same loss for some of the samples."""
        return replace(self, targets={layer: target[samples] for layer, target in self.targets.items()})
