"""Structural similarity: how much of the photo's form is still there."""

from __future__ import annotations

import torch
from torch import Tensor

from nst_core.scoring.blur import PIXELS_AT_ONCE, correlate, gaussian_kernel
from nst_core.scoring.luma import luma, weighted_mean

WINDOW_PX = 11
SIGMA_PX = 1.5
K1, K2 = 0.01, 0.03


def ssim(picture: Tensor, content: Tensor, mask: Tensor | None = None) -> float | None:
    """Return the mean structural similarity of two images, over all of it or over a garment.

    Args:
        picture, content: ``(3, H, W)``, sRGB in [0, 1].
        mask: ``(H, W)`` in [0, 1], how much each px counts; None: all the same.

    Returns:
        -1 … 1, 1 for equal images; None under 11 px, or where the mask is empty.

    Source:
        Wang, Bovik, Sheikh, Simoncelli (2004), "Image quality assessment: from error visibility to
        structural similarity", eq. 13, with their constants, on luma, data range 1.
    """
    return mean_similarity(ssim_map(luma(picture), luma(content)), mask)


def mean_similarity(similarity: Tensor | None, mask: Tensor | None) -> float | None:
    """Return the mean of what ``ssim_map`` gave, over a mask ``(H, W)`` of the whole picture."""
    if similarity is None:
        return None
    margin = WINDOW_PX // 2
    inside = None if mask is None else mask[margin:-margin, margin:-margin]
    return weighted_mean(similarity, inside)


def ssim_map(first: Tensor, second: Tensor) -> Tensor | None:
    """Return the similarity at every px whose 11 px window lies inside, or None under 11 px.

    Args:
        first, second: ``(H, W)`` in [0, 1].

    Returns:
        ``(H - 10, W - 10)`` float64, -1 … 1.
    """
    if min(first.shape) < WINDOW_PX:
        return None
    kernel = gaussian_kernel(SIGMA_PX, WINDOW_PX // 2, first.device).double()
    # A band of rows after the other: the moments of a large picture would be its largest tensors.
    rows = max(WINDOW_PX, PIXELS_AT_ONCE // first.shape[1])
    starts = range(0, first.shape[0] - WINDOW_PX + 1, rows)
    bands = [slice(start, start + rows + WINDOW_PX - 1) for start in starts]
    return torch.cat([_similarity(first[band], second[band], kernel) for band in bands])


def _similarity(first: Tensor, second: Tensor, kernel: Tensor) -> Tensor:
    # In float32 the variance of a nearly flat window, a difference of squares, would be mostly rounding.
    first, second = first.double(), second.double()
    moments = torch.stack((first, second, first * first, second * second, first * second))
    mean_1, mean_2, square_1, square_2, product = correlate(moments, kernel)
    variance_1, variance_2 = square_1 - mean_1**2, square_2 - mean_2**2
    covariance = product - mean_1 * mean_2
    c1, c2 = K1**2, K2**2
    above = (2 * mean_1 * mean_2 + c1) * (2 * covariance + c2)
    below = (mean_1**2 + mean_2**2 + c1) * (variance_1 + variance_2 + c2)
    similarity: Tensor = above / below
    return similarity
