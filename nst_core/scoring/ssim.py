"""Structural similarity: how much of the photo's form is still there."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nst_core.scoring.blur import PIXELS_AT_ONCE, correlate, gaussian_kernel
from nst_core.scoring.luma import luma, weighted_mean

WINDOW_PX = 11
SIGMA_PX = 1.5
K1, K2 = 0.01, 0.03
# Rows of so many px in all at a time: of so few that their moments stay in a processor's cache.
_AT_ONCE_PX = {"cpu": 1 << 16}


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
    bands = _bands(first)
    return torch.cat([_similarity(_moments(first[band]), second[band]) for band in bands])


@dataclass(frozen=True, eq=False)
class Compared:
    """A plane ``(H, W)`` that many are compared with; its moments are worked out once.

    Holds 16 bytes a px beside the plane. ``ssim_map`` says the rest.
    """

    moments: tuple[_Moments, ...]

    @staticmethod
    def of(plane: Tensor) -> Compared | None:
        """Return a plane to compare with; None under 11 px."""
        if min(plane.shape) < WINDOW_PX:
            return None
        return Compared(tuple(_moments(plane[band]) for band in _bands(plane)))

    def ssim_map(self, other: Tensor) -> Tensor:
        """Return what ``ssim_map`` gives for this plane and another, the same bits."""
        bands = zip(self.moments, _bands(other), strict=True)
        return torch.cat([_similarity(moments, other[band]) for moments, band in bands])


@dataclass(frozen=True, eq=False)
class _Moments:
    """Of a band ``(h, W)``: its mean and variance in every window that lies inside, ``(h - 10, W - 10)``."""

    plane: Tensor
    mean: Tensor
    variance: Tensor


def _bands(plane: Tensor) -> list[slice]:
    """Return rows that are worked on at a time: a large picture's moments would be its largest tensors."""
    rows = max(WINDOW_PX, _AT_ONCE_PX.get(plane.device.type, PIXELS_AT_ONCE) // plane.shape[1])
    starts = range(0, plane.shape[0] - WINDOW_PX + 1, rows)
    return [slice(start, start + rows + WINDOW_PX - 1) for start in starts]


def _moments(plane: Tensor) -> _Moments:
    # In float32 the variance of a nearly flat window, a difference of squares, would be mostly rounding.
    exact = plane.double()
    mean, square = correlate(torch.stack((exact, exact * exact)), _kernel(plane))
    return _Moments(plane, mean, square - mean**2)


def _similarity(first: _Moments, other: Tensor) -> Tensor:
    second = _moments(other)
    (product,) = correlate((first.plane.double() * other.double())[None], _kernel(other))
    covariance = product - first.mean * second.mean
    c1, c2 = K1**2, K2**2
    above = (2 * first.mean * second.mean + c1) * (2 * covariance + c2)
    below = (first.mean**2 + second.mean**2 + c1) * (first.variance + second.variance + c2)
    similarity: Tensor = above / below
    return similarity


def _kernel(plane: Tensor) -> Tensor:
    return gaussian_kernel(SIGMA_PX, WINDOW_PX // 2, plane.device).double()
