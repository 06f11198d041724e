"""The combined-image loss: how far the picture has moved from what it had become on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from configs.recipe import CombinedTerm
from nst_core.losses.content import ContentLoss
from nst_core.losses.scene import HoldingLoss, Scene, Sums, View


@dataclass(frozen=True)
class CombinedLoss(HoldingLoss):
    """λ_cb Σ w_l of :func:`~nst_core.losses.content.content_loss` against a picture of the way; 0 before it.

    The paper names the loss and gives no formula. Here the picture that stands after a share of the steps,
    when style and content have met, is a second content image from then on: what has settled stays and the
    later steps refine it. Nothing flows back through it.

    Source:
        Duggal et al., "Neural Style Transfer: Creating Art with Deep Learning" (the name; λ is small).
    """

    held: ContentLoss
    at: float

    @classmethod
    def of(cls, term: CombinedTerm, scene: Scene) -> CombinedLoss:
        """Build the loss of a recipe's ``combined`` block; it holds nothing yet."""
        scale = term.weight * scene.feature_scale**2 * (scene.share if term.form == "mean" else 1.0)
        weights = {layer: scale * weight for layer, weight in term.layers.items() if weight > 0}
        return cls(ContentLoss(weights, {}, term.form), term.at)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared, once there is something to compare with."""
        return self.held.layers

    def sums(self, view: View) -> Sums:
        """Return the squared distance at each layer; before there is something held, 0."""
        if not self.held.targets:
            return {"nothing": view.picture.new_zeros(len(view.picture))}
        return self.held.sums(view)

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        return self.held.value(sums) if self.held.targets else sums["nothing"]

    def wants(self, step: int, steps: int) -> tuple[str, ...]:
        """Return the layers of the picture to hold on to; none but before one step."""
        return self.held.layers if step == max(1, round(self.at * steps)) else ()

    def holding(self, features: Mapping[str, Tensor]) -> CombinedLoss:
        """Return the loss that compares with these features from now on."""
        targets = {layer: features[layer].detach().float() for layer in self.held.layers}
        return replace(self, held=replace(self.held, targets=targets))

    def only(self, samples: Tensor) -> CombinedLoss:
        """Return the same loss for some of the samples."""
        return replace(self, held=self.held.only(samples))
