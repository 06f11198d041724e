"""From a picture to its losses and their gradient: relight, compose, look through the network, sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from configs.recipe import OptimisePart
from nst_core.backbones import Backbone
from nst_core.garment.relight import relight
from nst_core.losses import Loss, Scene, losses_of
from nst_core.optimise.canvas import Canvas


@dataclass(frozen=True)
class Objective:
    """The weighted sum of a recipe's losses, one value per sample, of the picture as the garment shows it."""

    losses: Mapping[str, Loss]
    backbone: Backbone
    content: Tensor | None
    shading: Tensor | None
    mask: Tensor | None

    @classmethod
    def of(cls, canvas: Canvas, part: OptimisePart, backbone: Backbone) -> Objective:
        """Build the objective of a recipe for a canvas.

        Raises:
            LossUnknown, LayerUnknown: a loss asks for what the canvas or the backbone does not have.
        """
        scene = Scene(canvas.start, canvas.content, canvas.styles, canvas.mask, backbone, part.feature_scale)
        return cls(losses_of(part, scene), backbone, canvas.content, canvas.shading, canvas.mask)

    def values(self, pictures: Tensor) -> Tensor:
        """Return the losses ``(B,)`` of pictures ``(B, 3, H, W)``."""
        with torch.no_grad():
            return self._sum(pictures)

    def gradient(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the losses ``(B,)`` and their gradients ``(B, 3, H, W)``, each sample's its own."""
        pictures = pictures.detach().requires_grad_()
        values = self._sum(pictures)
        if not values.requires_grad:
            return values, torch.zeros_like(pictures)
        (gradients,) = torch.autograd.grad(values.sum(), pictures)
        return values.detach(), gradients

    def shown(self, pictures: Tensor) -> Tensor:
        """Return the pictures as the backbone sees them: in the garment's light, the photo around it."""
        if self.shading is not None:
            pictures = relight(pictures, self.shading)
        if self.mask is not None and self.content is not None:
            pictures = torch.lerp(self.content, pictures, self.mask)
        return pictures

    def only(self, samples: Tensor) -> Objective:
        """Return the objective of some of the samples (indices)."""
        return replace(
            self,
            losses={name: loss.only(samples) for name, loss in self.losses.items()},
            content=None if self.content is None else self.content[samples],
            shading=None if self.shading is None else self.shading[samples],
            mask=None if self.mask is None else self.mask[samples],
        )

    def _sum(self, pictures: Tensor) -> Tensor:
        layers = tuple(dict.fromkeys(layer for loss in self.losses.values() for layer in loss.layers))
        features = self.backbone.features(self.shown(pictures), layers) if layers else {}
        values = pictures.new_zeros(len(pictures))
        for loss in self.losses.values():
            values = values + loss(pictures, features)
        return values
