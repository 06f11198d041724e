"""Brightness as the metrics see it, and means over a soft garment."""

from __future__ import annotations

import torch
from torch import Tensor

# Rec. 601, on the coded values: what SSIM has been computed on since it was published.
_WEIGHTS = (0.299, 0.587, 0.114)


def luma(image: Tensor) -> Tensor:
    """Return the brightness of an image: ``(3, H, W)`` sRGB in [0, 1] → ``(H, W)`` in [0, 1], float32."""
    red, green, blue = image.float()
    brightness: Tensor = _WEIGHTS[0] * red + _WEIGHTS[1] * green + _WEIGHTS[2] * blue
    return brightness


def weighted_mean(values: Tensor, weight: Tensor | None) -> float | None:
    """Return the mean of ``values``, by ``weight`` of the same shape, ≥ 0; None where all weights are 0."""
    if weight is None:
        return float(values.mean()) if values.numel() else None
    total = weight.sum()
    if not float(total) > 0:
        return None
    return float((values * weight).sum() / total)


def weighted_deviation(values: Tensor, weight: Tensor | None) -> float | None:
    """Return the standard deviation of ``(…, H, W)`` by ``weight`` ``(H, W)``; None where all weights are 0.

    Leading dimensions (channels) each have a mean of their own; their variances are averaged.
    """
    weights = torch.ones_like(values[..., :, :]) if weight is None else weight.expand_as(values)
    totals = weights.sum((-2, -1), keepdim=True)
    if not float(totals.min()) > 0:
        return None
    means = (values * weights).sum((-2, -1), keepdim=True) / totals
    variances = ((values - means) ** 2 * weights).sum((-2, -1), keepdim=True) / totals
    return float(variances.mean().sqrt())
