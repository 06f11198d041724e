"""Squares to learn from beside those of photos: of textiles, and of anything in colours that it never had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as nnf
from torch import Tensor

# A crop shows this much of a style's shorter side, at least.
LEAST_SEEN = 1 / 2
# How far another colouring may change the contrast of a channel, and move its middle.
CONTRASTS, MOVES = (0.5, 1.6), (-0.3, 0.3)


def style_crops(styles: Sequence[Tensor], count: int, side: int, rng: np.random.Generator) -> Tensor:
    """Return squares of styles ``(1, 3, h, w)`` at random places and scales, half of them mirrored.

    Returns:
        ``(count, 3, side, side)`` in [0, 1].
    """
    found = []
    for _ in range(count):
        style = styles[int(rng.integers(len(styles)))]
        height, width = style.shape[-2:]
        seen = round(min(height, width) * LEAST_SEEN ** rng.random())
        top, left = int(rng.integers(height - seen + 1)), int(rng.integers(width - seen + 1))
        square = style[..., top : top + seen, left : left + seen]
        square = nnf.interpolate(square, size=(side, side), mode="bilinear", antialias=True)
        found.append(square.flip(-1) if rng.random() < 0.5 else square)
    return torch.cat(found)


def recoloured(pictures: Tensor, rng: np.random.Generator) -> Tensor:
    """Return pictures ``(B, 3, H, W)`` in [0, 1], each in colours that the dice choose.

    Channels change places, half of all pictures turn into their negatives, and each channel has another
    contrast and another middle: what is learnt from them is not the few colours of a catalog.
    """
    found = []
    for picture in pictures:
        other = picture[rng.permutation(3).tolist()]
        other = 1 - other if rng.random() < 0.5 else other
        contrast, move = (
            torch.from_numpy(rng.uniform(*between, size=(3, 1, 1))).to(picture)
            for between in (CONTRASTS, MOVES)
        )
        found.append(((other - 0.5) * contrast + 0.5 + move).clamp(0, 1))
    return torch.stack(found)
