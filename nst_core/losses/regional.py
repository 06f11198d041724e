"""The style loss of a picture with several styles: each region against its own style image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from configs.recipe import StyleTerm
from nst_core.losses.scene import Loss, Scene, Sums, View
from nst_core.losses.style import StyleLoss


@dataclass(frozen=True)
class RegionalStyleLoss(Loss):
    """Σ over regions of their share of the area × the style loss inside them.

    Args:
        regions: a style loss for each region.
        shares: ``(R, B)``, each region's share of what is compared; 0 where a sample has no such region.
    """

    regions: Sequence[StyleLoss]
    shares: Tensor

    @classmethod
    def of(cls, term: StyleTerm, scene: Scene) -> RegionalStyleLoss:
        """Build the loss of a recipe's ``style`` block for a scene with regions.

        Raises:
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        inside = scene.mask if term.region == "garment" and scene.mask is not None else None
        masks = [region.mask if inside is None else region.mask * inside for region in scene.regions]
        areas = torch.stack([mask.flatten(1).sum(1) for mask in masks])
        shares = areas / areas.sum(0).clamp_min(torch.finfo(areas.dtype).tiny)
        within = term.model_copy(update={"region": "garment"})
        losses = [
            StyleLoss.of(within, replace(scene, mask=mask, styles=region.styles, regions=()))
            for region, mask in zip(scene.regions, masks, strict=True)
        ]
        return cls(losses, shares)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are compared."""
        return self.regions[0].layers

    def sums(self, view: View) -> Sums:
        """Return the sums of each region's loss."""
        return {
            f"{index} {name}": entry
            for index, region in enumerate(self.regions)
            for name, entry in region.sums(view).items()
        }

    def value(self, sums: Sums) -> Tensor:
        """Return one value per sample, ``(B,)``."""
        values = []
        for index, region in enumerate(self.regions):
            own = f"{index} "
            values.append(
                region.value(
                    {name.removeprefix(own): entry for name, entry in sums.items() if name.startswith(own)}
                )
            )
        return (self.shares * torch.stack(values)).sum(0)

    def only(self, samples: Tensor) -> RegionalStyleLoss:
        """Return the same loss for some of the samples."""
        return replace(
            self, regions=[region.only(samples) for region in self.regions], shares=self.shares[:, samples]
        )
