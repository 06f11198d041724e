"""A loss against the style image in a picture with several styles: each region against its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from nst_core.losses.scene import Loss, Scene, Sums, View


def regional(of: Callable[[Any, Scene], Loss]) -> Callable[[Any, Scene], Loss]:
    """Return what makes the same loss for scenes with regions too.

    Args:
        of: makes the loss of a block, which has a ``region``, for a scene with one style a picture.
    """

    def made(term: Any, scene: Scene) -> Loss:
        return RegionalLoss.of(of, term, scene) if scene.regions else of(term, scene)

    return made


@dataclass(frozen=True)
class RegionalLoss(Loss):
    """Σ over regions of their share of the area × the loss inside them.

    Args:
        regions: a loss for each region.
        shares: ``(R, B)``, each region's share of what is compared; 0 where a sample has no such region.
    """

    regions: Sequence[Loss]
    shares: Tensor

    @classmethod
    def of(cls, of: Callable[[Any, Scene], Loss], term: Any, scene: Scene) -> RegionalLoss:
        """Build the loss of a block for a scene with regions; ``of`` makes that of one.

        Raises:
            LayerUnknown: the block names a layer that the backbone does not have.
        """
        inside = scene.mask if term.region == "garment" and scene.mask is not None else None
        masks = [region.mask if inside is None else region.mask * inside for region in scene.regions]
        areas = torch.stack([mask.flatten(1).sum(1) for mask in masks])
        shares = areas / areas.sum(0).clamp_min(torch.finfo(areas.dtype).tiny)
        within = term.model_copy(update={"region": "garment"})
        losses = [
            of(within, replace(scene, mask=mask, styles=region.styles, regions=()))
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

    def only(self, samples: Tensor) -> RegionalLoss:
        """Return the same loss for some of the samples."""
        return replace(
            self, regions=[region.only(samples) for region in self.regions], shares=self.shares[:, samples]
        )
