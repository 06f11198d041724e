"""Which loss a block of a recipe is: a line for each kind of block, and nothing else names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from configs.recipe import CombinedTerm, ContentTerm, LossTerm, MotifTerm, OptimisePart, StyleTerm, TvTerm
from nst_core.backbones import Backbone, looks, looks_at_cloth
from nst_core.losses.combined import CombinedLoss
from nst_core.losses.content import ContentLoss
from nst_core.losses.motif import MotifLoss
from nst_core.losses.regional import regional
from nst_core.losses.scene import Loss, Scene
from nst_core.losses.style import StyleLoss
from nst_core.losses.style_targets import Looks, Statistics, StyleSight, StyleTargets
from nst_core.losses.total_variation import TotalVariationLoss


@dataclass(frozen=True)
class LossKind:
    """What makes a loss.

    Args:
        of: from its block and the scene, the loss for a batch.
        statistics: from its block and the sight of a style image, what the loss compares with; None: it asks
            nothing of the style image.
    """

    of: Callable[[Any, Scene], Loss]
    statistics: Callable[[Any, StyleSight], Statistics] | None = None


LOSSES: dict[type[LossTerm], LossKind] = {
    ContentTerm: LossKind(ContentLoss.of),
    CombinedTerm: LossKind(CombinedLoss.of),
    StyleTerm: LossKind(regional(StyleLoss.of), StyleLoss.statistics),
    MotifTerm: LossKind(regional(MotifLoss.of), MotifLoss.statistics),
    TvTerm: LossKind(TotalVariationLoss.of),
}


def losses_of(part: OptimisePart, scene: Scene) -> dict[str, Loss]:
    """Return the losses of a recipe's ``optimise`` block by name; blocks left out or of weight 0 have none.

    Raises:
        LossUnknown: a block asks for what the scene does not hold.
        LayerUnknown: a block names a layer that the backbone does not have.
    """
    return {name: LOSSES[type(term)].of(term, scene) for name, term in part.terms().items() if _counts(term)}


def style_targets(
    image: Tensor,
    part: OptimisePart,
    backbone: Backbone,
    *,
    most_px: int | None = None,
    as_cloth: bool = False,
) -> StyleTargets:
    """Return what the losses of a recipe compare pictures with; nothing where none asks for a style image.

    Args:
        image: ``(1, 3, h, w)``, sRGB in [0, 1], float32, on the backbone's device, at the scale at which its
            motifs shall appear in the picture.
        part: the recipe's ``optimise`` block.
        backbone: the network that will look at the picture.
        most_px: how many px it may look at at once; None: all.
        as_cloth: it is a piece of cloth, which goes on beyond its edge, for pictures whose edge is not looked
            at: tiles, and the garment's region. Else a picture, which ends where the painted ones do.

    Raises:
        LayerUnknown: the recipe names a layer that the backbone does not have.
    """
    found: dict[tuple[str, str], Tensor] = {}
    for term in part.terms().values():
        work_out = LOSSES[type(term)].statistics
        if work_out is not None:
            inside = as_cloth or getattr(term, "region", "picture") == "garment"
            walk = looks_at_cloth if inside else looks
            look = partial(_looked, walk, image, backbone, most_px)
            found |= work_out(term, StyleSight(look, image.shape[-2] * image.shape[-1]))
    return StyleTargets(found, image if part.scales_px else None)


def _looked(
    walk: Callable[..., Looks], image: Tensor, backbone: Backbone, most_px: int | None, layers: Sequence[str]
) -> Looks:
    return walk(image, backbone, tuple(layers), most_px=most_px)


def _counts(term: LossTerm) -> bool:
    """Tell whether a block has any weight, its own and that of a layer where it has layers."""
    if not term.weight > 0:
        return False
    layers = getattr(term, "layers", None)
    return layers is None or any(weight > 0 for weight in layers.values())
