"""Gaussian blur of one plane, of any width, at the price of a narrow one."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as nnf
from torch import Tensor

# A blur this wide or wider is done on a reduced plane; below it the kernel is short anyway.
_REDUCE_FROM_SIGMA = 6.0
# Rows of so many px in all are worked on at a time where a metric makes many planes of one.
PIXELS_AT_ONCE = 1 << 19


def gaussian_kernel(sigma: float, radius: int, device: torch.device) -> Tensor:
    """Return ``2 radius + 1`` weights of a Gaussian, sum 1."""
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float32, device=device)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    return weights / weights.sum()


def correlate(planes: Tensor, kernel: Tensor) -> Tensor:
    """Return ``(B, H, W)`` filtered along both sides with a kernel, where it lies wholly inside.

    ``(B, H, W)`` → ``(B, H - n + 1, W - n + 1)`` for a kernel of n weights.
    """
    margin = len(kernel) - 1
    if planes.device.type == "cpu":
        # torch's convolution of float64 planes takes twenty times as long: 161 ms against 8 at 512².
        weights, inside = kernel.numpy(), slice(margin // 2, -(margin // 2) or None)
        filtered = [
            cv2.sepFilter2D(plane, -1, weights, weights, borderType=cv2.BORDER_CONSTANT)[inside, inside]
            for plane in planes.numpy()
        ]
        return torch.from_numpy(np.stack(filtered))
    # A band of rows after the other: torch holds n copies of what it filters.
    rows = max(1, PIXELS_AT_ONCE // planes.shape[2])
    bands = [planes[:, start : start + rows + margin] for start in range(0, planes.shape[1] - margin, rows)]
    return torch.cat([_correlate(band, kernel) for band in bands], dim=1)


def _correlate(planes: Tensor, kernel: Tensor) -> Tensor:
    down = nnf.conv2d(planes.unsqueeze(1), kernel.view(1, 1, -1, 1))
    return nnf.conv2d(down, kernel.view(1, 1, 1, -1)).squeeze(1)


def blur_inside(plane: Tensor, weight: Tensor, sigma: float) -> Tensor:
    """Return a plane blurred as if there were nothing outside the weight.

    Each value is the mean of its neighbours by Gaussian and by ``weight``, so nothing leaks in over the
    garment's edge. Wide blurs are done on a reduced plane (cells of at most σ/3) and enlarged: that adds
    less than 2 % to σ.

    Args:
        plane: ``(H, W)`` float32.
        weight: ``(H, W)`` in [0, 1].
        sigma: px.

    Returns:
        ``(H, W)``; far outside the weight it is 0.
    """
    height, width = plane.shape
    both = torch.stack((plane * weight, weight))
    cell = max(1, min(int(sigma / 3), height, width)) if sigma >= _REDUCE_FROM_SIGMA else 1
    if cell > 1:
        both = nnf.avg_pool2d(both.unsqueeze(0), cell, ceil_mode=True, count_include_pad=False).squeeze(0)
        sigma /= cell
    radius = max(1, round(3.5 * sigma))
    padded = nnf.pad(both, (radius, radius, radius, radius))
    numerator, denominator = correlate(padded, gaussian_kernel(sigma, radius, plane.device))
    blurred: Tensor = numerator / denominator.clamp_min(1e-6)
    if cell > 1:
        size = (blurred.shape[0] * cell, blurred.shape[1] * cell)
        enlarged = nnf.interpolate(blurred[None, None], size=size, mode="bilinear", align_corners=False)
        blurred = enlarged[0, 0, :height, :width]
    return blurred
