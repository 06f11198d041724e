"""Gram matrix distance: how far the picture's texture is from the cloth's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

# The layers that style losses are made of, and layers between them that nothing optimises.
GMD_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
HELDOUT_LAYERS = ("relu1_2", "relu2_2", "relu3_2", "relu4_3")


def gram_distance(
    grams: Mapping[str, Tensor], cloth_grams: Mapping[str, Tensor], layers: Sequence[str]
) -> float | None:
    """Return the mean over ``layers`` of ``‖G(x) - G(s)‖_F / ‖G(s)‖_F``, ``G = F Fᵀ / (H W)``, float32.

    Over a garment ``G = Σ m F Fᵀ / Σ m``. Where a recipe optimised the same layers this is a training loss:
    read it beside the distance over held-out layers.

    Args:
        grams: layer → ``(C, C)`` of the picture or of its garment.
        cloth_grams: layer → ``(C, C)`` of the cloth.
        layers: which to compare.

    Returns:
        ≥ 0, scale-free, 0 for the same texture; None where a layer is missing.

    Source:
        Duggal et al., "Neural Style Transfer: Creating Art with Deep Learning" (GMD in its tables); the
        paper gives no formula: the division by the cloth's norm is ours, so that layers count alike.
    """
    if any(layer not in grams or layer not in cloth_grams for layer in layers):
        return None
    distances = []
    for layer in layers:
        wanted = cloth_grams[layer]
        difference = grams[layer] - wanted
        norm = torch.linalg.matrix_norm(wanted).clamp_min(torch.finfo(torch.float32).tiny)
        distances.append(torch.linalg.matrix_norm(difference) / norm)
    return float(torch.stack(distances).mean())
