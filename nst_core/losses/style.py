"""The style loss: how far the picture's Gram matrices lie from the style image's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from configs.recipe import StyleTerm
from nst_core.errors import LossUnknown
from nst_core.losses.gram import GramTotal, gram_sum, mean_gram, positions_sum
from nst_core.losses.region import garment_weight
from nst_core.losses.scene import Loss, Scene, Sums, View
from nst_core.losses.style_targets import Statistics, StyleSight

StyleForm = Literal["gatys", "mean", "relative"]


def style_loss(gram: Tensor, target: Tensor, form: StyleForm) -> Tensor:
    """Return how far Gram matrices lie from their targets, one value per sample.

    With N channels, and G and A divided by their numbers of positions:

    - ``gatys``: Σ(G − A)² / (4N²). The paper's 1/(4N²M²) with undivided matrices is the same number where
      picture and style image have the same M positions; where they have not, the paper leaves M open and
      this compares textures, not areas.
    - ``mean``: mean((G − A)²), which is 4 times ``gatys``.
    - ``relative``: Σ(G − A)² / ΣA², free of the features' scale: 0 same texture, 1 as far as a flat grey.

    Args:
        gram: ``(B, N, N)``, from :func:`~nst_core.losses.gram.gram_matrix`.
        target: ``(B, N, N)``.
        form: which of the three.

    Returns:
        ``(B,)``, ≥ 0.

    Source:
        Gatys, Ecker, Bethge (2016), eq. 4; ``mean`` as in TensorFlow's style-transfer tutorial, which
        Elmitwally et al. follow; ``relative`` is ours.
    """
    squares = (gram - target).square().flatten(1)
    if form == "gatys":
        return squares.sum(1) / (4 * gram.shape[-1] ** 2)
    if form == "mean":
        return squares.mean(1)
    return squares.sum(1) / target.square().flatten(1).sum(1).clamp_min(torch.finfo(torch.float32).tiny)


@dataclass(frozen=True)
class StyleLoss(Loss):
    """β Σ w_l of :func:`style_loss`, over the whole picture or over the garment alone."""

    weights: Mapping[str, float]
    targets: Mapping[str, Tensor]
    form: StyleForm
    region: Mapping[str, Tensor]

    @classmethod
    def of(cls, term: StyleTerm, scene: Scene) -> StyleLoss:
        """Build the loss of a recipe's ``style`` block.

        Raises:
            LossUnknown: the scene has no style targets, or not one for each sample.
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        if len(scene.styles) != len(scene.start):
            raise LossUnknown(
                f"a style loss needs the style targets of each sample, got {len(scene.styles)} for "
                f"{len(scene.start)} samples",
                loss="style",
            )
        # Features enter Gram matrices twice and the loss squares them: the scale counts four times.
        scale = term.weight * (1.0 if term.form == "relative" else scene.feature_scale**4)
        weights = {layer: scale * weight for layer, weight in term.layers.items() if weight > 0}
        targets = {
            layer: torch.stack([style.statistics["gram", layer] for style in scene.styles])
            for layer in weights
        }
        masked = term.region == "garment" and scene.mask is not None
        region = (
            {layer: garment_weight(scene.mask, scene.backbone.stride(layer)) for layer in weights}
            if masked and scene.mask is not None
            else {}
        )
        return cls(weights, targets, term.form, region)

    @staticmethod
    def statistics(term: StyleTerm, sight: StyleSight) -> Statistics:
        """Return the Gram matrices of a style image, added up over the windows it is looked at through.

        Raises:
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        totals = {layer: GramTotal() for layer in term.layers}
        for _, features in sight.look(tuple(totals)):
            for layer, seen in features.items():
                totals[layer].add(seen)
        return {("gram", layer): total.matrix()[0] for layer, total in totals.items()}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared."""
        return tuple(self.weights)

    def sums(self, view: View) -> Sums:
        """Return each layer's undivided Gram matrix and what it is to be divided by."""
        sums: Sums = {}
        for layer in self.weights:
            region = view.at(layer, self.region[layer]) if self.region else None
            sums[layer] = gram_sum(view.features[layer], region)
            sums[f"{layer} positions"] = positions_sum(view.features[layer], region)
        return sums

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        grams = {layer: mean_gram(sums[layer], sums[f"{layer} positions"]) for layer in self.weights}
        losses = [
            weight * style_loss(grams[layer], self.targets[layer], self.form)
            for layer, weight in self.weights.items()
        ]
        return torch.stack(losses).sum(0)

    def only(self, samples: Tensor) -> StyleLoss:
        """Return the same loss for some of the samples."""
        return replace(
            self,
            targets={layer: target[samples] for layer, target in self.targets.items()},
            region={layer: weight[samples] for layer, weight in self.region.items()},
        )
