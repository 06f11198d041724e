"""The perceptual loss of a training: content of the photos, style of one textile, total variation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from configs.network import TrainPart
from nst_core.backbones import Backbone
from nst_core.errors import TrainingImpossible
from nst_core.losses.content import content_loss
from nst_core.losses.gram import gram_matrix
from nst_core.losses.style import style_loss
from nst_core.losses.total_variation import total_variation

Grams = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Perceptual:
    """The losses of a recipe's ``train:`` block, seen through its backbone.

    Source:
        Johnson, Alahi, Fei-Fei (2016), section 3.2.
    """

    part: TrainPart
    backbone: Backbone

    def __post_init__(self) -> None:
        """Refuse losses of which none is there.

        Raises:
            TrainingImpossible: ``no_losses``.
        """
        terms = (self.part.content, self.part.style, self.part.tv)
        if not self.part.pixel_weight and not any(term is not None and term.weight for term in terms):
            raise TrainingImpossible(
                "the train: block of this recipe has no loss (content, style, tv, pixel_weight) to learn by; "
                "write one, or train the recipe whose weights (network: {model: …}) it paints with",
                code="no_losses",
            )

    def grams(self, style: Tensor) -> Grams:
        """Return the Gram matrices of style images ``(S, 3, h, w)``: layer → ``(S, C, C)``."""
        layers = () if self.part.style is None else tuple(self.part.style.layers)
        if not layers:
            return {}
        with torch.no_grad():
            return {layer: gram_matrix(seen) for layer, seen in self.backbone.features(style, layers).items()}

    def terms(self, painted: Tensor, photos: Tensor, grams: Grams) -> dict[str, Tensor]:
        """Return each term, a mean over the batch.

        Args:
            painted: ``(B, 3, H, W)`` in [0, 1], with a way back.
            photos: ``(B, 3, H, W)`` in [0, 1], what their content is.
            grams: of :meth:`grams`, of one style or of one a sample.
        """
        part, found = self.part, {}
        content = () if part.content is None else tuple(part.content.layers)
        style = () if part.style is None else tuple(part.style.layers)
        if wanted := tuple(dict.fromkeys((*content, *style))):
            seen = self.backbone.features(painted, wanted)
            if part.content is not None and part.content.weight:
                with torch.no_grad():
                    target = self.backbone.features(photos, content)
                found["content"] = part.content.weight * sum(
                    (
                        weight * content_loss(seen[layer], target[layer], part.content.form).mean()
                        for layer, weight in part.content.layers.items()
                    ),
                    painted.new_zeros(()),
                )
            if part.style is not None and part.style.weight:
                found["style"] = part.style.weight * sum(
                    (
                        weight
                        * style_loss(
                            gram_matrix(seen[layer]),
                            grams[layer].expand(len(painted), -1, -1),
                            part.style.form,
                        ).mean()
                        for layer, weight in part.style.layers.items()
                    ),
                    painted.new_zeros(()),
                )
        if part.tv is not None and part.tv.weight:
            varies = total_variation(painted, part.tv.form, chroma_weight=part.tv.chroma_weight)
            found["tv"] = part.tv.weight * varies.mean()
        if part.pixel_weight:
            found["pixel"] = part.pixel_weight * (painted - photos).square().mean()
        return found
