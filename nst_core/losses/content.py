"""The content loss: how far the picture's features have moved from the content image's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from configs.cloth import Repeat
from configs.recipe import ContentTerm
from nst_core.backbones import Backbone
from nst_core.errors import LossUnknown
from nst_core.losses.scene import Loss, Scene, Sums, View

# Of a larger picture looked at through windows the targets are not held: relu3_1 of 8192² px has 2 GB.
HELD_UP_TO_PX = 2048 * 2048


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
    return _in_form(_SquaredDistance.apply(features, target), features[0].numel(), form)


def _in_form(squares: Tensor, values: int, form: Literal["half-sum", "mean"]) -> Tensor:
    return squares / 2 if form == "half-sum" else squares / values


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
class _Unheld:
    """Content images ``(B, 3, H, W)`` whose features are worked out window by window, each time anew."""

    images: Tensor
    backbone: Backbone
    repeat: Repeat | None

    @torch.no_grad()
    def seen_by(self, view: View, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return the features of what a view shows."""
        around = self.repeat if view.is_whole else None
        features = self.backbone.features(view.window.see(self.images), layers, repeat=around)
        return {
            layer: view.window.inner(maps, self.backbone.stride(layer)) for layer, maps in features.items()
        }

    def values(self, layer: str) -> int:
        """Return how many values a picture's features have at a layer."""
        stride = self.backbone.stride(layer)
        height, width = (side // stride for side in self.images.shape[-2:])
        return self.backbone.channels(layer) * height * width


@dataclass(frozen=True)
class ContentLoss(Loss):
    """α Σ w_l of :func:`content_loss`, against the content image's features.

    They are worked out once; of a picture too large for that (``HELD_UP_TO_PX``) they are ``unheld``: worked
    out for each window as it is looked at, which is a third of the work more.
    """

    weights: Mapping[str, float]
    targets: Mapping[str, Tensor]
    form: Literal["half-sum", "mean"]
    unheld: _Unheld | None = None

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
        height, width = scene.content.shape[-2:]
        if scene.most_px is not None and height * width > max(scene.most_px, HELD_UP_TO_PX):
            return cls(weights, {}, term.form, _Unheld(scene.content, scene.backbone, scene.repeat))
        return cls(weights, scene.look(scene.content, tuple(weights)), term.form)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared."""
        return tuple(self.weights)

    def sums(self, view: View) -> Sums:
        """Return the squared distance at each layer."""
        if self.unheld is None:
            targets = {layer: view.at(layer, target) for layer, target in self.targets.items()}
        else:
            targets = self.unheld.seen_by(view, self.layers)
        return {
            layer: _SquaredDistance.apply(view.features[layer], target) for layer, target in targets.items()
        }

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        losses = [
            weight * _in_form(sums[layer], self._values(layer), self.form)
            for layer, weight in self.weights.items()
        ]
        return torch.stack(losses).sum(0)

    def only(self, samples: Tensor) -> ContentLoss:
        """Return the same loss for some of the samples."""
        unheld = None if self.unheld is None else replace(self.unheld, images=self.unheld.images[samples])
        targets = {layer: target[samples] for layer, target in self.targets.items()}
        return replace(self, targets=targets, unheld=unheld)

    def _values(self, layer: str) -> int:
        return self.targets[layer][0].numel() if self.unheld is None else self.unheld.values(layer)
