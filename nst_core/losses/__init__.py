"""The terms of the objective: one file each, one value per sample, named as their blocks in a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from configs.recipe import OptimisePart, StyleTerm
from nst_core.losses.combined import CombinedLoss
from nst_core.losses.content import ContentLoss, content_loss
from nst_core.losses.gram import gram_matrix
from nst_core.losses.region import garment_weight
from nst_core.losses.regional import RegionalStyleLoss
from nst_core.losses.scene import HoldingLoss, Loss, Region, Scene, Sums, View
from nst_core.losses.style import StyleLoss, style_loss
from nst_core.losses.style_targets import StyleTargets, style_targets
from nst_core.losses.total_variation import TotalVariationLoss, total_variation


def _style(term: StyleTerm, scene: Scene) -> Loss:
    return RegionalStyleLoss.of(term, scene) if scene.regions else StyleLoss.of(term, scene)


# The block's name in the recipe → what makes its loss for a batch.
LOSSES: Mapping[str, Callable[[Any, Scene], Loss]] = {
    "content": ContentLoss.of,
    "secondary_content": ContentLoss.of,
    "combined": CombinedLoss.of,
    "style": _style,
    "tv": TotalVariationLoss.of,
}


def losses_of(part: OptimisePart, scene: Scene) -> dict[str, Loss]:
    """Return the losses of a recipe's ``optimise`` block by name; blocks left out or of weight 0 have none.

    Raises:
        LossUnknown: a block asks for what the scene does not hold.
        LayerUnknown: a block names a layer that the backbone does not have.
    """
    terms = {name: getattr(part, name) for name in LOSSES}
    return {name: LOSSES[name](term, scene) for name, term in terms.items() if _counts(term)}


def _counts(term: Any) -> bool:
    """Tell whether a block has any weight, its own and that of a layer where it has layers."""
    if term is None or not term.weight > 0:
        return False
    layers = getattr(term, "layers", None)
    return layers is None or any(weight > 0 for weight in layers.values())


__all__ = [
    "LOSSES",
    "CombinedLoss",
    "ContentLoss",
    "HoldingLoss",
    "Loss",
    "Region",
    "RegionalStyleLoss",
    "Scene",
    "StyleLoss",
    "StyleTargets",
    "Sums",
    "TotalVariationLoss",
    "View",
    "content_loss",
    "garment_weight",
    "gram_matrix",
    "losses_of",
    "style_loss",
    "style_targets",
    "total_variation",
]
