"""Motif match: whether the cloth's figures are still figures, or worms."""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

from nst_core.scoring.luma import weighted_mean

MOTIF_LAYER = "relu4_3"
# Positions of the picture that are looked up at most, and patches of the cloth that are held at once.
_MAX_POSITIONS = 1024
_PATCHES_AT_ONCE = 2048


def motif_match(picture: Tensor, cloth: Tensor, weight: Tensor | None = None) -> float | None:
    """Return how well each place of the picture is found somewhere on the cloth.

    Mean over the garment's positions of the best cosine between centred 2 × 2 patches of relu4_3 of the
    picture and those of the cloth. Centred: both less the midpoint of the garment's and the cloth's mean
    features, so that what all patches share does not count, and a patch copied from the cloth finds itself
    exactly. (Less the cloth's mean alone, an untouched plain dress matched a plaid by .77; so, by .34. Less
    its own mean each, a faithful copy of a part of a large plaid came to .74.) Of more than 1024 positions
    1024 spread ones are looked up, which is good to .005; all patches of the cloth take part, 2048 at a time.

    Args:
        picture: ``(1, C, h, w)`` features of the picture.
        cloth: ``(1, C, h', w')`` features of the cloth.
        weight: ``(1, 1, h, w)`` in [0, 1], how much each position is garment; None: all of it.

    Returns:
        -1 … 1: 1 is a copy, .38 scrambled, .5 and more usable (ImageNet VGG-16 at 256 px); None where there
        are no 2 × 2 positions or no garment.
    """
    if min(*picture.shape[-2:], *cloth.shape[-2:]) < 2:
        return None
    weights = _patch_weights(picture, weight)
    most = weights.max()
    if not float(most) > 0:
        return None
    chosen = torch.nonzero(weights > 0.5 * most).squeeze(1)
    chosen = chosen[_spread(len(chosen), _MAX_POSITIONS).to(chosen.device)]
    centre = (_mean(picture, weight) + _mean(cloth, None)) / 2
    looked_up = _patches(picture, chosen, centre)
    best = torch.full_like(looked_up[:, 0], -1)
    everywhere = torch.arange((cloth.shape[2] - 1) * (cloth.shape[3] - 1), device=cloth.device)
    for start in range(0, len(everywhere), _PATCHES_AT_ONCE):
        wanted = _patches(cloth, everywhere[start : start + _PATCHES_AT_ONCE], centre)
        best = torch.maximum(best, (looked_up @ wanted.T).amax(1))
    return weighted_mean(best, weights[chosen])


def _spread(count: int, most: int) -> Tensor:
    """Return at most ``most`` of ``count`` places, one in each equal part, in step with no repeat."""
    if count <= most:
        return torch.arange(count)
    parts = torch.arange(most, dtype=torch.float64)
    golden = parts * 0.6180339887 % 1
    return ((parts + golden) * (count / most)).long()


def _mean(features: Tensor, weight: Tensor | None) -> Tensor:
    """Return the mean features by weight: ``(1, C)``."""
    if weight is None:
        return features.float().mean((2, 3))
    return (features.float() * weight).sum((2, 3)) / weight.sum((2, 3))


def _patch_weights(features: Tensor, weight: Tensor | None) -> Tensor:
    """Return how much each 2 × 2 position counts: ``((h - 1) (w - 1),)``."""
    if weight is None:
        height, width = features.shape[-2:]
        return torch.ones((height - 1) * (width - 1), device=features.device)
    return nnf.avg_pool2d(weight.float(), 2, stride=1).flatten()


def _patches(features: Tensor, positions: Tensor, centre: Tensor) -> Tensor:
    """Return 2 × 2 patches less ``centre``, as unit vectors.

    Args:
        features: ``(1, C, h, w)``.
        positions: ``(n,)``, numbering the ``(h - 1) (w - 1)`` patches row by row.
        centre: ``(1, C)``.

    Returns:
        ``(n, 4 C)`` float32.
    """
    width = features.shape[-1]
    rows = features[0].permute(1, 2, 0).flatten(0, 1)
    corners = positions + positions // (width - 1)
    patches = [rows[corners + step].float() - centre for step in (0, 1, width, width + 1)]
    return nnf.normalize(torch.cat(patches, dim=1), dim=1)
