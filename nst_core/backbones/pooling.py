"""2×2 max-pooling that remembers its winners as bit masks, two bytes a position instead of torch's eight."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Feature maps after a ReLU are ≥ 0, and of such numbers the larger one has the larger bits: maxima, winners
# and the way back need whole-number operations only, which take half as long as torch's on bfloat16.
_BITS = {torch.bfloat16: torch.int16, torch.float32: torch.int32, torch.float64: torch.int64}


@dataclass(frozen=True)
class Winners:
    """Which of four positions won; all bits set: the later of two, no bit: the earlier.

    ``below``: ``(B, H/2, W·C)``, the lower of two rows.
    ``right``: ``(B, H/2, W/2, C)``, the right of two columns.
    """

    below: Tensor
    right: Tensor


def pool(features: Tensor) -> tuple[Tensor, Winners]:
    """Return the 2×2 maxima and their winners.

    Whole rows are read and written, where torch's own way back scatters by 64-bit index. Of equal candidates
    the upper one wins, then the left one.

    Args:
        features: ``(B, C, H, W)``, ≥ 0, H and W even, channels last; bfloat16, float32 or float64.

    Returns:
        ``(B, C, H/2, W/2)`` channels last, and what :func:`unpool` needs.
    """
    batch, channels, height, width = features.shape
    bits = features.permute(0, 2, 3, 1).view(_BITS[features.dtype])
    pairs = bits.reshape(batch, height // 2, 2, width * channels)
    rows = torch.maximum(pairs[:, :, 0], pairs[:, :, 1])
    columns = rows.view(batch, height // 2, width // 2, 2, channels)
    pooled = torch.maximum(columns[:, :, :, 0], columns[:, :, :, 1])
    winners = Winners(_differ(pairs[:, :, 0], rows), _differ(columns[:, :, :, 0], pooled))
    return pooled.view(features.dtype).permute(0, 3, 1, 2), winners


def unpool(gradient: Tensor, winners: Winners) -> Tensor:
    """Give each maximum's gradient to its winner: ``(B, C, H/2, W/2)`` → ``(B, C, H, W)``, channels last."""
    batch, channels, half_height, half_width = gradient.shape
    pooled = gradient.permute(0, 2, 3, 1).view(_BITS[gradient.dtype])
    columns = pooled.new_empty(batch, half_height, half_width, 2, channels)
    _split(pooled, winners.right, columns[:, :, :, 0], columns[:, :, :, 1])
    rows = columns.view(batch, half_height, 2 * half_width * channels)
    pairs = rows.new_empty(batch, half_height, 2, 2 * half_width * channels)
    _split(rows, winners.below, pairs[:, :, 0], pairs[:, :, 1])
    wide = pairs.view(gradient.dtype).view(batch, 2 * half_height, 2 * half_width, channels)
    return wide.permute(0, 3, 1, 2)


def _differ(first: Tensor, largest: Tensor) -> Tensor:
    """Return all bits where ``first`` is below ``largest``, none where it is the same: the sign, spread."""
    return torch.bitwise_right_shift(first - largest, 8 * first.element_size() - 1)


def _split(bits: Tensor, to_second: Tensor, first: Tensor, second: Tensor) -> None:
    torch.bitwise_and(bits, to_second, out=second)
    torch.bitwise_xor(bits, second, out=first)
