"""Where a layer sees the garment and little else: the mask, drawn in by what the layer sees, at its size."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

# About a third to a fifth of what relu1_1, 2_1, 3_1, 4_1, 5_1 see: further in nothing of the floor matters
# (measured by eye and by Gram distance at 256 px), and more would lose sleeves.
ERODE_PX = {1: 1, 2: 3, 4: 6, 8: 10, 16: 14, 32: 18}
# A strap or a small garment may vanish under the erosion; with less than this left it is not eroded.
LEAST_SHARE = 0.1


def garment_weight(mask: Tensor, stride: int) -> Tensor:
    """Return how much each position of a layer counts for the garment.

    The mask is eroded by 1, 3, 6, 10, 14 px for strides 1 … 16 (a layer sees as many px at every picture
    size), then averaged over each position's square.

    Args:
        mask: ``(B, 1, H, W)``, in [0, 1], float32.
        stride: of the layer, px.

    Returns:
        ``(B, 1, ⌊H/stride⌋, ⌊W/stride⌋)``, in [0, 1].
    """
    radius = ERODE_PX[stride]
    window = 2 * radius + 1
    # Outside the picture counts as garment: what the frame cuts off is no edge.
    rows = nnf.max_pool2d(1 - mask, (window, 1), stride=1, padding=(radius, 0))
    eroded = 1 - nnf.max_pool2d(rows, (1, window), stride=1, padding=(0, radius))
    areas = mask.flatten(1).sum(1), eroded.flatten(1).sum(1)
    too_little = (areas[1] < LEAST_SHARE * areas[0]).view(-1, 1, 1, 1)
    kept = torch.where(too_little, mask, eroded)
    return nnf.avg_pool2d(kept, stride) if stride > 1 else kept
