"""What a cloth looks like to the scores, worked out once a cloth and compared with every design of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nst_core.backbones import Backbone
from nst_core.losses.gram import gram_matrix
from nst_core.scoring.gmd import GMD_LAYERS, HELDOUT_LAYERS
from nst_core.scoring.luma import weighted_deviation
from nst_core.scoring.motif import MOTIF_LAYER
from nst_core.scoring.speckle import grain

SCORED_LAYERS = (*GMD_LAYERS, *HELDOUT_LAYERS)


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


def scored_layers(backbone: Backbone, height_px: int, width_px: int) -> tuple[str, ...]:
    """Return the scored layers that the backbone has and the image is large enough for."""
    side = min(height_px, width_px)
    return tuple(
        layer for layer in SCORED_LAYERS if layer in backbone.layers and backbone.stride(layer) <= side
    )


@torch.no_grad()
def cloth_features(image: Tensor, backbone: Backbone) -> ClothFeatures:
    """Look at a cloth once.

    Args:
        image: ``(3, h, w)``, sRGB in [0, 1], on the backbone's device, at the scale at which its motifs are
            seen on the picture.
        backbone: the network that will look at the pictures too: VGG-16 for scores that can be compared.
    """
    layers = scored_layers(backbone, *image.shape[-2:])
    features = backbone.features(image.unsqueeze(0).float(), layers) if layers else {}
    motifs = features.get(MOTIF_LAYER)
    return ClothFeatures(
        grams={layer: gram_matrix(maps)[0] for layer, maps in features.items()},
        motifs=None if motifs is None else motifs.half(),
        grain=grain(image) or 0.0,
        contrast=weighted_deviation(image.float(), None) or 0.0,
    )
