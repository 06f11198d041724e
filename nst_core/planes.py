"""Pictures as networks take them: planes on a device, their sides a multiple of the deepest stride."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

# Sizes are padded to a multiple of the deepest stride and cropped back.
SIZE_MULTIPLE = 16


def to_planes(image: NDArray[np.uint8] | NDArray[np.float32]) -> Tensor:
    """Return ``(H, W, 3)``, 8 bits or float32, as ``(3, H, W)`` in [0, 1]."""
    # A copy: pictures may be shared, read-only or mirrored views.
    planes = torch.from_numpy(np.array(image, order="C")).permute(2, 0, 1)
    return planes.float().div_(255) if image.dtype == np.uint8 else planes


def rgb_of(planes: Tensor) -> NDArray[np.uint8]:
    """Return ``(3, H, W)`` in [0, 1] as ``(H, W, 3)`` in 8 bits."""
    flat = (planes.clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(flat.permute(1, 2, 0).cpu().numpy())


def padded(side: int) -> int:
    """Return a side as long as it becomes, px."""
    return -(-side // SIZE_MULTIPLE) * SIZE_MULTIPLE


def pad(planes: Tensor, mode: str) -> Tensor:
    """Return ``(B, C, H, W)`` with both sides padded below and to the right; ``mode`` as torch calls it."""
    height, width = planes.shape[-2:]
    border = (0, padded(width) - width, 0, padded(height) - height)
    return functional.pad(planes, border, mode=mode).contiguous() if any(border) else planes.contiguous()
