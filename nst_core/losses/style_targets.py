"""The Gram matrices of a style image, worked out once and compared with at every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from configs.recipe import OptimisePart
from nst_core.backbones import Backbone
from nst_core.losses.gram import gram_matrix


@dataclass(frozen=True)
class StyleTargets:
    """Layer → ``(C, C)`` float32 Gram matrix of a style image.

    ``image`` ``(1, 3, h, w)`` is kept only for recipes that go from coarse to fine, where each size compares
    with the style image at that size.
    """

    grams: Mapping[str, Tensor]
    image: Tensor | None = None


def style_targets(image: Tensor, part: OptimisePart, backbone: Backbone) -> StyleTargets:
    """Return what the style loss of a recipe compares pictures with; nothing where it has no style loss.

    Args:
        image: ``(1, 3, h, w)``, sRGB in [0, 1], float32, on the backbone's device, at the scale at which its
            motifs shall appear in the picture.
        part: the recipe's ``optimise`` block.
        backbone: the network that will look at the picture.

    Raises:
        LayerUnknown: the recipe names a layer that the backbone does not have.
    """
    if part.style is None:
        return StyleTargets({})
    with torch.no_grad():
        features = backbone.features(image, tuple(part.style.layers))
        grams = {layer: gram_matrix(seen)[0] for layer, seen in features.items()}
    return StyleTargets(grams, image if part.scales_px else None)
