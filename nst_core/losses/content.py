"""The content loss: how far the picture's features have moved from the content image's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from configs.recipe import ContentTerm
from nst_core.errors import LossUnknown
from nst_core.losses.scene import Scene


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
    wide = torch.promote_types(features.dtype, torch.float32)
    squares = (features.to(wide) - target.to(wide)).square().flatten(1)
    return squares.sum(1) / 2 if form == "half-sum" else squares.mean(1)


@dataclass(frozen=True)
class ContentLoss:
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
        scale = term.weight * scene.feature_scale**2
        weights = {layer: scale * weight for layer, weight in term.layers.items() if weight > 0}
        with torch.no_grad():
            targets = scene.backbone.features(scene.content, tuple(weights)) if weights else {}
        return cls(weights, targets, term.form)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared."""
        return tuple(self.weights)

    def __call__(self, picture: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        total = picture.new_zeros(len(picture))
        for layer, weight in self.weights.items():
            total = total + weight * content_loss(features[layer], self.targets[layer], self.form)
        return total

    def only(self, samples: Tensor) -> ContentLoss:
        """Return the same loss for some of the samples."""
        return replace(self, targets={layer: target[samples] for layer, target in self.targets.items()})
