"""Relight: put the folds and the light of a garment back on a flat cloth."""

from __future__ import annotations

import torch
from torch import Tensor

FLOOR = 0.05
SHEEN = 0.6


def relight(albedo: Tensor, shading: Tensor) -> Tensor:
    """Return the cloth as the garment's light shows it.

    Dyed cloth is never pure black nor pure white, so the albedo is first drawn into
    ``[FLOOR, 1 - FLOOR]``: without that margin folds vanish on vector prints. Below 1 the
    shading multiplies (a shadow keeps the hue); above 1 it moves the colour towards white
    as a screen does (a sheen, which shows on black too and never clips)::

        c = FLOOR + (1 - 2 FLOOR) albedo
        c s                              for s <= 1
        1 - (1 - c) exp(-SHEEN (s - 1))  for s > 1

    The two branches meet at ``s = 1``; the result grows with the albedo and with the shading.
    It is differentiable in the albedo everywhere, in the shading everywhere but at 1.

    Args:
        albedo: ``(B, 3, H, W)``, sRGB in [0, 1], any floating type.
        shading: ``(B, 1, H, W)``, multiplicative, >= 0; 1 is evenly lit cloth.

    Returns:
        ``(B, 3, H, W)`` in [0, 1].
    """
    cloth = FLOOR + (1.0 - 2.0 * FLOOR) * albedo
    shadow = shading.clamp(0.0, 1.0)
    veil = torch.exp(-SHEEN * (shading - 1.0).clamp_min(0.0))
    # One expression for both branches: veil is 1 in shadow, shadow is 1 in sheen.
    return 1.0 - veil + veil * shadow * cloth
