"""What a 3×3 convolution sees beyond a tile's edge: the neighbouring tiles, as the repeat lays them."""

from __future__ import annotations

import torch
from torch import Tensor

from configs.cloth import Repeat


def wrapped(planes: Tensor, repeat: Repeat) -> Tensor:
    """Return planes with one more position on each side, as the endless cloth has them there.

    Convolved without padding, they give the features of the endless cloth; so does a gradient on its way
    back, since the transpose of a convolution on a lattice is the convolution with the turned kernel on it.

    Args:
        planes: ``(B, C, H, W)``; H even for a half-drop, W for a half-brick.
        repeat: how the tile meets its neighbours.

    Returns:
        ``(B, C, H + 2, W + 2)``, channels last, the same type.
    """
    batch, channels, height, width = planes.shape
    wide = torch.empty(
        (batch, channels, height + 2, width + 2),
        dtype=planes.dtype,
        device=planes.device,
        memory_format=torch.channels_last,
    )
    wide[..., 1:-1, 1:-1] = planes
    if repeat == "half-brick":
        wide[..., 1:-1, 0], wide[..., 1:-1, -1] = planes[..., -1], planes[..., 0]
        shift = width // 2
        wide[..., 0, :] = _around(planes[..., -1, :].roll(shift, -1))
        wide[..., -1, :] = _around(planes[..., 0, :].roll(shift, -1))
    else:
        wide[..., 0, 1:-1], wide[..., -1, 1:-1] = planes[..., -1, :], planes[..., 0, :]
        shift = height // 2 if repeat == "half-drop" else 0
        wide[..., 0] = _around(planes[..., -1].roll(shift, -1))
        wide[..., -1] = _around(planes[..., 0].roll(shift, -1))
    return wide


def _around(line: Tensor) -> Tensor:
    """Return a closed line ``(B, C, n)`` with its last place before it and its first after it."""
    return torch.cat([line[..., -1:], line, line[..., :1]], dim=-1)
