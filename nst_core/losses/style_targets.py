"""The Gram matrices of a style image, worked out once and compared with at every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from configs.recipe import OptimisePart
from nst_core.backbones import Backbone, looks
from nst_core.losses.gram import GramTotal


@dataclass(frozen=True)
class StyleTargets:
    """Layer → ``(C, C)`` float32 Gram matrix of a style image.

    ``image`` ``(1, 3, h, w)`` is kept only for recipes that go from coarse to fine, where each size compares
    with the style image at that size.
    """

    grams: Mapping[str, Tensor]
    image: Tensor | None = None


def style_targets(
    image: Tensor, part: OptimisePart, backbone: Backbone, *, most_px: int | None = None
) -> StyleTargets:
    """Return what the style loss of a recipe compares pictures with; nothing where it has no style loss.

    Args:
        image: ``(1, 3, h, w)``, sRGB in [0, 1], float32, on the backbone's device, at the scale at which its
            motifs shall appear in the picture.
        part: the recipe's ``optimise`` block.
        backbone: the network that will look at the picture.
        most_px: how many px it may look at at once; None: all.

    Raises:
        LayerUnknown: the recipe names a layer that the backbone does not have.
    """
    if part.style is None:
        return StyleTargets({})
    layers = tuple(part.style.layers)
    totals = {layer: GramTotal() for layer in layers}
    for _window, features in looks(image, backbone, layers, most_px=most_px):
        for layer, seen in features.items():
            totals[layer].add(seen)
    grams = {layer: total.matrix()[0] for layer, total in totals.items()}
    return StyleTargets(grams, image if part.scales_px else None)
