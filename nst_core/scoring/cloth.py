"""What a cloth looks like to the scores, worked out once a cloth and compared with every design of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nst_core.backbones import Backbone
from nst_core.scoring.look import look, scored_layers
from nst_core.scoring.luma import weighted_deviation
from nst_core.scoring.speckle import grain


@dataclass(frozen=True, eq=False)
class ClothFeatures:
    """The cloth's side of every score.

    Attributes:
        grams: layer → ``(C, C)`` float32.
        motifs: ``(1, C, h, w)`` float16 features of relu4_3; None for a backbone without it.
        grain: mean absolute Laplacian.
        contrast: standard deviation of its colours.
    """

    grams: Mapping[str, Tensor]
    motifs: Tensor | None
    grain: float
    contrast: float


@torch.no_grad()
def cloth_features(
    image: Tensor, backbone: Backbone, *, most_px: int | None = None, as_cloth: bool = False
) -> ClothFeatures:
    """Look at a cloth once.

    Args:
        image: ``(3, h, w)``, sRGB in [0, 1], on the backbone's device, at the scale at which its motifs are
            seen on the picture.
        backbone: the network that will look at the pictures too: VGG-16 for scores that can be compared.
        most_px: how many px it may look at at once; None: all.
        as_cloth: it is compared with tiles or garments, which end beyond what is looked at, and goes on
            beyond its edge itself; else with pictures that end at their edge as it does.
    """
    layers = scored_layers(backbone, *image.shape[-2:])
    seen = look(image.float(), {}, layers, backbone, most_px=most_px, as_cloth=as_cloth)
    return ClothFeatures(
        grams=seen.grams,
        motifs=None if seen.motifs is None else seen.motifs.half(),
        grain=grain(image) or 0.0,
        contrast=weighted_deviation(image.float(), None) or 0.0,
    )
