"""Relief: how visible the garment's folds are in the picture."""

from __future__ import annotations

import torch
from torch import Tensor

from nst_core.scoring.blur import blur_inside
from nst_core.scoring.luma import luma

# Finer than this is weave and noise; coarser than a tenth of the picture is the room's light.
FINE_PX = 1.5
COARSE_SHARE = 0.1
# Keeps the logarithm of black finite: the darkest ink still reflects about this much.
_INK = 0.02
# Folds of less than a tenth of a thousandth of the light are the rounding of the blur.
_FLAT = 1e-4


def relief(picture: Tensor, content: Tensor, mask: Tensor | None = None) -> float | None:
    """Return the correlation of the picture's folds with the photo's, inside the garment.

    Folds are the log luma between σ = 1.5 px and σ = long side / 10; both blurs look at the garment only.

    Args:
        picture, content: ``(3, H, W)``, sRGB in [0, 1].
        mask: ``(H, W)`` in [0, 1]; None: the whole picture.

    Returns:
        -1 … 1: 1 for the photo itself, 0 where one of them is flat; None where the mask is empty.
    """
    weight = torch.ones_like(picture[0], dtype=torch.float32) if mask is None else mask.float()
    total = weight.sum()
    if not float(total) > 0:
        return None
    first = _folds(picture, weight)
    second = _folds(content, weight)
    first = first - (first * weight).sum() / total
    second = second - (second * weight).sum() / total
    covariance = (first * second * weight).sum()
    deviations = [((folds**2 * weight).sum() / total).sqrt() for folds in (first, second)]
    if min(float(deviation) for deviation in deviations) < _FLAT:
        return 0.0
    return float((covariance / (total * deviations[0] * deviations[1])).clamp(-1, 1))


def _folds(image: Tensor, weight: Tensor) -> Tensor:
    depth = torch.log(luma(image) + _INK)
    coarse = COARSE_SHARE * max(image.shape[-2:])
    return blur_inside(depth, weight, FINE_PX) - blur_inside(depth, weight, coarse)
